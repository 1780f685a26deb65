"""One module per page: read, show, act. No page holds a rule."""
