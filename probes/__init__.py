"""Synthetic borrowers: journeys are run, and each run ends in an outcome with a reason."""
