"""Fusion of boxes: the published package's own example and numbers, and what is owed whatever the method."""

import time

import numpy as np
import pandas as pd
import pytest

from hilum.evaluation.box_fusion import box_fusions, fuse_boxes, mirrored, shrunk
from hilum.evaluation.box_fusions.drawn import Drawn, overlap_of
from hilum.schema import Boxes, BoxPredictions, ConfigError, DataError, Header
from hilum.schema.boxes import overlaps

# The example in the description of ensemble-boxes 1.0.9 (MIT) and what that package answers: two models, two findings.
CORNERS = [
    [0.00, 0.51, 0.81, 0.91], [0.10, 0.31, 0.71, 0.61], [0.01, 0.32, 0.83, 0.93], [0.02, 0.53, 0.11, 0.94],
    [0.03, 0.24, 0.12, 0.35], [0.04, 0.56, 0.84, 0.92], [0.12, 0.33, 0.72, 0.64], [0.38, 0.66, 0.79, 0.95],
    [0.08, 0.49, 0.21, 0.89],
]  # fmt: skip
SCORES = [0.9, 0.8, 0.2, 0.4, 0.7, 0.5, 0.8, 0.7, 0.3]
SOURCE = [0] * 5 + [1] * 4
FINDING = [0, 1, 0, 1, 1, 1, 1, 1, 0]
FUSED = [
    (0.106667, 0.316667, 0.713333, 0.62, 0.8, 1), (0.001818, 0.475455, 0.813636, 0.913636, 0.733333, 0),
    (0.03, 0.24, 0.12, 0.35, 0.466667, 1), (0.02, 0.53, 0.11, 0.94, 0.266667, 1), (0.38, 0.66, 0.79, 0.95, 0.233333, 1),
    (0.04, 0.56, 0.84, 0.92, 0.166667, 1), (0.08, 0.49, 0.21, 0.89, 0.1, 0),
]  # fmt: skip
AS_ONE = [
    (0.01375, 0.501875, 0.821875, 0.915625, 0.533333), (0.03, 0.24, 0.12, 0.35, 0.35), (0.02, 0.53, 0.11, 0.94, 0.2),
    (0.08, 0.49, 0.21, 0.89, 0.15), (0.11, 0.32, 0.715, 0.625, 0.8), (0.38, 0.66, 0.79, 0.95, 0.35),
]  # fmt: skip
# Three models that each saw six things, by chance, and the same package's answers.
THREE = np.array([
    [.3357, .1575, .5926, .4005], [.0, .0, .2795, .2741], [.4771, .5413, .7382, .8004], [.3722, .4585, .6335, .7019],
    [.3236, .5884, .5517, .8517], [.4762, .0087, .7277, .2473], [.4091, .1775, .6493, .4065],
    [.0299, .0036, .2769, .2714],
    [.5171, .5869, .751, .81], [.4, .464, .6443, .6959], [.3333, .5369, .5588, .7917], [.4894, .0148, .7273, .2751],
    [.4023, .1495, .6649, .4254], [.061, .0, .2879, .2472], [.4747, .5664, .7504, .8444], [.365, .4777, .5858, .7496],
    [.3299, .5484, .6088, .8258], [.482, .0, .7109, .2582],
])  # fmt: skip
THREE_SCORES = np.array([
    .5373, .9005, .9406, .422, .6144, .3897, .2796, .9479, .4286, .1949, .6662, .9344, .9009, .8401, .532, .3091, .8217,
    .9312,
])  # fmt: skip
THREE_FUSED = [
    (.029603, .001269, .281208, .264742, .896167), (.484064, .007635, .720598, .263318, .751767),
    (.329136, .556446, .576268, .822563, .700767), (.485446, .558603, .744499, .814876, .633733),
    (.403911, .156132, .661205, .420924, .3935), (.375648, .466067, .619851, .716559, .308667),
    (.3357, .1575, .5926, .4005, .1791),
]  # fmt: skip
NMS_SCORES = [0.9479, 0.9406, 0.9344, 0.9009, 0.8217, 0.422]
LINEAR = [7, 2, 11, 12, 16, 3, 0, 4, 13, 17, 8, 10, 14, 1, 9, 6, 5, 15]  # the order in which boxes are taken
GAUSSIAN = [7, 2, 11, 12, 16, 0, 3, 13, 4, 17, 8, 10, 1, 14, 6, 15, 5, 9]


def rows(fused: Drawn) -> np.ndarray:
    return np.column_stack([fused.corners, fused.score])


def three() -> Drawn:
    return Drawn(THREE, THREE_SCORES, np.repeat(np.arange(3), 6), np.ones(3))


def test_weighted_boxes_are_those_of_the_published_package() -> None:
    corners, scores, source = np.array(CORNERS), np.array(SCORES), np.array(SOURCE)
    each = []
    for finding in (0, 1):
        own = np.array(FINDING) == finding
        fused = box_fusions["weighted_boxes"](Drawn(corners[own], scores[own], source[own], np.array([2.0, 1])))
        each += [(*row, finding) for row in rows(fused)]
    assert sorted(each) == [pytest.approx(row, abs=2e-6) for row in sorted(FUSED)]
    one = rows(box_fusions["weighted_boxes"](Drawn(corners, scores, source, np.ones(2)), iou=0.5))
    assert sorted(map(tuple, one)) == [pytest.approx(row, abs=2e-6) for row in sorted(AS_ONE)]
    assert rows(box_fusions["weighted_boxes"](three())) == pytest.approx(np.array(THREE_FUSED), abs=2e-6)


def test_suppression_is_that_of_the_published_package() -> None:
    assert box_fusions["nms"](three()).score.tolist() == NMS_SCORES
    for options, order in (({"iou": 0.3}, LINEAR), ({"sigma": 0.5}, GAUSSIAN)):
        assert box_fusions["soft_nms"](three(), **options).corners.tolist() == THREE[order].tolist()


def test_scores_stay_below_one_also_where_one_source_is_trusted_more() -> None:
    twice = Drawn(np.array([[0.0, 0, 10, 10]] * 2), np.ones(2), np.zeros(2, np.intp), np.array([3.0, 1.0]))
    assert box_fusions["weighted_boxes"](twice).score.tolist() == [1.0]


@pytest.mark.parametrize("name", list(box_fusions))
def test_what_every_fusion_owes(name: str) -> None:
    fusion = box_fusions[name]
    assert len(fusion(Drawn(np.empty((0, 4)), np.empty(0)))) == 0
    alone = fusion(Drawn(np.array([[1.0, 2, 3, 4]]), np.array([0.0])))
    assert name == "soft_nms" or alone.corners.tolist() == [[1, 2, 3, 4]]
    fused = fusion(three())
    assert 0 < len(fused) <= 18
    assert (np.diff(fused.score) <= 0).all()
    assert ((fused.score >= 0) & (fused.score <= 1)).all()
    order = np.random.default_rng(0).permutation(18)
    turned = Drawn(THREE[order], THREE_SCORES[order], np.repeat(np.arange(3), 6)[order], np.ones(3))
    assert rows(fusion(turned)) == pytest.approx(rows(fused))
    for wrong in (0, 1, -0.1):
        with pytest.raises(ConfigError, match="IoU"):
            fusion(three(), iou=wrong)
    assert len(box_fusions.summary(name)) > 20


@pytest.mark.parametrize("name", list(box_fusions))
def test_five_thousand_boxes_end(name: str) -> None:
    draw = np.random.default_rng(0)
    corners = draw.uniform(0, 900, (5000, 2))
    many = Drawn(np.concatenate([corners, corners + draw.uniform(20, 200, (5000, 2))], axis=1), draw.uniform(size=5000))
    start = time.process_time()
    assert 0 < len(box_fusions[name](many)) <= 5000
    assert time.process_time() - start < 30  # a guard against what grows with the cube of the number


def test_one_box_s_overlaps_are_a_row_of_all() -> None:
    assert overlap_of(THREE[0], THREE) == pytest.approx(overlaps(THREE, THREE)[0])


# --- whole predictions ------------------------------------------------------------------------------------------------


def predicted(
    boxes: list[tuple[object, ...]], images: tuple[str, ...] = ("a", "b"), **provenance: str
) -> BoxPredictions:
    table = pd.DataFrame(boxes, columns=["image_id", "finding", "x0", "y0", "x1", "y1", "score"])
    return BoxPredictions(Boxes(table), Header(images, dict(provenance)))


FIRST = [("a", "Mass", 0, 0, 10, 10, 0.9), ("a", "Effusion", 0, 0, 10, 10, 0.4), ("b", "Mass", 5, 5, 9, 9, 0.6)]
SECOND = [
    ("a", "mass", 2, 0, 12, 10, 0.3),
    ("c", "Mass", 0, 0, 9, 9, 0.8),
    ("a", "Pleural Effusion", 0, 0, 10, 10, 0.8),
]


def test_findings_and_images_stay_apart() -> None:
    models = [predicted(FIRST, model="one"), predicted(SECOND, ("a", "c"), model="two")]
    fused = fuse_boxes(models)
    held = fused.boxes.table.set_index(["image_id", "finding"]).sort_index()
    assert list(held.index) == [("a", "Effusion"), ("a", "Mass"), ("b", "Mass")]
    assert held.loc[("a", "Mass")].tolist() == pytest.approx([0.5, 0, 10.5, 10, 0.6])
    assert held.loc[("a", "Effusion"), "score"] == pytest.approx(0.6)
    assert held.loc[("b", "Mass"), "score"] == pytest.approx(0.6)  # the second did not read it, and lowers nothing
    assert fused.header.image_ids == ("a", "b")
    assert fused.provenance["images_without_a_word"] == [0, 1]
    assert [one["model"] for one in fused.provenance["of"]] == ["one", "two"]


def test_a_source_that_saw_nothing_makes_a_box_less_sure() -> None:
    fused = fuse_boxes([predicted(FIRST[:1]), predicted(FIRST[2:])])
    assert fused.boxes.table.score.tolist() == pytest.approx([0.45, 0.3])
    assert len(fuse_boxes([predicted([]), predicted([])]).boxes) == 0


def test_boxes_shrink_about_their_centers() -> None:
    small = shrunk(predicted(FIRST), 0.5).boxes.table
    assert small[["x0", "y0", "x1", "y1"]].iloc[0].tolist() == [2.5, 2.5, 7.5, 7.5]
    again = fuse_boxes([predicted(FIRST)], method="nms", shrink=0.5)
    assert again.boxes.table.x1.tolist() == small.x1.tolist()
    for wrong in (0.0, 1.2):
        with pytest.raises(ConfigError, match="shrink"):
            shrunk(predicted(FIRST), wrong)


def test_a_mirrored_image_s_boxes_come_back() -> None:
    back = mirrored(predicted(FIRST[:1]), {"a": 100.0})
    assert back.boxes.table[["x0", "x1"]].iloc[0].tolist() == [90, 100]
    assert mirrored(back, {"a": 100.0}).boxes.table.x0.tolist() == [0]
    with pytest.raises(DataError, match="width of a"):
        mirrored(predicted(FIRST[:1]), {"b": 100.0})


def test_what_cannot_be_fused_is_refused() -> None:
    with pytest.raises(ConfigError, match="No predictions"):
        fuse_boxes([])
    with pytest.raises(ConfigError, match="trust"):
        fuse_boxes([predicted(FIRST)], trust=[1.0, 2.0])
    with pytest.raises(DataError, match="No image"):
        fuse_boxes([predicted(FIRST), predicted(SECOND[1:2], ("c",))])
    with pytest.raises(ConfigError, match="no option sigma"):
        fuse_boxes([predicted(FIRST)], method="nms", options={"sigma": 1.0})
    with pytest.raises(ConfigError, match="no box fusion 'wbf'"):
        fuse_boxes([predicted(FIRST)], method="wbf")
