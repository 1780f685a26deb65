"""What people say of what they see: thumbs, ratings, corrections, preferences, put together."""
