"""The program: configuration, wiring, command line and console."""
