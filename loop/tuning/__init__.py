"""Bayesian optimisation with people as the judges: settings are proposed, shown, and answered."""
