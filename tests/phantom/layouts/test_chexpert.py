from pathlib import Path

import cv2
import pandas as pd
import pytest

from hilum.phantom import layouts
from hilum.phantom.layouts.chexpert import HEADER, _consensus, _report
from hilum.phantom.patient import Found, Visit
from hilum.schema.findings import CHEXPERT14


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chexpert")
    layouts["chexpert"](folder, images=70, seed=2, size=64, workers=0)
    return folder


def tables(root: Path) -> dict[str, pd.DataFrame]:
    return {side: pd.read_csv(root / f"{side}.csv") for side in ("train", "valid")}


def test_columns_are_the_owners(root: Path) -> None:
    for side in ("train", "valid"):
        header = (root / f"{side}.csv").read_text().splitlines()[0]
        assert header == HEADER
        assert header.startswith("Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Enlarged Cardiomediastinum,")


def test_paths_and_views_agree(root: Path) -> None:
    rows = pd.concat(tables(root).values())
    assert len(rows) == 70
    lateral = rows["Frontal/Lateral"] == "Lateral"
    assert lateral.any()
    assert (rows.Path.str.endswith("view2_lateral.jpg") == lateral).all()
    assert (rows["AP/PA"].isna() == lateral).all()
    for path in rows.Path:
        owner, rest = path.split("/", 1)
        assert owner == "CheXpert-v1.0-small"
        assert cv2.imread(str(root / rest), cv2.IMREAD_UNCHANGED).shape == (64, 64)


def test_training_labels_are_present_absent_uncertain_or_blank(root: Path) -> None:
    labels = tables(root)["train"][list(CHEXPERT14)]
    values = labels.stack(future_stack=True)
    assert set(values.dropna()) == {1.0, 0.0, -1.0}
    assert values.isna().mean() > 0.4
    assert not (labels["No Finding"] == 0).any()


def test_validation_labels_know_neither_doubt_nor_silence(root: Path) -> None:
    labels = tables(root)["valid"][list(CHEXPERT14)]
    assert set(labels.to_numpy().ravel()) == {1.0, 0.0}


def test_no_finding_stands_alone_but_for_devices(root: Path) -> None:
    labels = tables(root)["train"][list(CHEXPERT14)]
    others = labels.drop(columns=["No Finding", "Support Devices"]).isin([1.0, -1.0]).any(axis=1)
    assert ((labels["No Finding"] == 1) == ~others).all()


def test_labels_belong_to_the_study(root: Path) -> None:
    rows = tables(root)["train"]
    study = rows.Path.str.rsplit("/", n=1).str[0]
    assert study.duplicated().any()
    assert (rows.assign(study=study).groupby("study")[list(CHEXPERT14)].nunique(dropna=False) == 1).all(axis=None)


def test_a_gross_finding_is_never_uncertain_and_a_subtle_one_often() -> None:
    import numpy as np

    place = list(CHEXPERT14).index("Pneumothorax")

    def said(severity: float) -> list[float | None]:
        visit = Visit(0, 50, "PA", (Found("Pneumothorax", 1, severity, 0),))
        assert _consensus(visit)[place] == 1.0
        return [_report(visit, np.random.default_rng(seed))[place] for seed in range(200)]

    assert set(said(0.9)) == {1.0}
    subtle = said(0.1)
    assert set(subtle) == {1.0, -1.0}
    assert 0.3 < subtle.count(-1.0) / 200 < 0.6
