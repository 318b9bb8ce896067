"""What is said of images and where it was seen, in one pass of the network, where class activation maps allow it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hilum.data import Batch
from hilum.explain.scale import to_unit
from hilum.explain.with_evidence import EVIDENCE, WithEvidence, gives_evidence
from hilum.inference.backend import Backend
from hilum.inference.backends.torch import TorchBackend
from hilum.inference.spread import spread_of
from hilum.runs import Run
from hilum.schema import Explanation
from hilum.tasks.task import Explains

METHOD = "cam"  # what evidence is drawn as


def in_one_pass(run: Run, backend: Backend) -> Backend | None:
    """A backend that also gives the evidence of each place; None where the network has no such account."""
    if run.ensemble is not None or not isinstance(run.task, Explains):
        return None
    if isinstance(backend, TorchBackend):
        return replace(backend, model=WithEvidence(backend.model)) if gives_evidence(backend.model) else None
    return backend if EVIDENCE in getattr(backend, "outputs", ()) else None


# B images, W logits, K findings, h w size of the feature maps
def heatmaps(
    run: Run, batch: Batch, evidence: NDArray[Any], findings: Sequence[str] | None = None
) -> Iterator[Explanation]:
    """Class activation maps of a batch, image by image.

    Args:
        run: whose network gave the evidence.
        batch: of B images.
        evidence: (B, W, h, w), what each place adds to each logit.
        findings: names among the Run's; None for all of them.
    """
    assert isinstance(run.task, Explains)
    names = list(findings) if findings is not None else list(run.findings)
    places = [run.findings.position(name) for name in names]
    of_findings = np.einsum("kw,bwij->bkij", run.task.contrasts()[places], evidence)
    for image_id, frame, maps in zip(
        batch.image_ids, batch.frames, to_unit(torch.from_numpy(of_findings)), strict=True
    ):
        spread = spread_of(run.recipe.model["encoder"], frame, tuple(maps.shape[-2:]))
        for place, one in zip(places, maps.numpy(), strict=True):
            yield Explanation(image_id, run.findings[place], one, METHOD, spread)
