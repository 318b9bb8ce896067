"""What is learnt: targets, losses, decoding."""
