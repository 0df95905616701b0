"""Rules evaluated ahead, where all samples are known beforehand: in tests of rules, in scenarios.

A rule that gives the same for all ticks at once is evaluated so (`foresight`). Which rules can be is told by what they
read and make (`plan`); of the others, those parts that allow it (`parts`) and the ticks that matter (`bounds`) are. The
samples stand on a `tape`, where series that stand `still` have one line in common.
"""
