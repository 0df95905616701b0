"""The vocabulary: the values and words that every room shares.

Nothing here talks to a network, starts a task or keeps state. A module enters only when two rooms need it.
"""
