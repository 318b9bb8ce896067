from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from hilum.features import extract
from hilum.features.history import history
from hilum.schema import Cohort, ConfigError

NAMES = ("Mass", "Edema", "Hernia")
LIMITS = [{}, {"skip_previous": True}, {"strictly_younger": True}]


def by_hand(cohort: Cohort, image: int, visits: list[np.ndarray], *, limited: bool) -> dict[str, float]:
    """The columns of one image, one visit after the other."""
    images, labels = cohort.images, (cohort.labels == 1).astype(float)
    seen = [labels.iloc[rows].max() for rows in visits]
    ap = [float((images["view"].iloc[rows] == "AP").any()) for rows in visits]
    own = images[(images.patient_id == images.patient_id[image]) & (images.sequence == images.sequence[image])]
    age, ages = own.age_years.max(), [images.age_years[rows].max() for rows in visits]
    numbers = [images.sequence[rows[0]] for rows in visits]
    number = images.sequence[image] if not limited else numbers[-1] if numbers else 0.0
    row = {
        "visits": np.log1p(len(visits)),
        "sequence": np.log1p(number),
        "years_gap": age - ages[-1] if visits else np.nan,
        "sequence_gap": np.log1p(number - numbers[-1]) if visits else np.nan,
        "share_ap": np.mean(ap) if ap else 0.0,
        "last_ap": ap[-1] if ap else np.nan,
    }
    for name in NAMES:
        had = [visit[name] for visit in seen]
        weights = [0.5**place for place in range(len(had))]
        where = [place for place, value in enumerate(had) if value]
        back = len(had) - where[-1] if where else 0
        row |= {
            f"count_{name}": sum(had),
            f"log_count_{name}": np.log1p(sum(had)),
            f"share_{name}": sum(had) / max(len(had), 1),
            f"last_{name}": had[-1] if had else 0.0,
            f"before_last_{name}": had[-2] if len(had) > 1 else 0.0,
            f"first_{name}": had[0] if had else 0.0,
            f"recent0.5_{name}": np.average(had[::-1], weights=weights) if had else 0.0,
            f"nearness_{name}": 1 / back if where else 0.0,
            f"years_since_{name}": age - ages[where[-1]] if where else np.nan,
        }
    return row


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_every_column_is_what_counting_by_hand_gives(
    cohort: Cohort, seen_by: Callable[..., list], limits: dict[str, bool]
) -> None:
    vectors = ("visits", "count", "log_count", "share", "last", "recent", "since", "first", "views")
    table = history(cohort, vectors=vectors, decays=(0.5,), **limits).table
    expected = seen_by(cohort, **limits)
    for image, visits in enumerate(expected):
        values = table.drop(columns="image_id").iloc[image]
        if visits is None:
            assert values.isna().all()
        else:
            hand = pd.Series(by_hand(cohort, image, visits, limited=bool(limits)))[values.index].astype(np.float32)
            pd.testing.assert_series_equal(values, hand, check_names=False, rtol=1e-5)
    assert sum(visits is not None for visits in expected) > 100


@pytest.mark.parametrize("limits", LIMITS, ids=str)
@pytest.mark.parametrize("sets", [["history"], ["visits"]], ids=str)
def test_the_future_and_the_image_itself_change_nothing(
    cohort: Cohort, scrambled: Callable[[Cohort, int], Cohort], sets: list[str], limits: dict[str, bool]
) -> None:
    own = extract(cohort, sets, {sets[0]: limits}).table
    tried = 0
    for image in range(0, len(cohort), 8):
        other = scrambled(cohort, image)
        pd.testing.assert_frame_equal(own.iloc[[image]], extract(other, sets, {sets[0]: limits}).table.iloc[[image]])
        tried += not other.labels.equals(cohort.labels)
    assert tried == 15


@pytest.mark.parametrize("name", ["history", "visits"])
def test_the_past_does_change_something(cohort: Cohort, name: str) -> None:
    flipped = replace(cohort, labels=1 - cohort.labels.clip(lower=0).fillna(0))
    assert not extract(cohort, [name]).table.equals(extract(flipped, [name]).table)


@pytest.mark.parametrize("name", ["history", "visits", "demographics"])
def test_the_order_of_the_rows_does_not_matter(cohort: Cohort, name: str) -> None:
    order = np.random.default_rng(0).permutation(len(cohort))
    shuffled = extract(cohort.take(order, "Shuffled."), [name]).table
    expected = extract(cohort, [name]).table.iloc[order].reset_index(drop=True)
    pd.testing.assert_frame_equal(shuffled, expected)


def last_row(sequence: list[int], limits: dict[str, bool]) -> pd.DataFrame:
    """Features of the last of a patient's images, the first at 50 years, the others at 51."""
    images = pd.DataFrame({"image_id": list("abcdef")[: len(sequence)], "patient_id": "p", "sequence": sequence})
    images["age_years"] = np.where(images.index == 0, 50, 51)
    cohort = Cohort("drawn", images, pd.DataFrame({"Mass": (images.index == 0).astype(float)}))
    features = extract(cohort, ["history", "visits"], {"history": limits, "visits": limits})
    return features.table.iloc[[-1], 1:].reset_index(drop=True)


def test_no_number_tells_of_hidden_visits() -> None:
    skip, younger = {"skip_previous": True}, {"strictly_younger": True}
    assert not last_row([0, 1, 2], {}).equals(last_row([0, 1, 9], {}))
    for limits in (skip, younger):
        pd.testing.assert_frame_equal(last_row([0, 1, 2], limits), last_row([0, 1, 9], limits))
        assert last_row([0, 1, 2], limits).visits.item() == pytest.approx(np.log(2))
    pd.testing.assert_frame_equal(last_row([0, 1, 2], younger), last_row([0, 1, 3, 4, 6], younger))


def test_the_multiplier_scales_counts_and_not_times(cohort: Cohort) -> None:
    once, tenfold = (history(cohort, vectors=["count", "since"], multiplier=m).table for m in (1, 10))
    np.testing.assert_allclose(tenfold.filter(like="count"), 10 * once.filter(like="count"))
    pd.testing.assert_frame_equal(tenfold.filter(like="since"), once.filter(like="since"))


@pytest.mark.parametrize("wrong", [{"vectors": ["counts"]}, {"vectors": []}, {"decays": [1.0]}], ids=str)
def test_what_does_not_exist_is_refused(cohort: Cohort, wrong: dict) -> None:
    with pytest.raises(ConfigError, match="Expected"):
        history(cohort, **wrong)
