import numpy as np
import pandas as pd
import pytest

from hilum.evaluation.localization import (
    IOBB,
    IOU,
    best_cut,
    best_threshold,
    full_set,
    inside,
    of_drawn,
    scored,
    summarized,
)


def heat(box: tuple[int, int, int, int], shape: tuple[int, int] = (20, 30)) -> np.ndarray:
    made = np.zeros(shape, np.float32)
    made[box[1] : box[3], box[0] : box[2]] = 1.0
    return made


def test_a_map_that_is_the_box_scores_one_everywhere() -> None:
    box = np.array([[5.0, 4, 15, 12]])
    found = scored(heat((5, 4, 15, 12)), heat((5, 4, 15, 12)) > 0, box, box)
    assert {name: value for name, value in found.items() if value != 1} == {
        name: 0 for name in found if name.startswith("false")
    }


def test_worked_example_by_hand() -> None:
    drawn = np.array([[0.0, 0, 10, 10], [20, 10, 30, 20]])  # the first reaches half its way into the true one
    true = np.array([[5.0, 0, 15, 10]])
    found = scored(heat((0, 0, 10, 10)), heat((0, 0, 10, 10)) > 0, drawn, true)
    assert found["energy_in_box"] == pytest.approx(0.5)
    assert found["miou"] == pytest.approx(50 / 150)
    assert found["pointing_game"] == 0  # the first of equal places lies outside
    assert [found[f"localization_accuracy_iou_{t:g}"] for t in IOU] == [1, 1, 1, 0, 0, 0, 0]
    assert [found[f"localization_accuracy_iobb_{t:g}"] for t in IOBB] == [1, 1, 0, 0, 0]
    assert [found[f"false_boxes_iobb_{t:g}"] for t in IOBB] == [1, 1, 2, 2, 2]


def test_a_map_that_is_zero_everywhere_finds_nothing_and_errs_nowhere() -> None:
    flat = np.zeros((20, 30), np.float32)
    found = scored(flat, flat > 0, np.empty((0, 4)), np.array([[0.0, 0, 5, 5]]))
    assert set(found.values()) == {0.0}


def test_an_outlined_region_stands_in_the_place_of_its_box() -> None:
    region = np.zeros((20, 30), bool)
    region[4:12, 5:10] = True  # the left half of the box
    box = np.array([[5.0, 4, 15, 12]])
    found = scored(heat((5, 4, 15, 12)), heat((5, 4, 15, 12)) > 0, box, box, region)
    assert found["energy_in_box"] == pytest.approx(0.5)
    assert found["miou"] == pytest.approx(0.5)
    assert found["localization_accuracy_iou_0.7"] == 1.0


def authors(maps: np.ndarray, truths: np.ndarray, probability: np.ndarray, cut: float) -> float:
    """The full set as cheXlocalize's authors have it: masks emptied below the cut, then the mean of what is defined."""
    values = []
    for mask, truth, likely in zip(maps, truths, probability, strict=True):
        drawn = mask & (likely >= cut)
        both = (drawn | truth).sum()
        values.append((drawn & truth).sum() / both if both else np.nan)
    return float(np.nanmean(values))


def test_the_full_set_and_its_cut_are_those_of_masks_emptied_one_by_one() -> None:
    draw = np.random.default_rng(0)
    maps = draw.random((40, 6, 6)) > 0.5
    truths = (draw.random((40, 6, 6)) > 0.6) & (np.arange(40) < 15)[:, None, None]
    probability, ids = draw.random(40), [f"i{place}" for place in range(40)]
    overlap = (maps & truths).sum((1, 2)) / (maps | truths).sum((1, 2))
    pairs = pd.DataFrame({"image_id": ids, "finding": "Mass", "map": "cam", "draw": 0, "miou": overlap})[:15]
    absent = pd.DataFrame({"image_id": ids, "finding": "Mass"})[15:]
    table = pd.DataFrame({"Mass": probability}, index=ids)
    for cut in (0.0, 0.4, 0.9):
        found = full_set(pairs, absent, table, {"Mass": cut})
        assert found.miou_full_set.mean() == pytest.approx(authors(maps, truths, probability, cut))
    cut = best_cut(overlap[:15], probability[:15], probability[15:])
    means = {one: authors(maps, truths, probability, one) for one in np.linspace(0, 1, 401)}
    assert authors(maps, truths, probability, cut) >= max(means.values()) - 1e-12


def test_parts_of_a_box_outside_the_image_are_no_pixels() -> None:
    assert inside(np.array([[25.0, 15, 99, 99]]), (20, 30)).sum() == 25
    assert inside(np.array([[0.6, 0, 2, 1]]), (4, 4)).sum() == 1  # the middle of the first pixel lies before it


def test_share_of_the_drawn_box() -> None:
    assert of_drawn(np.array([[0.0, 0, 4, 4]]), np.array([[2.0, 2, 9, 9], [0, 0, 9, 9]])).tolist() == [[0.25, 1.0]]


def pairs() -> tuple[pd.DataFrame, dict[str, str]]:
    generator = np.random.default_rng(0)
    rows = [
        {"image_id": f"i{image}", "finding": "Mass" if image % 3 else "Nodule", "map": kind, "draw": draw,
         "pointing_game": float(generator.random() < (0.8 if kind == "cam" else 0.2))}
        for image in range(60)
        for kind, draws in (("cam", 1), ("random", 4))
        for draw in range(draws)
    ]  # fmt: skip
    return pd.DataFrame(rows), {f"i{image}": f"p{image // 2}" for image in range(60)}


def test_means_and_intervals_are_those_of_a_bootstrap_over_patients_written_out() -> None:
    scores, patient_of = pairs()
    rows = summarized(scores, patient_of, replicates=400).set_index(["finding", "map"])
    means = scores.groupby(["map", "image_id"], sort=False).pointing_game.mean()
    own, other = means["cam"], means["random"]
    assert rows.loc[("all", "cam"), "value"] == pytest.approx(own.mean())
    assert rows.loc[("all", "random"), "ahead"] == pytest.approx(own.mean() - other.mean())
    assert rows.loc[("macro", "cam"), "value"] == pytest.approx(
        rows.loc[[("Mass", "cam"), ("Nodule", "cam")], "value"].mean()
    )
    generator = np.random.default_rng(1)
    by_patient = (own - other).groupby(own.index.map(patient_of)).sum().to_numpy()
    drawn = [by_patient[generator.integers(0, 30, 30)].sum() / 60 for _ in range(4000)]
    expected = np.quantile(drawn, [0.025, 0.975])
    found = rows.loc[("all", "random"), ["ahead_low", "ahead_high"]].to_numpy(float)
    np.testing.assert_allclose(found, expected, atol=0.03)
    assert rows.loc[("all", "cam"), "ahead"] == 0


def test_the_order_of_rows_has_no_part_in_it() -> None:
    scores, patient_of = pairs()
    shuffled = pd.concat(
        [scores[scores["map"] == "cam"].sample(frac=1, random_state=1), scores[scores["map"] != "cam"]]
    )
    columns = ["finding", "map", "value"]
    one, two = (
        summarized(table, patient_of, replicates=2)[columns].sort_values(columns, ignore_index=True)
        for table in (scores, shuffled)
    )
    pd.testing.assert_frame_equal(one, two)


def test_the_threshold_is_the_one_with_the_largest_mean_overlap() -> None:
    assert best_threshold({0.3: [0.0, 0.4], 0.2: [0.1, 0.3], 0.5: [0.3, 0.0]}) == 0.2
