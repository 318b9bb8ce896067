"""Augmentation on batches, where they are (CPU or GPU), each image with its own draw.

Every function takes a batch whose `image` is (B, 1, h, w) in [0, 1] and a generator on its device, and gives such a
batch; those that move pixels move boxes and masks among the targets with them. The draw comes from that generator
alone, which the training loop seeds for each step: a step can be repeated to the bit.
"""
