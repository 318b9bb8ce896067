"""What to learn from a label that says "uncertain" (-1): one function a policy, `name(labels, *, …)`.

A policy turns labels into targets and weights. It speaks of uncertain labels alone; what a missing label (NaN) means
is asked for apart, as `missing`, since a source that is silent is not a source in doubt. One that asks for `place` is
given the finding's place among the findings, and one that asks for `said` what its first Run says of each image, (N,)
in [0, 1], NaN where it says nothing. Both are filled by the task; a recipe does not name them.

Source: Irvin et al. 2019, CheXpert, arXiv:1901.07031, section 3 (U-Ignore, U-Zeros, U-Ones, U-SelfTrained,
U-MultiClass); Pham et al. 2019, arXiv:1911.06475 (smoothed).
"""
