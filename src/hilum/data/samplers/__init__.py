"""The order of an epoch: `name(targets, seed, *, …) -> (M,) places`, each in 0 … N - 1.

A sampler that asks for `findings` is given the names of the label columns, and one that asks for `patients` the (N,)
patient of each image. Both are filled when training is set up; a recipe does not name them.
"""
