"""What detectors share: a feature pyramid on any encoder, norms for small batches, candidates of fixed shape."""
