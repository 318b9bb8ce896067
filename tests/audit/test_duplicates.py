from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from hilum.audit import duplicates
from hilum.audit.duplicates import MOST_IN_A_GROUP, copies
from hilum.audit.look import Looks
from hilum.audit.thumbnail import SIDE, shrink, signature


def write(folder: Path, name: str, image, *options: int) -> Path:
    assert cv2.imwrite(str(folder / name), image, list(options))
    return folder / name


@pytest.fixture
def originals(tmp_path: Path, drawn) -> list[Path]:
    return [write(tmp_path, f"image-{seed}.png", drawn(seed, side=300)) for seed in range(6)]


CHANGES = {
    "half": lambda image: cv2.resize(image, (150, 150), interpolation=cv2.INTER_AREA),
    "squashed": lambda image: cv2.resize(image, (200, 260), interpolation=cv2.INTER_AREA),
    "enlarged": lambda image: cv2.resize(image, (700, 700), interpolation=cv2.INTER_CUBIC),
    "darker": lambda image: np.rint(255 * (image / 255) ** 1.25).astype(np.uint8),
    "flatter": lambda image: np.rint(image * 0.85 + 19).astype(np.uint8),
    "cut": lambda image: image[3:-3, 3:-3],
    "framed": lambda image: cv2.copyMakeBorder(image, 40, 0, 12, 12, cv2.BORDER_CONSTANT, value=[0]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies_are_found_and_nothing_else(originals, tmp_path: Path, drawn, change: str) -> None:
    changed = [write(tmp_path, f"{seed}.png", CHANGES[change](drawn(seed, side=300))) for seed in range(6)]
    table = duplicates.pairs([*originals, *changed], workers=0)
    assert list(zip(table.image_a, table.image_b, strict=True)) == [
        (str(one), str(other)) for one, other in zip(originals, changed, strict=True)
    ]
    assert (table.kind == "near").all()
    assert (table.distance <= duplicates.CANDIDATE_BITS).all()


@pytest.mark.parametrize(("kind", "change"), [("mirrored", np.fliplr), ("inverted", lambda image: 255 - image)])
def test_mirrored_and_inverted_copies_are_found_and_named(originals, tmp_path: Path, drawn, kind: str, change) -> None:
    halves = [change(cv2.resize(drawn(seed, side=300), (150, 150), interpolation=cv2.INTER_AREA)) for seed in range(6)]
    changed = [write(tmp_path, f"{seed}.png", np.ascontiguousarray(half)) for seed, half in enumerate(halves)]
    table = duplicates.pairs([*originals, *changed], workers=0)
    assert table[["image_a", "image_b"]].to_numpy().tolist() == [
        [str(one), str(other)] for one, other in zip(originals, changed, strict=True)
    ]
    assert (table.kind == kind).all()


def test_jpeg_copies_are_found(originals, tmp_path: Path, drawn) -> None:
    changed = [write(tmp_path, f"{seed}.jpg", drawn(seed, side=300), cv2.IMWRITE_JPEG_QUALITY, 50) for seed in range(6)]
    assert duplicates.find([*originals, *changed], workers=0) == list(zip(originals, changed, strict=True))


def test_the_same_pixels_in_another_file_are_exact(originals, tmp_path: Path, drawn) -> None:
    again = write(tmp_path, "again.png", drawn(2, side=300), cv2.IMWRITE_PNG_COMPRESSION, 0)
    assert again.read_bytes() != originals[2].read_bytes()
    table = duplicates.pairs([*originals, again], workers=0)
    assert table[["image_a", "image_b", "kind", "distance", "correlation"]].to_numpy().tolist() == [
        [str(originals[2]), str(again), "exact", 0, 1.0]
    ]


def test_three_copies_are_three_pairs(originals, tmp_path: Path, drawn) -> None:
    """Two identical ones and a scaled one: the identical pair, and each of them with the scaled one."""
    again = write(tmp_path, "again.png", drawn(0, side=300))
    half = write(tmp_path, "half.png", CHANGES["half"](drawn(0, side=300)))
    pairs = duplicates.find([*originals, again, half], workers=0)
    assert pairs == [(originals[0], again), (originals[0], half), (again, half)]


def test_images_of_one_patient_are_no_copies(phantom_images: list[Path]) -> None:
    patients = pd.Series([image.stem.split("_")[0] for image in phantom_images])
    assert patients.duplicated().sum() >= 3, "the phantoms should hold several images of some patients"
    assert duplicates.find(phantom_images, workers=0) == []


def test_the_order_of_the_paths_gives_the_order_of_the_pair(originals, tmp_path: Path, drawn) -> None:
    again = write(tmp_path, "again.png", CHANGES["half"](drawn(3, side=300)))
    assert duplicates.find([again, *originals], workers=0) == [(again, originals[3])]


def test_a_path_given_twice_is_one_image(originals) -> None:
    assert duplicates.find([*originals, *originals], workers=0) == []


def test_a_file_that_is_no_image_is_reported_and_left_out(originals, tmp_path: Path, caplog) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    assert duplicates.find([broken, *originals, originals[0]], workers=0) == []
    assert "1 images could not be read" in caplog.text
    assert "broken.png" in caplog.text


def test_blank_images_are_copies_only_when_their_pixels_are_the_same(tmp_path: Path) -> None:
    values = {"dark": 10, "gray": 20, "twin": 10}
    dark, _, twin = (write(tmp_path, f"{name}.png", np.full((128, 128), value)) for name, value in values.items())
    assert duplicates.find(sorted(tmp_path.iterdir()), workers=0) == [(dark, twin)]


def test_no_path_no_pair() -> None:
    assert duplicates.find([]) == []


def looks_of(thumbnails: list, pixel_hashes: list[str]) -> Looks:
    rows = len(thumbnails)
    images = pd.DataFrame({"path": [str(row) for row in range(rows)], "failure": None, "pixel_hash": pixel_hashes})
    images["height"] = images["width"] = 256
    signatures = np.stack([signature(thumbnail) for thumbnail in thumbnails])
    return Looks(images, np.arange(rows), np.stack(thumbnails).reshape(-1, SIDE, SIDE), signatures)


def test_a_large_group_of_identical_images_is_not_listed_squared(drawn) -> None:
    many = MOST_IN_A_GROUP + 10
    found = copies(looks_of([shrink(drawn(0))] * many, ["same"] * many))
    assert len(found) == many - 1
    assert (found["first"] == 0).all()


@pytest.mark.real
def test_rsna_images_are_found_among_nihs(real_data: Path) -> None:
    """RSNA's images are NIH's under other names; each pair below was looked at side by side."""
    nih = [path for path in sorted(real_data.glob("nih/images_00*/images/*.png")) if path.name in KNOWN]
    rsna = sorted((real_data / "rsna" / "stage_2_train_images").glob("*.dcm"))[:24]
    rsna += [real_data / "rsna" / "stage_2_train_images" / f"{name}.dcm" for name in KNOWN.values()]
    found = {one.name: other.stem for one, other in duplicates.find([*nih, *rsna])}
    assert len(nih) == len(KNOWN)
    assert found == KNOWN


KNOWN = {
    "00006162_008.png": "36984bda-bc42-40ee-a3fd-bfe8f78f2ddd",
    "00007845_001.png": "6e0a0d3e-e768-4b29-a2a9-68dd192861b5",
    "00009925_036.png": "e7a47a98-2dd9-45af-9818-1ebd88cfb700",
    "00011241_000.png": "28775c77-80e8-4f8c-be85-7a44162b5c28",
    "00011945_011.png": "5337cc53-2e5d-4583-8173-c130cbe8fc74",
    "00013553_000.png": "793b04cc-60bb-4413-a2a7-36c7c56ac05c",
    "00017625_000.png": "74ef566d-21ce-4b66-b134-a713ca915762",
    "00030012_000.png": "33c88ecb-1aee-45d1-ab06-1ecd6eea7ae2",
}
