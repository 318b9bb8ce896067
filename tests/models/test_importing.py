"""Tensors of others into a whole classifier: by name, by order where asked for, the head by its shape, and a report."""

import pytest
import torch
from torch import Tensor

from hilum.models.classifier import Classifier, classifier
from hilum.models.importing import Outputs, fill_classifier
from hilum.schema import ConfigError

THREE = Outputs(range(3), 3)


def tiny(seed: int, outputs: int = 3, **keywords: object) -> Classifier:
    torch.manual_seed(seed)
    return classifier(encoder="test_resnet", outputs=outputs, size=32, **keywords).eval()  # type: ignore[arg-type]


def theirs(model: Classifier, prefix: str = "module.", head: str = "fc") -> dict[str, Tensor]:
    """A model of ours under the names that others give."""
    tensors = {f"{prefix}{name}": tensor for name, tensor in model.encoder.network.state_dict().items()}
    layer = model.head.layer
    return tensors | {f"{prefix}{head}.weight": layer.weight.data, f"{prefix}{head}.bias": layer.bias.data}  # type: ignore[union-attr, dict-item]


def said(model: Classifier) -> Tensor:
    with torch.no_grad():
        return model(image=torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0)))["labels"]


@pytest.mark.parametrize(
    ("prefix", "head"), [("", "fc"), ("module.", "classifier.0"), ("model.backbone.", "head"), ("encoder.", "x.y")]
)
def test_by_name_whatever_stands_before(prefix: str, head: str) -> None:
    source, model = tiny(1), tiny(2)
    notes = fill_classifier(model, theirs(source, prefix, head), THREE, path="w.pth")
    assert torch.equal(said(model), said(source))
    assert any("Taken by name" in note and prefix in note for note in notes)
    assert any(f"{prefix}{head}" in note for note in notes)


def test_what_is_not_taken_is_reported() -> None:
    extra = {"queue": torch.zeros(5), "optimizer.step": torch.zeros(1)}
    notes = fill_classifier(tiny(2), theirs(tiny(1)) | extra, THREE, path="w.pth")
    assert any("Not taken: 2 tensors of the file: queue, optimizer.step" in note for note in notes)


def test_a_head_as_convolution_and_findings_left_out() -> None:
    source, model = tiny(1), tiny(2, outputs=2)
    tensors = theirs(source)
    tensors["module.fc.weight"] = tensors["module.fc.weight"][:, :, None, None]
    notes = fill_classifier(model, tensors, Outputs([2, 0], 3), path="w.pth")
    assert torch.equal(said(model), said(source)[:, [2, 0]])
    assert any("2 of 3 outputs" in note for note in notes)


def test_of_three_logits_present_counts_against_absent() -> None:
    source, model = tiny(1, outputs=6), tiny(2, outputs=2)
    fill_classifier(model, theirs(source), Outputs(range(2), 2, classes=3), path="w.pth")
    three = said(source).reshape(2, 2, 3)
    torch.testing.assert_close(said(model).sigmoid(), three[..., 1:].softmax(dim=-1)[..., 1])


def test_other_names_are_refused_and_taken_by_order_where_that_is_asked_for() -> None:
    source, model = tiny(1), tiny(2)
    layers = {name.rpartition(".")[0]: f"layer{place}" for place, name in enumerate(theirs(source))}
    tensors = {
        f"{layers[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": one for name, one in theirs(source).items()
    }
    with pytest.raises(ConfigError, match=r"w\.pth.*not in it under their name and shape.*--by-order"):
        fill_classifier(model, tensors, THREE, path="w.pth")
    notes = fill_classifier(model, tensors, THREE, path="w.pth", by_order=True)
    assert torch.equal(said(model), said(source))
    assert any("Taken by order" in note for note in notes)


def test_another_order_is_refused_by_the_first_shape_that_differs() -> None:
    tensors = dict(reversed(theirs(tiny(1)).items()))
    with pytest.raises(ConfigError, match=r"tensor 1 is module\.fc\.bias \(3,\), and the encoder has conv1"):
        fill_classifier(tiny(2), tensors, THREE, path="w.pth", by_order=True)
    few = dict(list(theirs(tiny(1)).items())[:4])
    with pytest.raises(ConfigError, match="is nothing"):
        fill_classifier(tiny(2), few, THREE, path="w.pth", by_order=True)


@pytest.mark.parametrize("heads", [0, 2])
def test_no_head_or_two_are_refused(heads: int) -> None:
    tensors = theirs(tiny(1))
    tensors |= {"aux.weight": tensors["module.fc.weight"], "aux.bias": tensors["module.fc.bias"]}
    if not heads:
        tensors = {name: tensor for name, tensor in tensors.items() if "fc." not in name and "aux" not in name}
    with pytest.raises(ConfigError, match=rf"{heads} matrices of 3 x \d+ beside the encoder"):
        fill_classifier(tiny(2), tensors, THREE, path="w.pth")


def test_counts_of_batches_may_be_missing() -> None:
    source, model = tiny(1), tiny(2)
    tensors = {name: tensor for name, tensor in theirs(source).items() if "num_batches" not in name}
    fill_classifier(model, tensors, THREE, path="w.pth")
    assert torch.equal(said(model), said(source))


def test_other_classifiers_and_values_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ConfigError, match="no transition"):
        fill_classifier(tiny(2, transition=4), theirs(tiny(1)), THREE, path="w.pth")
    with pytest.raises(ConfigError, match=r"of the head's \d+ tensors are not in it"):
        fill_classifier(tiny(2, head="hidden"), theirs(tiny(1)), THREE, path="w.pth")
    with pytest.raises(ConfigError, match="a pooling that learns nothing"):
        fill_classifier(tiny(2, pool="generalized_mean"), theirs(tiny(1)), THREE, path="w.pth")
    tensors = theirs(tiny(1))
    tensors["module.fc.bias"] = torch.tensor([0.0, torch.nan, 0.0])
    with pytest.raises(ConfigError, match=r"^w\.pth holds values that are no numbers.*head"):
        fill_classifier(tiny(2), tensors, THREE, path="w.pth")
