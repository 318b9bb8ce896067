"""Tensors of others into a whole classifier of ours, encoder and head, by a stated rule, with a report.

1. Names are brought to timm's (`namings`), and what stands before all of them (`module.`, `model.`, …) is stripped.
2. Each tensor of the encoder is taken by its name and must have the same shape, but for a stem of one channel or three.
   By the order of both files, shape by shape, only where that is asked for.
3. A linear head is the one matrix of the file that is no tensor of the encoder and has as many columns as the encoder
   gives values, and a row an output. Rows of findings that were not learned are left out. Another head is taken by its
   names, with all of its outputs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from hilum.models.classifier import Classifier
from hilum.models.heads.linear import Linear
from hilum.models.namings import timm_named
from hilum.models.pretrained import WRAPPED, fitted, prefix_of, refuse_not_finite
from hilum.schema.errors import ConfigError, listed

COUNTED = "num_batches_tracked"  # of no meaning to outputs; not in files of before PyTorch 0.4.1
UNSURE, ABSENT, PRESENT = range(3)  # of three logits a finding, in the order of CheXpert's baseline


@dataclass(frozen=True)
class Outputs:
    """Which of a file's outputs are wanted.

    Args:
        places: of the wanted ones, in the order of our findings.
        count: of all outputs in the file, those left out among them.
        classes: logits an output, 1 or 3.
    """

    places: Sequence[int]
    count: int
    classes: int = 1

    def rows(self, tensor: Tensor) -> Tensor:
        """The wanted rows of a head's weight or bias; of three logits, present less absent: their softmax's logit."""
        chosen = tensor.reshape(self.count, self.classes, *tensor.shape[1:])[list(self.places)]
        return chosen[:, 0] if self.classes == 1 else chosen[:, PRESENT] - chosen[:, ABSENT]


@dataclass
class Report:
    """What became of each tensor, in sentences."""

    notes: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def left_out(self, found: Mapping[str, Tensor]) -> None:
        """Say which tensors of the file were not taken."""
        left = [name for name in found if name not in self.used and not name.endswith(COUNTED)]
        if left:
            self.notes.append(f"Not taken: {len(left)} tensors of the file: {listed(left)}.")


def fill_classifier(
    model: Classifier, tensors: Mapping[str, Tensor], outputs: Outputs, *, path: str, by_order: bool = False
) -> tuple[str, ...]:
    """Fill encoder and head of a classifier from a file's tensors; nothing of it is left as it was initialized.

    Args:
        model: what is filled.
        tensors: of the file.
        outputs: which of the file's outputs are wanted.
        path: of the file, for messages.
        by_order: take the encoder's tensors in the order of both instead of by name.

    Returns:
        What was taken, renamed, adapted and left out, in sentences.

    Raises:
        ConfigError: when a tensor of the encoder, or the head, is not in the file.
    """
    if [*model.transition.parameters(), *model.pool.parameters()]:
        raise ConfigError(
            f"{path}: its classifier has more to fill than encoder and head. Expected no transition and a pooling that "
            "learns nothing."
        )
    found, naming = timm_named(tensors)
    report = Report()
    if naming:
        report.notes.append(f"Names brought to timm's by the rule `{naming}`.")
    taken = (_by_order if by_order else _by_name)(model.encoder.state_dict(), found, report, path)
    taken = {f"encoder.{name}": tensor for name, tensor in taken.items()}
    if isinstance(model.head, Linear):
        head = {f"layer.{name}": tensor for name, tensor in _head(found, outputs, report, model, path).items()}
    else:
        head = _by_name(model.head.state_dict(), found, report, path, part="head")
    taken |= {f"head.{name}": tensor for name, tensor in head.items()}
    refuse_not_finite(taken, path, where="")
    model.load_state_dict(taken, strict=False)
    report.left_out(found)
    return tuple(report.notes)


def fill_encoder(model: Classifier, tensors: Mapping[str, Tensor], *, path: str) -> tuple[str, ...]:
    """Fill the encoder of a classifier alone, every tensor of it; returns and raises as `fill_classifier`."""
    found, naming = timm_named(tensors)
    report = Report([f"Names brought to timm's by the rule `{naming}`."] if naming else [])
    taken = _by_name(model.encoder.state_dict(), found, report, path)
    refuse_not_finite(taken, path, where="")
    model.encoder.load_state_dict(taken, strict=False)
    report.left_out(found)
    return tuple(report.notes)


def _by_name(
    wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], report: Report, path: str, part: str = "encoder"
) -> dict[str, Tensor]:
    names = [name.removeprefix(WRAPPED) for name in wanted]
    prefix = prefix_of(names, found)
    taken: dict[str, Tensor] = {}
    missing = []
    for name, like in wanted.items():
        place = prefix + name.removeprefix(WRAPPED)
        tensor = fitted(found[place], like) if place in found else None
        if tensor is not None:
            taken[name] = tensor
            report.used.add(place)
        elif not name.endswith(COUNTED):
            missing.append(name.removeprefix(WRAPPED))
    if missing:
        order = "; where only the names differ, `--by-order` takes them in the order in which they stand"
        raise ConfigError(
            f"{path}: {len(missing)} of the {part}'s {len(wanted)} tensors are not in it under their name and shape: "
            f"{listed(missing, 3)}. It holds {listed(found, 3)}. Expected weights of the same network"
            f"{order if part == 'encoder' else ''}."
        )
    said = f" (before their names: {prefix}…)" if prefix else ""
    report.notes.append(f"Taken by name: {len(taken)} tensors of the {part}{said}.")
    return taken


def _by_order(
    wanted: Mapping[str, Tensor], found: Mapping[str, Tensor], report: Report, path: str
) -> dict[str, Tensor]:
    ours = {name: like for name, like in wanted.items() if not name.endswith(COUNTED)}
    theirs = [(name, tensor) for name, tensor in found.items() if not name.endswith(COUNTED)]
    taken: dict[str, Tensor] = {}
    for place, (name, like) in enumerate(ours.items()):
        other, tensor = theirs[place] if place < len(theirs) else ("nothing", torch.empty(0))
        fits = fitted(tensor, like)
        if fits is None:
            raise ConfigError(
                f"{path}: tensor {place + 1} is {other} {tuple(tensor.shape)}, and the encoder has "
                f"{name.removeprefix(WRAPPED)} {tuple(like.shape)} there. Expected the same network in the same order."
            )
        taken[name] = fits
        report.used.add(other)
    report.notes.append(f"Taken by order, each of the same shape: the first {len(taken)} tensors of the file.")
    return taken


def _head(
    found: Mapping[str, Tensor], outputs: Outputs, report: Report, model: Classifier, path: str
) -> dict[str, Tensor]:
    assert isinstance(model.head, Linear)
    shape = (outputs.count * outputs.classes, model.head.layer.in_features)
    heads = [
        name.removesuffix("weight")
        for name, tensor in found.items()
        if name.endswith("weight")
        and name not in report.used
        and tensor.shape[:2] == shape
        and tensor.numel() == shape[0] * shape[1]
    ]
    if len(heads) != 1 or f"{heads[0]}bias" not in found:
        raise ConfigError(
            f"{path}: {len(heads)} matrices of {shape[0]} x {shape[1]} beside the encoder ({listed(heads) or 'none'}). "
            f"Expected one, with its bias: a linear head of {outputs.count} outputs."
        )
    (head,) = heads
    report.used |= {f"{head}weight", f"{head}bias"}
    report.notes.append(
        f"Head: {head.rstrip('.')}, {len(outputs.places)} of {outputs.count} outputs"
        f"{', present against absent of three logits each' if outputs.classes > 1 else ''}."
    )
    return {
        "weight": outputs.rows(found[f"{head}weight"].reshape(shape)),
        "bias": outputs.rows(found[f"{head}bias"].reshape(shape[0])),
    }
