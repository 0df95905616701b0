"""A lender to break: the embedded target of the demo and the ground of the tests."""
