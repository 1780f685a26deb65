"""Which recipe, start and strategy a new project has, decided by measurement; see `sets`."""
