"""Weights: one row of the catalog: what they are, whose, under which license, and where they lie."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any


@dataclass(frozen=True)
class Weights:
    """Published weights of one network.

    Args:
        name: within its source, as the owner calls them.
        encoder: timm's name of the network.
        outputs: the findings in the order of the file's outputs, in the spelling of the vocabularies where they mean
            the same, else in the owner's own; empty for an encoder without a head.
        preprocess: settings of `Preprocess` under which the network sees what its owner gave it.
        license: as the owner states it.
        address: of the file, at its owner; where it cannot be fetched directly, of the page that leads to it, or the
            package that holds it.
        megabytes: of the file, about.
        learned_from: which images.
        way: what differs between the owner's way from an image to a probability and ours.
        thresholds: the probability that the owner's code moves to 0.5, one an output; None for an output that was not
            learned. Empty where the owner's code moves nothing.
        order: the name under which the file itself gives the place of each output; "" where `outputs` is their order.
        classes: logits an output: 1, or 3 (absent, present, uncertain; present against absent is what counts).
        sha256: of the file; "" where nobody has published it.
        elsewhere: folders below the user's own in which the owner's software keeps the file; may hold `*`.
        direct: whether the address is the file's own.
        inside: the file when it comes in an installed package.
        model: further settings of the classifier, as its pooling and head; average and linear when left out.
    """

    name: str
    encoder: str
    outputs: tuple[str, ...]
    preprocess: Mapping[str, Any]
    license: str
    address: str
    megabytes: float
    learned_from: str = ""
    way: str = ""
    thresholds: tuple[float | None, ...] = ()
    order: str = ""
    classes: int = 1
    sha256: str = ""
    elsewhere: tuple[str, ...] = ()
    direct: bool = True
    inside: Path | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    source: str = field(default="", kw_only=True)

    @property
    def full_name(self) -> str:
        """Source and name, as in `txrv:densenet121-res224-all`."""
        return f"{self.source}:{self.name}"

    @property
    def file(self) -> str:
        """Name of the file."""
        return PurePosixPath(self.address).name if self.direct else f"{self.name}.pth"

    @property
    def learned(self) -> tuple[int, ...]:
        """Places of the outputs that were learned."""
        return tuple(
            place
            for place, name in enumerate(self.outputs)
            if name and not (self.thresholds and self.thresholds[place] is None)
        )

    @property
    def findings(self) -> tuple[str, ...]:
        """The outputs that were learned."""
        return tuple(self.outputs[place] for place in self.learned)
