"""Metrics of boxes against worked examples, the challenge's own loops, and COCO's tool."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation.matching import BoxMatch, match_boxes
from hilum.evaluation.metrics import box_metrics
from hilum.evaluation.metrics.boxes.rsna_score import OVERLAPS
from hilum.schema import Boxes, BoxPredictions, Header
from hilum.schema.boxes import overlaps

IMAGES = tuple(f"i{number:02}" for number in range(40))


def drawn_by_chance(seed: int, *, ties: bool = False) -> tuple[BoxPredictions, Boxes]:
    """True boxes that lie apart on some images; predictions near some of them, and elsewhere."""
    draw = np.random.default_rng(seed)
    true, said = [], []
    for image in IMAGES:
        for place in range(draw.integers(0, 4)):
            corner, size = np.array([300 * place + 80, 200.0]) + draw.uniform(0, 40, 2), draw.uniform(80, 160, 2)
            true.append((image, "Opacity", *corner, *(corner + size)))
            for _ in range(draw.integers(0, 3)):
                moved = corner + draw.normal(0, 14, 2)
                said.append((image, "Opacity", *moved, *(moved + size * draw.uniform(0.8, 1.2, 2)), draw.uniform()))
        for _ in range(draw.integers(0, 3)):
            corner = draw.uniform(0, 700, 2)
            said.append((image, "Opacity", *corner, *(corner + draw.uniform(50, 200, 2)), draw.uniform()))
    columns = ["image_id", "finding", "x0", "y0", "x1", "y1", "score"]
    table = pd.DataFrame(said, columns=columns)
    table["score"] = table.score.round(1) if ties else table.score
    return BoxPredictions(Boxes(table), Header(IMAGES)), Boxes(pd.DataFrame(true, columns=columns[:-1]))


def on_one(true: list[list[float]], said: list[list[float]]) -> BoxMatch:
    """The match on one image; boxes said are corners and a score."""
    columns = ["x0", "y0", "x1", "y1", "score"]
    tables = [pd.DataFrame(rows, columns=columns[: 5 if rows is said else 4], dtype=float) for rows in (true, said)]
    first, second = (Boxes(table.assign(image_id="a", finding="Opacity")) for table in tables)
    return match_boxes(BoxPredictions(second, Header(("a",))), first, "Opacity")


# --- the RSNA score ---------------------------------------------------------------------------------------------------


def test_rsna_score_by_hand() -> None:
    score = box_metrics["rsna_score"]
    true = [0, 0, 100, 100]
    wide = [0, 0, 100, 160, 0.9]  # overlap 0.625: enough at 0.40, 0.45, 0.50, 0.55, 0.60
    assert score(on_one([true], [wide])) == pytest.approx(5 / 8)
    exact, far = [0, 0, 100, 100, 0.8], [500, 500, 600, 600, 0.7]
    assert score(on_one([true], [exact])) == 1
    assert score(on_one([true], [exact, far])) == pytest.approx(1 / 2)  # one right, one false at every overlap
    assert score(on_one([true], [exact, far]), threshold=0.75) == 1
    # the surer box takes the true one where it reaches it, the other then is false; above 0.60 it is the other's
    assert score(on_one([true], [wide, exact])) == pytest.approx(1 / 2)
    second = [200, 0, 300, 100]
    assert score(on_one([true, second], [exact])) == pytest.approx(1 / 2)  # one right, one missed
    assert score(on_one([true, second], [wide, exact, far])) == pytest.approx(1 / 4)  # 1 / (1 right, 2 false, 1 missed)
    assert score(on_one([true], [])) == 0
    assert score(on_one([], [far])) == 0
    assert np.isnan(score(on_one([], [far]), threshold=0.75))  # neither a true nor a predicted box


def test_an_overlap_that_just_reaches_is_a_hit() -> None:
    match = on_one([[0, 0, 100, 100]], [[0, 0, 100, 80, 0.9]])  # 0.8
    assert match.found(0.8).all()
    assert box_metrics["rsna_score"](on_one([[0, 0, 100, 75]], [[0, 0, 100, 100, 0.9]])) == 1  # 0.75, the last overlap


def kernels_score(true: np.ndarray, said: np.ndarray) -> float | None:
    """The loops that the challenge's entrants scored with, truths outside, sorted boxes inside."""
    if not len(true) and not len(said):
        return None
    total = 0.0
    shared = overlaps(true, said) if len(true) and len(said) else np.zeros((len(true), len(said)))
    for least in OVERLAPS:
        taken: set[int] = set()
        for row in shared:
            hit = next((place for place, one in enumerate(row) if one >= least and place not in taken), None)
            taken |= set() if hit is None else {hit}
        total += len(taken) / (len(true) + len(said) - len(taken))
    return total / len(OVERLAPS)


def of_images(predictions: BoxPredictions, truth: Boxes, cut: float) -> Iterator[float | None]:
    edges = ["x0", "y0", "x1", "y1"]
    for image in IMAGES:
        said = predictions.boxes.of(image).sort_values("score", ascending=False)
        yield kernels_score(truth.of(image)[edges].to_numpy(), said[said.score >= cut][edges].to_numpy())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cut", [0.0, 0.5, 0.9])
def test_rsna_score_agrees_with_the_entrants_loops(seed: int, cut: float) -> None:
    predictions, truth = drawn_by_chance(seed)
    each = [score for score in of_images(predictions, truth, cut) if score is not None]
    match = match_boxes(predictions, truth, "Opacity")
    assert len(each) > 10
    assert box_metrics["rsna_score"](match, threshold=cut) == pytest.approx(np.mean(each))


def test_images_that_are_left_out_take_part_in_the_draw() -> None:
    predictions, truth = drawn_by_chance(0)
    match = match_boxes(predictions, truth, "Opacity")
    each = list(of_images(predictions, truth, 0.8))
    left_out = [score is None for score in each]
    assert any(left_out)
    weight = np.random.default_rng(0).integers(0, 3, len(IMAGES)).astype(float)
    pairs = [(score, count) for score, count in zip(each, weight, strict=True) if score is not None]
    expected = np.average([score for score, _ in pairs], weights=[count for _, count in pairs])
    assert box_metrics["rsna_score"](match, weight, threshold=0.8) == pytest.approx(expected)


# --- average precision ------------------------------------------------------------------------------------------------


def coco_stats(predictions: BoxPredictions, truth: Boxes) -> np.ndarray:
    """AP over ten overlaps, at 0.50, at 0.75: pycocotools' own."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    number = {image: place + 1 for place, image in enumerate(IMAGES)}

    def rows(table: pd.DataFrame) -> list[dict[str, object]]:
        return [
            {"id": place + 1, "image_id": number[row.image_id], "category_id": 1, "iscrowd": 0,
             "bbox": [row.x0, row.y0, row.x1 - row.x0, row.y1 - row.y0],
             "area": (row.x1 - row.x0) * (row.y1 - row.y0), "score": getattr(row, "score", 0.0)}
            for place, row in enumerate(table.itertuples())
        ]  # fmt: skip

    held = COCO()
    held.dataset = {"images": [{"id": one} for one in number.values()], "categories": [{"id": 1, "name": "Opacity"}]}
    held.dataset["annotations"] = rows(truth.table)
    held.createIndex()
    found = COCO()
    found.dataset = held.dataset | {"annotations": rows(predictions.boxes.table)}
    found.createIndex()
    tool = COCOeval(held, found, "bbox")
    tool.evaluate()
    tool.accumulate()
    tool.summarize()
    return np.asarray(tool.stats[:3])


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_coco_average_precision_agrees_with_the_tool(seed: int, ties: bool) -> None:
    predictions, truth = drawn_by_chance(seed, ties=ties)
    match = match_boxes(predictions, truth, "Opacity")
    metric = box_metrics["coco_average_precision"]
    ours = [metric(match), metric(match, hit=0.5), metric(match, hit=0.75)]
    assert 0.05 < ours[0] < 0.9
    assert ours == pytest.approx(coco_stats(predictions, truth), abs=1e-9)


def test_only_the_hundred_surest_boxes_of_an_image_count_for_coco() -> None:
    many = [[500, 500, 600, 600, 0.9]] * 100 + [[0, 0, 100, 100, 0.8]]
    match = on_one([[0, 0, 100, 100]], many)
    assert box_metrics["coco_average_precision"](match) == 0
    assert box_metrics["box_average_precision"](match) == pytest.approx(1 / 101)


def test_average_precision_is_the_area_below_the_falling_curve() -> None:
    predictions, truth = drawn_by_chance(1)
    match = match_boxes(predictions, truth, "Opacity")
    order = np.argsort(-match.score)
    found = match.found(0.4)[order]
    precision = np.cumsum(found) / np.arange(1, len(found) + 1)
    best = [precision[place:].max() for place in np.flatnonzero(found)]
    assert box_metrics["box_average_precision"](match) == pytest.approx(np.sum(best) / match.actual.sum())


# --- FROC and images --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("hit", [0.2, 0.5, "center"])
def test_froc_is_the_best_cut_of_those_allowed(hit: float | str, ties: bool) -> None:
    predictions, truth = drawn_by_chance(2, ties=ties)
    match = match_boxes(predictions, truth, "Opacity")
    cuts = [{"threshold": cut, "hit": hit} for cut in (*match.score, 2.0)]
    pairs = [(box_metrics["false_boxes"](match, **cut), box_metrics["box_sensitivity"](match, **cut)) for cut in cuts]
    for rate in (0.05, 0.125, 0.5, 1, 8):
        best = max(sensitivity for false, sensitivity in pairs if false <= rate + 1e-9)
        assert box_metrics["froc_sensitivity"](match, false_boxes=rate, hit=hit) == pytest.approx(best)
    seven = [box_metrics["froc_sensitivity"](match, false_boxes=2.0**power, hit=hit) for power in range(-3, 4)]
    assert box_metrics["froc_score"](match, hit=hit) == pytest.approx(np.mean(seven))


def test_image_auroc_is_that_of_the_best_boxes() -> None:
    from sklearn.metrics import roc_auc_score

    predictions, truth = drawn_by_chance(3)
    best = predictions.boxes.table.groupby("image_id").score.max().reindex(list(IMAGES), fill_value=0.0)
    present = [image in set(truth.table.image_id) for image in IMAGES]
    match = match_boxes(predictions, truth, "Opacity")
    assert box_metrics["image_auroc"](match) == pytest.approx(roc_auc_score(present, best))


def test_five_thousand_boxes_on_an_image_are_matched_in_little_memory() -> None:
    draw = np.random.default_rng(0)
    corners = draw.uniform(0, 100, (5000, 2))
    said = np.concatenate([corners, corners + 100, draw.uniform(size=(5000, 1))], axis=1)
    match = on_one([[50, 50, 150, 150], [60, 60, 160, 160]], said.tolist())
    assert match.overlap.shape == (5000, 2)
    assert match.found(0.4).sum() == 2
