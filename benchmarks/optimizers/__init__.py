"""Optimizers compared at equal calls: the program's own arms, and those of other projects."""
