"""Each loss against its formula written another way, or against a library's own."""

import inspect
import itertools
import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from hilum.schema import ConfigError, Findings
from hilum.tasks.classify import LEARNED, classify
from hilum.tasks.registries import losses

FINDINGS = Findings(("Mass", "Nodule", "Edema", "Hernia"))
COUNTS = torch.tensor([[3.0, 9.0], [1.0, 16.0], [8.0, 8.0], [2.0, 30.0]])
CALLED = {  # what the task fills, with values at which every loss is sound
    "counts": torch.full((3, 2), 5.0),
    "weights": torch.ones(1, 3),
    "a": torch.ones(3),
    "b": torch.zeros(3),
    "alpha": torch.full((3,), 0.5),
}


def draws(rows: int = 6) -> tuple[Tensor, Tensor]:
    """Logits and labels."""
    generator = torch.Generator().manual_seed(0)
    return (
        2 * torch.randn(rows, 4, generator=generator),
        torch.randint(0, 2, (rows, 4), generator=generator).float(),
    )


def filled(name: str) -> dict[str, Tensor]:
    wanted = inspect.signature(losses[name]).parameters
    return {key: value for key, value in CALLED.items() if key in wanted}


@pytest.mark.parametrize("name", list(losses))
def test_loss_contract(name: str) -> None:
    """One value a label or one in all; less for better logits, and finite where a logit is extreme."""
    targets = torch.tensor([[1.0, 0.0, 1.0]])
    values = losses[name](torch.tensor([[2.0, -2.0, 100.0]]), targets, **filled(name))
    worse = losses[name](torch.tensor([[-2.0, 2.0, -100.0]]), targets, **filled(name))
    assert values.shape in {(1, 3), ()}
    assert (worse > values).all()
    assert worse.isfinite().all()
    if not set(LEARNED) & set(filled(name)):
        assert (values >= 0).all()


@pytest.mark.parametrize("name", list(losses))
def test_labels_of_no_weight_change_nothing_and_gradients_are_finite(name: str) -> None:
    targets = {"labels": torch.tensor([[1.0, 0.0, 1.0, 0.0]]), "weights": torch.tensor([[1.0, 1.0, 1.0, 0.0]])}
    task = classify(findings=FINDINGS, loss=name)  # type: ignore[arg-type]
    own = dict(task.parameters())
    found = []
    for ignored in (-3.0, 90.0):
        logits = torch.tensor([[0.5, -90.0, 90.0, ignored]], requires_grad=True)
        loss = task.loss(logits, targets, own)
        loss.backward()
        assert logits.grad is not None
        assert logits.grad.isfinite().all()
        assert logits.grad[0, 3] == 0
        found.append(loss.detach())
    assert found[0] == found[1]


def test_the_contracts_found_entries() -> None:
    assert len(losses) >= 9


# --- against formulas ---


def test_focal_without_focus_is_bce() -> None:
    logits, targets = draws()
    torch.testing.assert_close(losses["focal"](logits, targets, gamma=0.0), losses["bce"](logits, targets))
    right = torch.where(targets == 1, logits.sigmoid(), 1 - logits.sigmoid())
    torch.testing.assert_close(losses["focal"](logits, targets), -((1 - right) ** 2) * right.log())


def test_balanced_labels_weigh_the_same_together() -> None:
    """At logit 0 every label costs log 2 times its weight; present and absent ones then cost the same in sum."""
    targets = torch.tensor([[1.0]] * 3 + [[0.0]] * 9)
    values = losses["balanced_bce"](torch.zeros(12, 1), targets, counts=torch.tensor([[3.0, 9.0]]))
    torch.testing.assert_close(values[:3].sum(), values[3:].sum())


def test_positive_weighted_is_the_weight_that_pytorch_is_given() -> None:
    logits, targets = draws()
    expected = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0, 16.0, 1.0, 15.0]), reduction="none")
    torch.testing.assert_close(losses["positive_weighted"](logits, targets, counts=COUNTS), expected(logits, targets))
    limited = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([3.0, 4.0, 1.0, 4.0]), reduction="none")
    torch.testing.assert_close(
        losses["positive_weighted"](logits, targets, counts=COUNTS, most=4.0), limited(logits, targets)
    )
    one_class = losses["positive_weighted"](logits, targets, counts=torch.tensor([[0.0, 9.0]] * 4))
    torch.testing.assert_close(one_class, losses["bce"](logits, targets))


def test_class_weights_of_findings_and_of_images() -> None:
    logits, targets = draws()
    weight = torch.tensor([1.0, 2.0, 0.5, 14.0])
    plain = losses["bce"](logits, targets)
    by_finding = losses["class_weighted"](logits, targets, weight=tuple(weight.tolist()))
    torch.testing.assert_close(by_finding, plain * weight)
    by_image = losses["class_weighted"](logits, targets, weight=tuple(weight.tolist()), of="image")
    for row, labels in enumerate(targets.tolist()):  # as Keras: the first largest target is the class
        torch.testing.assert_close(by_image[row], plain[row] * weight[labels.index(max(labels))])
    torch.testing.assert_close(losses["class_weighted"](logits, targets, weight=3.0), 3 * plain)


def test_asymmetric() -> None:
    logits, targets = draws()
    values = losses["asymmetric"](logits, targets, gamma_present=0.5, gamma_absent=3.0, clip=0.1)
    for logit, target, value in zip(logits.flatten(), targets.flatten(), values.flatten(), strict=True):
        p = 1 / (1 + math.exp(-float(logit)))
        q = max(p - 0.1, 0)
        expected = -((1 - p) ** 0.5) * math.log(p) if target == 1 else -(q**3) * math.log(1 - q)
        assert float(value) == pytest.approx(expected, rel=1e-5, abs=1e-7)
    plain = losses["asymmetric"](logits, targets, gamma_present=0.0, gamma_absent=0.0, clip=0.0)
    torch.testing.assert_close(plain, losses["bce"](logits, targets))


def test_label_smoothing_is_cross_entropy_of_two_classes() -> None:
    """PyTorch's own smoothing, over the logits 0 of absent and s of present."""
    logits, targets = draws()
    two = torch.stack([torch.zeros_like(logits), logits], dim=-1).reshape(-1, 2)
    expected = functional.cross_entropy(two, targets.long().flatten(), label_smoothing=0.1, reduction="none")
    torch.testing.assert_close(losses["label_smoothing"](logits, targets), expected.reshape(logits.shape))


def test_ldam_is_softmax_with_a_margin_on_the_right_class() -> None:
    """The paper's form, over two classes: the margin is taken off the logit of the class that is right."""
    logits, targets = draws()
    margins = COUNTS**-0.25
    margins = 0.5 * margins / margins.max()
    expected = torch.empty_like(logits)
    for row, place in itertools.product(range(len(logits)), range(4)):
        right = int(targets[row, place])
        two = torch.stack([torch.tensor(0.0), logits[row, place]])
        two[right] -= margins[place, 1 - right]
        expected[row, place] = functional.cross_entropy(two[None], torch.tensor([right]))
    torch.testing.assert_close(losses["ldam"](logits, targets, counts=COUNTS), expected)
    torch.testing.assert_close(
        losses["ldam"](logits, targets, counts=COUNTS, margin=0.0), losses["bce"](logits, targets)
    )


def test_multilabel_softmax_puts_every_present_finding_above_every_absent_one() -> None:
    """As pairs: (1 + sum of exp(-s) over present) times (1 + sum of exp(s) over absent) holds exp(absent - present)."""
    logits, targets = draws()
    expected = []
    for row, labels in zip(logits.tolist(), targets.tolist(), strict=True):
        present = [s for s, y in zip(row, labels, strict=True) if y == 1]
        absent = [s for s, y in zip(row, labels, strict=True) if y == 0]
        pairs = sum(math.exp(n - p) for p in present for n in absent)
        expected.append(math.log(1 + sum(map(math.exp, absent)) + sum(math.exp(-p) for p in present) + pairs))
    value = losses["multilabel_softmax"](logits, targets, weights=torch.ones_like(logits))
    torch.testing.assert_close(value, torch.tensor(expected).mean())


# --- AUC margin ---


def _of_all_pairs(scores: Tensor, labels: Tensor) -> Tensor:
    """Mean over all pairs of (1 - (present - absent))^2."""
    apart = 1 - (scores[labels == 1][:, None] - scores[labels == 0][None])
    return (apart**2).mean()


def test_auc_margin_is_the_loss_of_all_pairs_once_its_own_numbers_are_right() -> None:
    """Descending in a, b and alpha alike finds the saddle point, where the mean is p (1 - p) times the pairs' loss."""
    logits, targets = draws(rows=40)
    logits, targets = logits[:, :2], targets[:, :2]
    counts = torch.stack([targets.sum(dim=0), (1 - targets).sum(dim=0)], dim=1)
    own = {name: torch.zeros(2, requires_grad=True) for name in LEARNED}
    optimizer = torch.optim.SGD(own.values(), lr=0.5)
    for _ in range(400):
        optimizer.zero_grad()
        losses["auc_margin"](logits, targets, counts=counts, **own).mean(dim=0).sum().backward()
        optimizer.step()
    value = losses["auc_margin"](logits, targets, counts=counts, **own).mean(dim=0)
    scores, share = logits.sigmoid(), targets.mean(dim=0)
    for place in range(2):
        pairs = _of_all_pairs(scores[:, place], targets[:, place])
        torch.testing.assert_close(value[place], share[place] * (1 - share[place]) * pairs, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(own["a"][place], scores[targets[:, place] == 1, place].mean())
        torch.testing.assert_close(own["b"][place], scores[targets[:, place] == 0, place].mean())


def test_auc_margin_has_no_multiplier_once_the_margin_is_kept() -> None:
    """Present labels lie above absent ones by more than the margin: alpha stays 0, and only the spread costs."""
    logits, targets = torch.tensor([[4.0], [5.0], [-4.0], [-6.0]]), torch.tensor([[1.0], [1.0], [0.0], [0.0]])
    own = {name: torch.zeros(1, requires_grad=True) for name in LEARNED}
    optimizer = torch.optim.SGD(own.values(), lr=0.2)
    for _ in range(300):
        optimizer.zero_grad()
        losses["auc_margin"](logits, targets, counts=torch.tensor([[2.0, 2.0]]), margin=0.5, **own).mean().backward()
        optimizer.step()
    assert float(own["alpha"].detach()) == 0


# --- by name ---


def test_settings_by_name() -> None:
    logits, targets = draws()
    known = {"labels": targets, "weights": torch.ones_like(logits)}
    by_name = classify(findings=FINDINGS, loss={"name": "bce", "pos_weight": {"Hernia": 5, "others": 2}})
    expected = functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=torch.tensor([2.0, 2, 2, 5]))
    torch.testing.assert_close(by_name.loss(logits, known), expected)
    as_is = classify(findings=FINDINGS, loss={"name": "bce", "pos_weight": {"Hernia": 5}})
    assert as_is.loss_settings["pos_weight"] == (1.0, 1.0, 1.0, 5.0)
    in_order = classify(findings=FINDINGS, loss={"name": "bce", "pos_weight": [2, 2, 2, 5]})
    torch.testing.assert_close(in_order.loss(logits, known), expected)


def test_settings_of_another_length_or_name_are_refused() -> None:
    with pytest.raises(ConfigError, match="2 values for 4 findings"):
        classify(findings=FINDINGS, loss={"name": "bce", "pos_weight": [1.0, 2.0]})
    with pytest.raises(ConfigError, match=r"task\.loss\.weight\.Hernai: There is no finding 'Hernai'"):
        classify(findings=FINDINGS, loss={"name": "class_weighted", "weight": {"Hernai": 2}})
