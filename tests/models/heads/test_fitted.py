"""The heads that are fitted at once, each against scikit-learn or against its definition written out."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from torch import nn

from hilum.models import FittedHead
from hilum.models.heads import heads
from hilum.models.heads.gradient_boosting import gradient_boosting
from hilum.models.heads.logistic_regression import logistic_regression
from hilum.models.heads.nearest_neighbors import nearest_neighbors
from hilum.registry.component import built

FITTED = ("logistic_regression", "gradient_boosting", "nearest_neighbors")
Drawn = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], list[str]]


def drawn(images: int = 240, outputs: int = 3) -> Drawn:
    """Vectors of which the first few values tell the labels; two images a patient; everything is known."""
    draw = np.random.default_rng(0)
    vectors = (draw.standard_normal((images, 8)) * np.linspace(1, 5, 8) + 3).astype(np.float32)
    chance = expit((vectors[:, :outputs] - 3) * 2 - 0.5)
    labels = (draw.random((images, outputs)) < chance).astype(np.float32)
    return vectors, labels, np.ones_like(labels), [f"p{image // 2}" for image in range(images)]


def fitted(name: str, given: Drawn, **settings: object) -> tuple[nn.Module, list[str]]:
    supplied = {"width": given[0].shape[1], "outputs": given[1].shape[1]}
    head = built({"name": name, **settings}, heads, "model.head", supplied=supplied)
    assert isinstance(head, FittedHead)
    return head.eval(), head.fit(*given)  # type: ignore[attr-defined]


def probabilities(head: nn.Module, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    with torch.no_grad():
        return expit(head(torch.from_numpy(vectors)).double().numpy())  # type: ignore[no-any-return]


# --- what all of them promise ---


@pytest.mark.parametrize("name", FITTED)
def test_it_ranks_what_it_learned_and_comes_back_from_a_file(name: str, tmp_path: Path) -> None:
    given = drawn()
    head, said = fitted(name, given)
    assert len(said) == 3
    scores = probabilities(head, given[0])
    for column, score in zip(given[1].T, scores.T, strict=True):
        assert score[column == 1].mean() > score[column == 0].mean() + 0.01
    save_file({key: tensor.contiguous() for key, tensor in head.state_dict().items()}, tmp_path / "head.safetensors")
    again = built(name, heads, "model.head", supplied={"width": 8, "outputs": 3}).eval()
    whole = nn.Sequential(again)
    whole.load_state_dict({f"0.{key}": tensor for key, tensor in load_file(tmp_path / "head.safetensors").items()})
    assert np.array_equal(probabilities(again, given[0]), scores)


@pytest.mark.parametrize("name", FITTED)
def test_labels_that_are_not_known_are_left_out_finding_by_finding(name: str) -> None:
    vectors, labels, weights, patients = drawn()
    weights[::3, 1] = 0
    labels[::3, 1] = 1 - labels[::3, 1]  # were they looked at, much would change
    head, _ = fitted(name, (vectors, labels, weights, patients))
    kept = np.arange(len(labels)) % 3 > 0
    only = (
        vectors[kept],
        labels[kept, 1:2],
        weights[kept, 1:2],
        [p for p, keep in zip(patients, kept, strict=True) if keep],
    )
    if name == "logistic_regression":  # whose scale is that of all images, known or not
        assert (
            np.corrcoef(probabilities(fitted(name, only)[0], vectors)[:, 0], probabilities(head, vectors)[:, 1])[0, 1]
            > 0.99
        )
    else:
        np.testing.assert_allclose(
            probabilities(head, vectors)[:, 1], probabilities(fitted(name, only)[0], vectors)[:, 0], atol=1e-6
        )


@pytest.mark.parametrize("name", FITTED)
@pytest.mark.parametrize(("label", "words"), [(0.0, "no positive"), (1.0, "no negative"), (None, "no known label")])
def test_a_finding_that_cannot_be_learned_gets_a_constant_and_is_named(
    name: str, label: float | None, words: str
) -> None:
    vectors, labels, weights, patients = drawn()
    labels[:, 2] = 0.0 if label is None else label
    weights[:, 2] = label is not None
    head, said = fitted(name, (vectors, labels, weights, patients))
    assert words in said[2]
    assert "constant" not in said[0]
    scores = probabilities(head, vectors)[:, 2]
    assert np.ptp(scores) < 0.02
    expected = {0.0: 0.5 / 241, 1.0: 240.5 / 241, None: 0.5}[label]
    assert scores[0] == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("name", ["logistic_regression", "gradient_boosting"])
def test_a_label_in_between_is_a_share_of_each(name: str) -> None:
    vectors, labels, weights, patients = drawn(outputs=1)
    soft = labels.copy()
    soft[:40] = 0.7
    twice = np.r_[np.arange(240), np.arange(40)]
    hard, shares = labels[twice], weights[twice]
    hard[:40], hard[240:], shares[:40], shares[240:] = 1, 0, 0.7, 0.3
    settings: dict[str, object] = {"strengths": [10.0]} if name == "logistic_regression" else {}
    one, _ = fitted(name, (vectors, soft, weights, patients), **settings)
    if name == "gradient_boosting":
        other, _ = fitted(name, (vectors[twice], hard, shares, [patients[row] for row in twice]))
        np.testing.assert_allclose(probabilities(one, vectors), probabilities(other, vectors), atol=0.2)
        return
    scaler = StandardScaler().fit(vectors)
    theirs = LogisticRegression(C=0.1, tol=1e-8, max_iter=1000).fit(
        scaler.transform(vectors[twice]), hard[:, 0], sample_weight=shares[:, 0]
    )
    expected = theirs.predict_proba(scaler.transform(vectors))[:, 1]
    np.testing.assert_allclose(probabilities(one, vectors)[:, 0], expected, atol=1e-4)


# --- logistic regression ---


@pytest.mark.parametrize("strength", [1.0, 300.0])
def test_logistic_regression_is_scikit_learn_s_with_the_scale_folded_in(strength: float) -> None:
    vectors, labels, weights, patients = drawn()
    weights[:50] = 3.0
    head, said = fitted("logistic_regression", (vectors, labels, weights, patients), strengths=[strength])
    assert said == [f"L2 strength {strength:g}"] * 3
    scaler = StandardScaler().fit(vectors)
    for output in range(3):
        theirs = LogisticRegression(C=1 / strength, tol=1e-8, max_iter=1000)
        theirs.fit(scaler.transform(vectors), labels[:, output], sample_weight=weights[:, output])
        expected = theirs.predict_proba(scaler.transform(vectors))[:, 1]
        np.testing.assert_allclose(probabilities(head, vectors)[:, output], expected, atol=1e-4)


def test_the_penalty_is_chosen_by_cross_validation_over_patients() -> None:
    vectors, labels, weights, patients = drawn()
    strengths = [1.0, 30.0, 1000.0]
    _, said = fitted("logistic_regression", (vectors, labels, weights, patients), strengths=strengths, folds=4)
    scaled = StandardScaler().fit_transform(vectors)
    groups = np.unique(patients, return_inverse=True)[1]
    for output in range(3):
        losses = []
        for strength in strengths:
            told = np.empty(240)
            for some, rest in GroupKFold(4).split(scaled, groups=groups):
                model = LogisticRegression(C=1 / strength, max_iter=1000).fit(scaled[some], labels[some, output])
                told[rest] = model.predict_proba(scaled[rest])[:, 1]
            losses.append(log_loss(labels[:, output], told))
        assert said[output] == f"L2 strength {strengths[int(np.argmin(losses))]:g}"


def test_images_of_one_patient_do_not_vouch_for_each_other() -> None:
    """Nothing tells the label but who it is; an image of the same patient would, and would ask for no penalty."""
    draw = np.random.default_rng(1)
    people = np.repeat(np.arange(40), 4)
    vectors = draw.standard_normal((40, 60))[people].astype(np.float32) + 0.01 * draw.standard_normal((160, 60))
    labels = draw.integers(0, 2, 40)[people][:, None].astype(np.float32)
    given = (vectors.astype(np.float32), labels, np.ones_like(labels))
    _, said = fitted("logistic_regression", (*given, [str(one) for one in people]), strengths=[0.1, 1e4])
    assert said == ["L2 strength 10000"]
    _, alone = fitted("logistic_regression", (*given, [str(one) for one in range(160)]), strengths=[0.1, 1e4])
    assert alone == ["L2 strength 0.1"]


def test_one_patient_alone_gets_the_strongest_penalty() -> None:
    vectors, labels, weights, _ = drawn()
    _, said = fitted("logistic_regression", (vectors, labels, weights, ["p"] * 240))
    assert said == ["L2 strength 10000"] * 3


def test_a_value_that_is_always_the_same_has_no_weight() -> None:
    vectors, labels, weights, patients = drawn()
    vectors[:, 5] = 7.0
    head = logistic_regression(width=8, outputs=3)
    head.fit(vectors, labels, weights, patients)
    assert head.layer.weight[:, 5].abs().max() < 1e-6
    assert head.layer.weight.isfinite().all()


# --- gradient boosting ---


@pytest.mark.parametrize("leaves", [2, 31])
def test_gradient_boosting_is_scikit_learn_s(leaves: int) -> None:
    vectors, labels, weights, patients = drawn(300, outputs=2)
    vectors[::7, 2] = np.nan
    vectors[::5, 0] = np.nan
    weights[:50] = 3.0
    head, said = fitted("gradient_boosting", (vectors, labels, weights, patients), trees=12, leaves=leaves)
    assert said == ["12 trees"] * 2
    for output in range(2):
        theirs = HistGradientBoostingClassifier(
            max_iter=12, max_leaf_nodes=leaves, early_stopping=False, random_state=0
        ).fit(vectors, labels[:, output], sample_weight=weights[:, output])
        new = np.random.default_rng(5).normal(3, 4, (500, 8)).astype(np.float32)
        new[::3, 1] = np.nan
        for some in (vectors, new):
            expected = theirs.predict_proba(some)[:, 1]
            np.testing.assert_allclose(probabilities(head, some)[:, output], expected, rtol=0, atol=1e-6)


def test_trees_of_a_finding_without_positives_stand_beside_the_others() -> None:
    vectors, labels, weights, patients = drawn()
    labels[:, 0] = 0
    head = gradient_boosting(outputs=3, trees=5)
    said = head.fit(vectors, labels, weights, patients)
    assert said == ["a constant (no positive)", "5 trees", "5 trees"]
    assert np.ptp(probabilities(head, vectors)[:, 0]) == 0


# --- nearest neighbors ---


def test_nearest_neighbors_are_scikit_learn_s_with_one_vote_more() -> None:
    vectors, labels, weights, patients = drawn()
    head, said = fitted("nearest_neighbors", (vectors, labels, weights, patients), neighbors=9)
    assert said == ["240 images"] * 3
    new = np.random.default_rng(5).normal(3, 4, (50, 8)).astype(np.float32)
    for output in range(3):
        theirs = KNeighborsClassifier(9, metric="cosine").fit(vectors, labels[:, output])
        prior = (labels[:, output].sum() + 0.5) / 241
        expected = (9 * theirs.predict_proba(new)[:, 1] + prior) / 10
        np.testing.assert_allclose(probabilities(head, new)[:, output], expected, atol=1e-6)


def test_fewer_images_than_neighbors() -> None:
    vectors, labels, weights, patients = drawn(6)
    labels[:, 0] = [1, 0, 0, 1, 0, 0]
    weights[3:, 0] = 0
    head = nearest_neighbors(width=8, outputs=3, neighbors=50)
    head.fit(vectors, labels, weights, patients)
    assert probabilities(head, vectors)[:, 0] == pytest.approx((1 + 1.5 / 4) / 4)
