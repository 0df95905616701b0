"""The web page that shows what is broken, for whom and why."""
