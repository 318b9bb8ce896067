"""Ways to write a network for another engine than PyTorch."""
