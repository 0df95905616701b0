"""The demo: the monitor against the embedded lender, which breaks by itself in four ways and heals again."""

SHORTEST = 150.0
"""Seconds below which the walk through all faults cannot be judged."""
