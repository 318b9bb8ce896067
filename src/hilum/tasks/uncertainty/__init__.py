"""What to learn from a label that says "uncertain" (-1): one function a policy.

A policy turns labels into targets and weights. It speaks of uncertain labels alone; what a missing label (NaN) means
is asked for apart, as `missing`, since a source that is silent is not a source in doubt.

Source: Irvin et al. 2019, CheXpert, arXiv:1901.07031, section 3 (U-Ignore, U-Zeros, U-Ones).
"""
