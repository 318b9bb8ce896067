"""Intervals in closed form, a file each, under the name of the metric they are of.

`name(present (M,), score (M,), patient (M,), count, *, …)`: `patient` says whose image each is, one of `count`.
"""
