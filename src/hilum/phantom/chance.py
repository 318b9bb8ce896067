"""Where chance comes from: a generator for each purpose, so that drawing one thing more never changes another."""

import zlib

import numpy as np


def chance(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """A generator that depends on nothing but its arguments.

    Args:
        seed: of the phantom.
        purpose: what is drawn with it, in a word.
        numbers: of the patient, the visit: whose chance it is.

    >>> bool(chance(0, "split", 3).integers(100) == chance(0, "split", 3).integers(100))
    True
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode()), *numbers])
