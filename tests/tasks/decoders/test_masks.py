import numpy as np
from scipy.ndimage import binary_fill_holes, label

from hilum.tasks.decoders.masks import _whole


def test_the_largest_part_without_holes_as_scipy_has_it() -> None:
    generator = np.random.default_rng(0)
    for share in (0.1, 0.5, 0.62, 0.7, 1.0):
        mask = generator.random((40, 50)) < share
        parts, _ = label(mask)  # edges join, corners do not
        largest = parts == np.bincount(parts[parts > 0]).argmax()
        assert np.array_equal(_whole(mask), binary_fill_holes(largest))
    assert not _whole(np.zeros((4, 5), bool)).any()
