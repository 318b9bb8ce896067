from pathlib import Path

import cv2
import numpy as np

from hilum.audit.look import Looks, look
from hilum.audit.quality import MEASURES
from hilum.audit.thumbnail import SIDE, shrink


def test_a_look_keeps_sizes_hash_thumbnail_and_measures(tmp_path: Path, drawn) -> None:
    image = drawn(0, side=200)[:180]
    cv2.imwrite(str(tmp_path / "image.png"), image)
    kept = look({"path": str(tmp_path / "image.png")})
    assert (kept["height"], kept["width"]) == (180, 200)
    assert np.array_equal(np.frombuffer(kept["thumbnails"], np.uint8).reshape(SIDE, SIDE), shrink(image))
    assert set(MEASURES) <= set(kept)


def test_the_hash_is_of_pixels_not_of_bytes_and_knows_the_shape(tmp_path: Path, drawn) -> None:
    image = drawn(0, side=100)
    hashes = set()
    for name, pixels, compression in (("a", image, 0), ("b", image, 9), ("c", image.reshape(80, 125), 0)):
        path = tmp_path / f"{name}.png"
        cv2.imwrite(str(path), pixels, [cv2.IMWRITE_PNG_COMPRESSION, compression])
        hashes.add(look({"path": str(path)})["pixel_hash"])
    assert len(hashes) == 2


def test_images_stay_in_order_and_failures_keep_their_reason(tmp_path: Path, drawn) -> None:
    for seed in (0, 1):
        cv2.imwrite(str(tmp_path / f"{seed}.png"), drawn(seed, side=100))
    looks = Looks.at([tmp_path / "1.png", tmp_path / "none.png", tmp_path / "0.png"], workers=0)
    assert looks.images.failure.isna().tolist() == [True, False, True]
    assert "none.png" in looks.images.failure[1]
    assert looks.image.tolist() == [0, 2]
    assert np.array_equal(looks.thumbnails[1], shrink(drawn(0, side=100)))
    assert looks.signatures.shape == (2, 4)


def test_only_failures_still_make_a_table(tmp_path: Path) -> None:
    looks = Looks.at([tmp_path / "none.png"], workers=0)
    assert set(MEASURES) <= set(looks.images)
    assert looks.thumbnails.shape == (0, SIDE, SIDE)


def test_processes_give_what_one_process_gives(tmp_path: Path, drawn) -> None:
    paths = [tmp_path / f"{seed}.png" for seed in range(3)]
    for seed, path in enumerate(paths):
        cv2.imwrite(str(path), cv2.copyMakeBorder(drawn(seed, side=100), 20, 0, 0, 0, cv2.BORDER_CONSTANT, value=[0]))
    alone, together = Looks.at(paths, workers=0), Looks.at(paths, workers=2)
    assert alone.images.equals(together.images)
    assert np.array_equal(alone.thumbnails, together.thumbnails)
    assert alone.image.tolist() == together.image.tolist() == [0, 0, 1, 1, 2, 2]
