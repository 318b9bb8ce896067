"""Variants: the same image a little moved or brighter, for reading it several times (test-time augmentation).

Every function takes images (B, 1, h, w) in [0, 1] and gives such images; nothing is drawn, so that a reading repeats
to the bit. What comes in from outside is black, as in training.
"""
