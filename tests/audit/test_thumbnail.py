import cv2
import numpy as np
import pytest

from hilum.audit.thumbnail import INVERT, MIRROR, SIDE, inside, signature, structure, thumbnails


def bits_apart(one, other) -> int:
    return int(np.bitwise_count(signature(one) ^ signature(other)).sum())


def test_a_image_without_a_border_has_one_thumbnail(drawn) -> None:
    (whole,) = thumbnails(drawn(0))
    assert whole.shape == (SIDE, SIDE)
    assert whole.dtype == np.uint8


@pytest.mark.parametrize("value", [0, 120, 255])
def test_an_even_border_gives_a_second_thumbnail_without_it(drawn, value: int) -> None:
    image = drawn(0)
    framed = cv2.copyMakeBorder(image, 30, 10, 0, 50, cv2.BORDER_CONSTANT, value=[value])
    assert inside(framed) == (30, 286, 0, 256)
    _, inner = thumbnails(framed)
    assert bits_apart(inner, thumbnails(image)[0]) == 0


def test_a_blank_image_has_none() -> None:
    assert thumbnails(np.full((100, 100), 7, np.uint8)) == []


def test_a_image_that_is_mostly_border_is_left_whole(drawn) -> None:
    image = cv2.copyMakeBorder(drawn(0, side=64), 100, 100, 100, 100, cv2.BORDER_CONSTANT, value=[0])
    assert len(thumbnails(image)) == 1


def test_structure_does_not_see_brightness_and_hardly_sees_gamma(drawn) -> None:
    image = drawn(1).astype(np.float32) / 255
    plain = structure(image, 0.7, 2.0)
    assert np.abs(structure(image * 0.5 + 0.3, 0.7, 2.0) - plain).mean() < 0.2
    brightened = structure(np.float32(image**0.8), 0.7, 2.0)
    assert np.corrcoef(plain.ravel(), brightened.ravel())[0, 1] > 0.98
    other = structure(drawn(2).astype(np.float32) / 255, 0.7, 2.0)
    assert np.corrcoef(plain.ravel(), other.ravel())[0, 1] < 0.3


def test_signatures_of_copies_agree_and_of_others_do_not(drawn) -> None:
    images = [thumbnails(drawn(seed))[0] for seed in range(20)]
    halves = [thumbnails(cv2.resize(drawn(seed), (100, 90), interpolation=cv2.INTER_AREA))[0] for seed in range(20)]
    copies = [bits_apart(one, other) for one, other in zip(images, halves, strict=True)]
    others = [bits_apart(images[one], images[other]) for one in range(20) for other in range(one)]
    assert max(copies) <= 12
    assert min(others) >= 80
    assert 120 <= np.mean(others) <= 136  # half of 256


def test_signatures_of_the_mirrored_and_the_inverted_image_follow_from_its_own(drawn) -> None:
    (image,) = thumbnails(drawn(3))
    own, mirrored = signature(image), signature(np.ascontiguousarray(image[:, ::-1]))
    assert np.bitwise_count(own ^ mirrored ^ MIRROR).sum() <= 2
    assert np.bitwise_count(own ^ mirrored).sum() > 80
    assert (own ^ INVERT == signature(255 - image)).all()
