"""Which candidate to serve under a bandit's policy, and what each is worth: pure functions."""
