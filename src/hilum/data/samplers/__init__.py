"""The order of an epoch: `name(targets, seed) -> (M,) places`, each in 0 … N - 1."""
