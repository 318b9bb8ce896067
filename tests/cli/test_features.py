"""`hilum features` and `hilum attention` on drawn chests: tables that recipes take, and what is refused."""

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from tests.cli.conftest import Hilum
from tests.cli.conftest import hilum as hilum

from hilum.datasets import datasets
from hilum.features.zones import atlas
from hilum.runs import Run
from hilum.schema import Features, Header, MaskPredictions


@pytest.fixture
def drawn(phantoms: Path, tmp_path: Path) -> Path:
    """Twelve of the drawn images in NIH's layout, and lungs of all but the last."""
    folder = tmp_path / "nih"
    (folder / "images").mkdir(parents=True)
    for path in sorted(phantoms.glob("*.csv")) + sorted(phantoms.glob("*.txt")):
        (folder / path.name).write_bytes(path.read_bytes())
    known = datasets["nih14"](phantoms).images.head(12)
    for path in map(Path, known.path):
        (folder / "images" / path.name).symlink_to(path)
    lungs = atlas(128)
    rows = []
    for name, mask in (("left lung", lungs.left), ("right lung", lungs.right)):
        cv2.imwrite(str(tmp_path / f"{name}.png"), mask.astype(np.uint8) * 255)
        rows += [
            {"image_id": image_id, "structure": name, "path": str(tmp_path / f"{name}.png")}
            for image_id in known.image_id[:-1]
        ]
    MaskPredictions(pd.DataFrame(rows), Header(tuple(known.image_id))).save(tmp_path / "lungs.parquet")
    return folder


def test_texture_with_predicted_lungs(drawn: Path, hilum: Hilum) -> None:
    out, masks = drawn / "f.parquet", drawn.parent / "lungs.parquet"
    words = ("--set", "lbp.radii=[1]", "--set", "lbp.zones=lungs", "--set", "hog.cells=2", "--set", "lung_shape")
    said = hilum("features", "nih14", drawn, *words, "--masks", masks, "-o", out)
    assert said.code == 0, said.err
    assert f"12 rows, {60 + 36 + 18} columns" in said.out.replace("\n", " ")
    assert "1 images have no values in some columns" in said.err
    features = Features.load(out)
    assert features.about["lbp_r1_left_upper_0"].unit == "share"
    missing = features.table.set_index("image_id").isna()
    assert missing.lbp_r1_left_upper_0.sum() == missing.shape_span.sum() == 1
    assert not missing.hog_0000.any()
    assert not (drawn / "f.parquet.parts").exists()


def test_vectors_of_a_run_and_what_is_left_of_them_without_lungs(drawn: Path, hilum: Hilum, tiny_run: Run) -> None:
    masks, tables = drawn.parent / "lungs.parquet", {}
    for control in ("none", "lungs_removed", "brightness"):
        out = drawn / f"{control}.parquet"
        said = hilum(
            *("features", "nih14", drawn, "--embed", tiny_run.folder, "--control", control, "--masks", masks, "-o", out)
        )
        assert said.code == 0, said.err
        tables[control] = Features.load(out)
    assert tables["none"].names == tables["brightness"].names
    assert "control brightness" in tables["brightness"].about["e0000"].source
    assert not np.allclose(tables["none"].table.iloc[:, 1:], tables["brightness"].table.iloc[:, 1:])
    assert tables["lungs_removed"].table.isna().any(axis=1).sum() == 1
    said = hilum("features", "nih14", drawn, "--embed", tiny_run.folder, "--control", "no", "-o", drawn / "x.parquet")
    assert said.code == 2
    assert "Expected one of: none, lungs_removed" in said.err.replace("\n", " ")


def test_attention_maps(drawn: Path, hilum: Hilum, tiny_run: Run) -> None:
    out = drawn / "maps"
    words = ("--lambda", "0", "--lambda", "0.4", "--lambda", "1", "--side", "8", "--smooth", "0")
    said = hilum(
        "attention", tiny_run.folder, "nih14", drawn, *words, "--masks", drawn.parent / "lungs.parquet", "-o", out
    )
    assert said.code == 0, said.err
    assert "1 of them without plausible lungs" in said.out.replace("\n", " ")
    maps = {path.stem: Features.load(path) for path in out.glob("*.parquet")}
    assert set(maps) == {"lungs", "heat", "fused-0", "fused-0.4", "fused-1"}
    known = maps["lungs"].table.dropna().image_id
    lungs, heat, fused = (maps[name].aligned(known) for name in ("fused-1", "fused-0", "fused-0.4"))
    mixed = 0.4 * lungs + 0.6 * heat
    low, high = mixed.min(axis=1, keepdims=True), mixed.max(axis=1, keepdims=True)
    np.testing.assert_allclose(fused, (mixed - low) / (high - low), atol=1e-5)
    said = hilum("attention", tiny_run.folder, "nih14", drawn, "--side", "8", "-o", drawn / "again")
    assert "the lungs are an atlas" in said.out.replace("\n", " ")
