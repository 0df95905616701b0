"""Rules over somebody else's Prometheus: what they read there is asked for over HTTP, all else stays as it is.

A rule's expression is taken apart (`split`): the largest parts that read only series of the other side are sent there
as they were written, and the engine works with the answers as if they were series. What our own rules record, the
alerts as series, and what the monitor says of itself are read from its own store.
"""
