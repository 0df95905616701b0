"""The demo: the monitor against the embedded lender, which breaks by itself in four ways and heals again."""
