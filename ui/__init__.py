"""The faces: terminal, REST API and pages. They show and ask; every rule lives in `loop`."""
