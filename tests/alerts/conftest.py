"""That it stands here lets the folders below import `alerts_builders`."""
