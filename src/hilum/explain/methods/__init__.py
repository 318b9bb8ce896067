"""The explainers: `name(model, images) -> (B, K, h, w)`, each value in [0, 1]."""
