from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation import evaluate
from hilum.evaluation.alignment import align
from hilum.evaluation.subgroups import age_bands, groups
from hilum.schema import ConfigError


def test_age_bands_hold_their_edges() -> None:
    bands = age_bands(pd.Series([0.0, 17.9, 18.0, 39.9, 40.0, 79.9, 80.0, 150.0, np.nan])).tolist()
    assert bands[:-1] == ["0-17", "0-17", "18-39", "18-39", "40-59", "60-79", "80+", "80+"]
    assert pd.isna(bands[-1])


def test_groups_share_out_all_images(study: Any) -> None:
    predictions, cohort = study()
    images = cohort.images.copy()
    images.loc[:9, ["sex", "age_years"]] = [None, np.nan]
    aligned = align(predictions, replace(cohort, images=images))
    for column in ("sex", "age_band", "view"):
        rows = np.concatenate([group.rows for group in groups(aligned, [column])])
        assert sorted(rows) == list(range(len(aligned)))
    named = {group.name: group for group in groups(aligned, ["sex", "age_band"])}
    assert len(named["sex=unknown"].rows) == len(named["age_band=unknown"].rows) == 10


def test_small_groups_are_named(study: Any) -> None:
    predictions, cohort = study()
    found = evaluate(predictions, cohort, subgroups=["age_band"], metrics=["auroc"], replicates=20)
    small = found.provenance["small_groups"]
    assert "Hernia" in small["age_band=80+"]
    assert "Effusion" not in small.get("age_band=40-59", [])
    names = ", ".join(name.lower() for name in small["age_band=80+"])
    assert f"In age band 80+: fewer than 10 patients with or without {names}." in found.provenance["notes"]


def test_a_group_too_small_for_all_takes_one_short_sentence(study: Any) -> None:
    predictions, cohort = study()
    sex = cohort.images.sex.where(cohort.images.patient_id != cohort.images.patient_id[0])
    images = cohort.images.assign(sex=sex)
    found = evaluate(predictions, replace(cohort, images=images), subgroups=["sex"], metrics=["auroc"], replicates=5)
    few = "fewer than 10 patients with or without any one of the findings."
    assert f"In sex unknown: {few}" in found.provenance["notes"]


def test_the_gap_is_the_paired_difference(study: Any) -> None:
    found = evaluate(*study(), subgroups=["sex"], metrics=["auroc", "true_positives"], replicates=300)
    rows = found.rows[found.rows.subgroup.str.contains(" - ")]
    assert set(rows.metric) == {"auroc"}
    gap = rows[rows.finding == "Effusion"].iloc[0]
    high, low = gap.subgroup.removeprefix("sex: ").split(" - ")
    values = [found.value("auroc", "Effusion", f"sex={sex}") for sex in (high, low)]
    assert gap.value == pytest.approx(values[0] - values[1])
    assert gap.value >= 0
    assert gap.low < gap.value < gap.high


def test_the_gap_of_the_mean_is_over_findings_large_in_every_group(study: Any) -> None:
    found = evaluate(*study(), subgroups=["sex"], metrics=["auroc"], replicates=20)
    assert found.provenance["small_groups"]["sex=F"] == ["Hernia"]
    row = found.rows[found.rows.subgroup.str.startswith("sex: ") & (found.rows.finding == "macro")].iloc[0]
    means = {sex: np.mean([found.value("auroc", name, f"sex={sex}") for name in ("Effusion", "Edema")]) for sex in "FM"}
    assert row.value == pytest.approx(abs(means["F"] - means["M"]))


def test_columns_that_make_no_groups_are_refused(study: Any) -> None:
    predictions, cohort = study()
    with pytest.raises(ConfigError, match="80 different values"):
        evaluate(predictions, cohort, subgroups=["patient_id"], replicates=1)
