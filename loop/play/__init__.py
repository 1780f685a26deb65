"""Playing: an agent acts in an environment and learns from the people who watch it."""
