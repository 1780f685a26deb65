"""Gaussian processes for what people say: pure functions of arrays."""
