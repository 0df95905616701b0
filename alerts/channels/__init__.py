"""Where notices go: one small module for each kind of channel."""
