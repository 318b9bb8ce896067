from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hilum.evaluation import evaluate
from hilum.evaluation.alignment import images_hash
from hilum.evaluation.metrics import metrics
from hilum.evaluation.published import MARKS, Figure, beside, datasets_published, known_splits, published, split_of
from hilum.reports import evaluation_page
from hilum.schema import ConfigError
from hilum.schema.findings import CHEXPERT14, NIH14, Findings

FIGURES = [figure for dataset in datasets_published() for figure in published(dataset)]
BY_WORK = {figure.work: figure for figure in FIGURES if figure.metric == "auroc" and figure.mark != "V2"}


def test_there_are_figures() -> None:
    assert len(FIGURES) > 150
    assert {"nih14", "chexpert", "rsna_pneumonia", "localization"} <= set(datasets_published())


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.dataset}: {figure.work}, {figure.metric}")
def test_every_figure_has_a_source_a_mark_and_a_possible_value(figure: Figure) -> None:
    assert figure.mark in MARKS
    assert figure.source
    assert all(0 <= value <= 1 for value in figure.values.values())
    for finding, (low, high) in figure.intervals.items():
        assert low < figure.values[finding] < high
    if figure.dataset in ("nih14", "chexpert"):
        assert figure.metric in metrics
        names = [name for name in figure.values if name not in ("macro", "micro")]
        assert all(name in Findings(NIH14 if figure.dataset == "nih14" else CHEXPERT14) for name in names)


def test_means_are_those_of_their_findings() -> None:
    checked = 0
    for figure in FIGURES:
        values = [value for name, value in figure.values.items() if name not in ("macro", "micro")]
        if "macro" in figure.values and values:
            assert figure.values["macro"] == pytest.approx(np.mean(values), abs=0.0012), figure.work
            checked += 1
    assert checked >= 30


def test_some_figures_as_they_stand_in_print() -> None:
    assert BY_WORK["CheXNet, DenseNet-121"].values["Pneumonia"] == 0.7680
    assert BY_WORK["Wang et al. 2017, ResNet-50"].values["macro"] == 0.7451
    assert BY_WORK["jrzech/reproduce-chexnet 2022, DenseNet-121"].values["Hernia"] == 0.9175
    assert BY_WORK["CheXpert competition, ngango3"].intervals["macro"] == [0.916, 0.939]
    assert published("rsna_pneumonia")[0].values == {"Lung Opacity": 0.253}


def test_only_figures_of_the_same_images_are_comparable() -> None:
    wang = next(figure for figure in published("nih14") if figure.split == "official")
    assert wang.comparable("official")
    assert not wang.comparable("chexnet_70_10_20")
    assert not wang.comparable(None)
    rajpurkar = BY_WORK["CheXNet, DenseNet-121"]
    assert not rajpurkar.comparable("own")  # everyone's own split is another one
    assert split_of("nih14", known_splits("nih14")["official"]["images_hash"]) == "official"
    assert split_of("nih14", "000000000000") is None


def test_beside_says_what_compares(study: Callable[..., Any]) -> None:
    found = evaluate(*study(), metrics=["auroc"], replicates=2, curves=False)
    apart = beside(found, "nih14")
    assert not apart.comparable.any()
    assert set(apart.finding) <= {"Effusion", "Edema", "Hernia", "macro", "micro"}
    official = known_splits("nih14")["official"]["images_hash"]
    ours = replace(found, provenance={**found.provenance, "images_hash": official})
    shown = beside(ours, "nih14")
    assert set(shown.split[shown.comparable]) == {"official"}
    assert shown.comparable.iloc[0]
    assert not shown.comparable.iloc[-1]


def test_names_follow_the_evaluation(study: Callable[..., Any]) -> None:
    shown = beside(evaluate(*study(), metrics=["auroc"], replicates=2, curves=False), "chexpert")
    assert {"Effusion", "Edema"} <= set(shown.finding)
    assert shown.low.notna().sum() > 5


def test_a_dataset_without_figures_is_refused() -> None:
    with pytest.raises(ConfigError, match="no published figures of 'mimic'"):
        published("mimic")


def test_the_chexpert_test_set_is_known_by_its_studies() -> None:
    studies = [f"patient{number}_study1" for number in range(64741, 65241)]
    assert len(studies) == known_splits("chexpert")["test_500"]["images"]
    assert split_of("chexpert", images_hash(studies)) == "test_500"


def test_readers_stand_beside_recall_and_specificity(study: Callable[..., Any]) -> None:
    found = evaluate(*study(), metrics=["recall", "specificity"], replicates=2, curves=False)
    hashed = known_splits("chexpert")["test_500"]["images_hash"]
    shown = beside(replace(found, provenance={**found.provenance, "images_hash": hashed}), "chexpert")
    readers = shown[shown.work.str.contains("reader 2")]
    assert set(readers.metric) == {"recall", "specificity"}
    assert readers.comparable.all()
    page = evaluation_page(found, published=shown)
    assert "CheXpert benchmark reader 2" in page
    assert "against the other five readers&#39; majority" in page


@pytest.mark.real
def test_the_official_split_is_the_owners_list(real_data: Path) -> None:
    ids = [name.removesuffix(".png") for name in (real_data / "nih" / "test_list.txt").read_text().split()]
    assert len(ids) == known_splits("nih14")["official"]["images"]
    assert split_of("nih14", images_hash(ids)) == "official"
