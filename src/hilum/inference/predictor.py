"""Predictor: a Run opened once and held."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from torch import Tensor

from hilum.data import CohortSource, MemorySource, Source
from hilum.data.source import found_store
from hilum.device import Device, Precision
from hilum.engine import progress
from hilum.evaluation import Calibration, OperatingPoints
from hilum.images import Image
from hilum.inference import finish
from hilum.inference.apply import ModelOutput, apply
from hilum.inference.backend import Backend
from hilum.inference.backends.torch import TorchBackend
from hilum.inference.choose import chosen_backend
from hilum.inference.fitted import fits_of
from hilum.inference.registries import backends
from hilum.runs import Run
from hilum.runs.provenance import versions
from hilum.schema import AnyPredictions, BoxPredictions, Cohort, ConfigError, Explanation, Features, LabelPredictions
from hilum.tasks.task import Records


@dataclass(frozen=True)
class Predictor:
    """A Run with its network in memory: predict, embed, explain, as often as need be. Open one with `Predictor.open`.

    Args:
        run: what was learned.
        backend: what computes.
        calibration: makes probabilities honest; None where the Run has none.
        points: where a finding is called; None where the Run has none.
    """

    run: Run
    backend: Backend
    calibration: Calibration | None = None
    points: OperatingPoints | None = None

    @classmethod
    def open(
        cls, run: Run, *, backend: str = "torch", device: str = "auto", precision: Precision = "fp32"
    ) -> "Predictor":
        """Load the network of a Run, or the networks of an ensemble.

        Args:
            run: an opened Run.
            backend: what computes (`hilum ls backends`); `auto`: the fastest that the Run was exported for.
            device: `auto`, `cpu`, `cuda`, `cuda:1` …
            precision: `fp32`, so that figures can be repeated; `bf16` or `auto` for speed, said in the provenance.
        """
        if run.members:
            # which are Predictors, so that they know this file
            from hilum.inference.box_ensemble import BoxEnsemblePredictor
            from hilum.inference.ensemble import EnsemblePredictor

            members, gate = (
                [cls.open(one, backend=backend, device=device, precision=precision) for one in runs]
                for runs in (run.members, run.gate)
            )
            boxes = run.ensemble is not None and run.ensemble.boxes is not None
            return BoxEnsemblePredictor.joined(run, members, gate) if boxes else EnsemblePredictor.of(run, members)
        chosen = Device.choose(device, precision)
        name = chosen_backend(run, backend, chosen)
        return cls(run, backends[name](run, chosen), *fits_of(run, name))

    def source(
        self,
        cohort: Cohort,
        *,
        stores: Path | None = None,
        workers: int | None = None,
        engine: str = "local",
    ) -> Source:
        """The images of a cohort with all that the network takes of them; see `predict` for the arguments."""
        images, lateral = "image" in self.backend.inputs, "lateral" in self.backend.inputs
        store = found_store(stores, cohort, self.run.preprocess) if images else None
        return CohortSource(
            cohort,
            self.run.preprocess,
            store=store,
            images=images,
            lateral=lateral,
            beside=self.beside(cohort),
            workers=workers,
            engine=engine,
        )

    def memory(self, images: Sequence[Image]) -> Source:
        """Images at hand with all that the network takes of them; of a bare image nothing else is known."""
        lateral = "lateral" in self.backend.inputs
        beside = {} if self.run.tabular is None else self.beside(bare(images))
        return MemorySource(images, self.run.preprocess, beside, lateral=lateral)

    def beside(self, cohort: Cohort) -> dict[str, Tensor]:
        """What the network takes beside pixels, one row an image."""
        return {} if self.run.tabular is None else dict(self.run.tabular.tensors(cohort))

    def predict(
        self,
        images: Cohort | Source,
        *,
        stores: Path | None = None,
        batch_size: int = 64,
        workers: int | None = None,
        engine: str = "local",
        calibrated: bool = True,
    ) -> AnyPredictions:
        """What the Run says of images, in their order: labels, boxes or masks, as its task has it.

        Images that cannot be read stand in `failures` with the reason, not in the table. The batch size, a store or
        its absence, and the number of processes change no probability by more than rounding (1e-6 in fp32).

        Args:
            images: a cohort, whose own labels are not looked at (the history of a Run with such features is that of
                the patients' earlier images, of the whole cohort when these are chosen from one); or any source.
            stores: a folder of stores, used when it holds the cohort's; files are decoded otherwise.
            batch_size: images a step.
            workers: processes that decode; None for all cores, 0 for this process.
            engine: where files are decoded: `local`, or `spark` on a cluster; the network runs here.
            calibrated: as the Run's calibration says, where it has one; the provenance then names it, and the
                operating points that belong to it. Otherwise as the model gives them.
        """
        source = self._source(images, stores, workers, engine)
        image_ids, records = self._records(source, batch_size)
        return self._predictions(images, source, image_ids, records, calibrated=calibrated)

    def look(
        self, images: Source, *, findings: Sequence[str] | None = None, method: str = "auto", batch_size: int = 16
    ) -> tuple[AnyPredictions, list[Explanation]]:
        """What `predict` and `explain` say of images, in one pass of the network where class activation maps allow it.

        Args:
            images: any source of pixels.
            findings: those to explain; None for all of them.
            method: an explainer, as for `explain`; `auto` and `cam` take one pass where the head is linear on
                average-pooled maps and an image is all that the network looks at.
            batch_size: images a step.
        """
        from hilum.inference.looking import heatmaps, in_one_pass

        giving = in_one_pass(self.run, self.backend) if method in ("auto", "cam") else None
        if giving is None:
            return self.predict(images), self.explain(images, findings=findings, method=method)
        found: list[Explanation] = []

        def seen(outputs: Iterable[ModelOutput]) -> Iterator[ModelOutput]:
            for output in outputs:
                found.extend(heatmaps(self.run, output.batch, output.raw["evidence"], findings))
                yield output

        batches = images.batches(plan_of(images, batch_size))
        image_ids, records = _collected(seen(apply(giving, self.run.task, self.run.preprocess, batches)), len(images))
        return self._predictions(images, images, image_ids, records), found

    def embed(
        self, images: Cohort | Source, *, stores: Path | None = None, batch_size: int = 64, workers: int | None = None
    ) -> Features:
        """The vectors that the head sees, one an image, as columns `e0000`, `e0001`, …; arguments as for `predict`."""
        source = self._source(images, stores, workers)
        from hilum.inference import explaining  # here: who only predicts explains nothing

        vectors = explaining.embedded(self.torch, self.run.preprocess, source.batches(plan_of(source, batch_size)))
        pairs = list(progress(vectors, total=len(source), what="images"))
        values = np.stack([vector for _, vector in pairs]) if pairs else np.empty((0, 0), np.float32)
        table = pd.DataFrame(values, columns=[f"e{place:04}" for place in range(values.shape[1])])
        table.insert(0, "image_id", [image_id for image_id, _ in pairs])
        return Features(table)

    def explain(
        self,
        images: Source,
        *,
        findings: Sequence[str] | None = None,
        method: str = "auto",
        zero: Literal["mean", "relu", "min"] = "mean",
        smoothing: float = 0.0,
    ) -> list[Explanation]:
        """Heatmaps, one an image and finding, image by image, in original pixels.

        Args:
            images: as `MemorySource` holds them, or any other source of pixels.
            findings: names among the Run's; None for all of them.
            method: an explainer (`hilum ls explainers`); `auto`: `cam` where the head allows it, else
                `gradcam`, or `occlusion` where the head has no gradient.
            zero: what counts as no evidence: the image's `mean`, the number 0 (`relu`), or the smallest (`min`).
            smoothing: of a Gaussian over each map, its standard deviation as a share of the image's side.

        Raises:
            ConfigError: when the Run looks at no image.
        """
        return list(self.explanations(images, findings=findings, method=method, zero=zero, smoothing=smoothing))

    def explanations(
        self,
        images: Source,
        *,
        findings: Sequence[str] | None = None,
        method: str = "auto",
        zero: Literal["mean", "relu", "min"] = "mean",
        smoothing: float = 0.0,
    ) -> Iterator[Explanation]:
        """What `explain` gives, one after the other: for more images than memory holds heatmaps of."""
        if not self.run.sees_images:
            raise ConfigError(
                f"{self.run.folder}: it looks at no image, so that no heatmap says why. Expected a Run that does."
            )
        from hilum.inference.explaining import Settings, explained

        return explained(self.torch, self.run, images, Settings(findings, method, zero, smoothing))

    def _source(
        self, images: Cohort | Source, stores: Path | None, workers: int | None, engine: str = "local"
    ) -> Source:
        if isinstance(images, Cohort):
            return self.source(images, stores=stores, workers=workers, engine=engine)
        return images

    def _records(self, source: Source, batch_size: int) -> tuple[list[str], Records]:
        """Ids and records of what could be read, counted on stderr image by image."""
        batches = source.batches(plan_of(source, batch_size))
        return _collected(apply(self.backend, self.run.task, self.run.preprocess, batches), len(source))

    def _predictions(
        self,
        images: Cohort | Source,
        source: Source,
        image_ids: list[str],
        records: Records,
        *,
        calibrated: bool = True,
    ) -> AnyPredictions:
        provenance: dict[str, Any] = {
            "run": self.run.folder.name,
            "run_folder": str(self.run.folder.resolve()),
            "recipe": self.run.recipe.name,
            "weights_sha256": self.run.provenance["weights"]["sha256"],
            "predicted": len(image_ids),
            "failed": len(source.failures),
            "machine": self.backend.facts(),
            "versions": versions(),
        }
        if isinstance(images, Cohort):
            provenance["cohort"] = {"name": images.name, "images": len(images), "notes": list(images.notes)}
        failures = pd.DataFrame(source.failures, columns=["image_id", "reason"], dtype="str")
        predictions = self.run.task.predictions(image_ids, records, provenance=provenance, failures=failures)
        if isinstance(predictions, BoxPredictions):
            cohort = images if isinstance(images, Cohort) else None
            return finish.placed(predictions, cohort, self.run.findings, self.points)
        if calibrated and isinstance(predictions, LabelPredictions):
            return finish.calibrated(predictions, self.calibration, self.points)
        return predictions

    @cached_property
    def torch(self) -> TorchBackend:
        """The network in PyTorch's hands, which heatmaps and embeddings need; loaded when it is first asked for."""
        if isinstance(self.backend, TorchBackend):
            return self.backend
        return TorchBackend.of(self.run, Device.choose("cpu"))


def bare(images: Sequence[Image]) -> Cohort:
    """A cohort of images of which nothing is known but their ids."""
    ids = [image.image_id for image in images]
    return Cohort("files", pd.DataFrame({"image_id": ids, "patient_id": ids}, dtype="str"))


def plan_of(source: Source, batch_size: int) -> list[NDArray[np.intp]]:
    """All rows of a source, in its order, so many a step."""
    return [np.arange(start, min(start + batch_size, len(source))) for start in range(0, len(source), batch_size)]


def _collected(outputs: Iterable[ModelOutput], images: int) -> tuple[list[str], Records]:
    """Ids and records, counted on stderr image by image."""
    pairs = (pair for output in outputs for pair in zip(output.batch.image_ids, output.records, strict=True))
    known = list(progress(pairs, total=images, what="images"))
    return [image_id for image_id, _ in known], [record for _, record in known]
