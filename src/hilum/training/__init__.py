"""How it is learnt: the loop, loader, augmentation, sampling, optimizers."""
