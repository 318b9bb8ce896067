"""Detectors opened once and held, whose boxes become one, with a classifier's word before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.data import ManySource, Source
from hilum.data.registries import variants
from hilum.evaluation.box_fusion import fuse_boxes, shrunk
from hilum.evaluation.box_gate import gated
from hilum.images import Image
from hilum.inference import finish
from hilum.inference.apply import Variant, records_of
from hilum.inference.fitted import points_of
from hilum.inference.predictor import Predictor, plan_of
from hilum.runs import Run
from hilum.runs.ensemble import BoxEnsemble, Ensemble
from hilum.schema import Boxes, BoxPredictions, Cohort, ConfigError, Header, LabelPredictions, as_labels
from hilum.schema.header import REASONS

MIRROR = "mirror"  # the one variant that boxes come back from


@dataclass(frozen=True)
class BoxEnsemblePredictor(Predictor):
    """Several detectors as one.

    Args:
        members: each of one Run.
        before: classifiers whose probability comes before the boxes.
    """

    members: tuple[Predictor, ...] = ()
    before: tuple[Predictor, ...] = ()

    @classmethod
    def joined(cls, run: Run, members: Sequence[Predictor], before: Sequence[Predictor]) -> "BoxEnsemblePredictor":
        """An ensemble of opened detectors, and of the classifiers before them."""
        return cls(run, members[0].backend, None, points_of(run), members=tuple(members), before=tuple(before))

    @property
    def ensemble(self) -> Ensemble:
        """How boxes become one."""
        assert self.run.ensemble is not None
        return self.run.ensemble

    def source(self, cohort: Cohort, **how: Any) -> ManySource:
        """The images of a cohort as each detector and each classifier takes them."""
        return ManySource([one.source(cohort, **how) for one in (*self.members, *self.before)])

    def memory(self, images: Sequence[Image]) -> ManySource:
        """Images at hand, likewise."""
        return ManySource([one.memory(images) for one in (*self.members, *self.before)])

    def predict(
        self,
        images: Cohort | Source,
        *,
        stores: Path | None = None,
        batch_size: int = 64,
        workers: int | None = None,
        engine: str = "local",
        calibrated: bool = True,
    ) -> BoxPredictions:
        """What the ensemble says of images, in their order; arguments as for `Predictor.predict`.

        An image that a detector or a classifier cannot be given stands in `failures`: no image is judged by fewer.
        """
        many = self._many(self._source(images, stores, workers, engine))
        detectors, classifiers = many.parts[: len(self.members)], many.parts[len(self.members) :]
        said = [
            one
            for member, part in zip(self.members, detectors, strict=True)
            for one in self._boxes(member, part, batch_size)
        ]
        labels = [
            as_labels(one.predict(part, batch_size=batch_size))
            for one, part in zip(self.before, classifiers, strict=True)
        ]
        if isinstance(images, Cohort):
            said = [one.on_canvas(images.images) for one in said]
        read = [one.header.image_ids for one in said] + [tuple(one.table.image_id) for one in labels]
        shared = set(read[0]).intersection(*read[1:])
        header = self._header([image_id for image_id in many.image_ids if image_id in shared], many)
        held = [replace(one, boxes=_among(one.boxes, shared), header=header) for one in said]
        fused = self._gated(self._fused(held), labels)
        told = replace(fused, header=header)
        cohort = images if isinstance(images, Cohort) else None
        return finish.placed(told, cohort, self.run.findings, self.points) if calibrated else told

    def _boxes(self, member: Predictor, source: Source, batch_size: int) -> list[BoxPredictions]:
        """What one detector says of the images as they are, and of each variant of them."""
        looks: list[Variant | None] = [None, *self._variants]
        ids: list[str] = []
        records: list[list[Any]] = [[] for _ in looks]
        for batch in source.batches(plan_of(source, batch_size)):
            if len(batch):
                ids += batch.image_ids
                for own, look in zip(records, looks, strict=True):
                    own += records_of(member.backend, member.run.task, member.run.preprocess, batch, variant=look)
        tables = [member.run.task.predictions(ids, own) for own in records]
        assert all(isinstance(one, BoxPredictions) for one in tables)
        first, *others = tables
        return [first, *(_mirrored(one) for one in others)]  # type: ignore[list-item, arg-type]

    def _fused(self, said: Sequence[BoxPredictions]) -> BoxPredictions:
        how, weights = self._how, self.ensemble.weights
        looks = 1 + len(self._variants)
        if len(said) == 1:
            return said[0] if how.shrink == 1 else shrunk(said[0], how.shrink)
        settings = dict(how.fusion)
        method = settings.pop("name")
        trust = [weight for weight in weights for _ in range(looks)]
        return fuse_boxes(said, method=method, options=settings, trust=trust, shrink=how.shrink)

    def _gated(self, boxes: BoxPredictions, labels: Sequence[LabelPredictions]) -> BoxPredictions:
        gate = self._how.gate
        if gate is None:
            return boxes
        table = labels[0].table.copy()
        names = list(labels[0].findings)
        aligned = [one.table.set_index("image_id").loc[table.image_id, names].to_numpy() for one in labels]
        table[names] = sum(aligned) / len(aligned)
        return gated(boxes, replace(labels[0], table=table), how=gate.how, least=gate.least)

    def _header(self, image_ids: list[str], many: ManySource) -> Header:
        failures = dict(pair for part in many.parts for pair in part.failures)
        facts = self.ensemble.model_dump(mode="json", include={"boxes", "variants"})
        provenance = {
            "run": self.run.folder.name,
            "run_folder": str(self.run.folder.resolve()),
            "recipe": self.run.recipe.name,
            "weights_sha256": self.run.provenance["weights"]["sha256"],
            "predicted": len(image_ids),
            "failed": len(failures),
            "machine": self.backend.facts(),
            "ensemble": facts | {"members": [one.name for one in self.ensemble.members]},
        }
        table = pd.DataFrame(list(failures.items()), columns=list(REASONS), dtype="str")
        return Header(tuple(image_ids), provenance, table)

    @property
    def _how(self) -> BoxEnsemble:
        assert self.ensemble.boxes is not None
        return self.ensemble.boxes

    @property
    def _variants(self) -> list[Variant]:
        return [partial(variants[MIRROR])] * len(self.ensemble.variants)

    def _many(self, source: Source) -> ManySource:
        wanted = len(self.members) + len(self.before)
        if isinstance(source, ManySource) and len(source.parts) == wanted:
            return source
        raise ConfigError(
            f"{self.run.folder}: its members take images in {wanted} ways, and the source gives others. Expected a "
            "source that this Predictor made: `predictor.source(cohort)` or `predictor.memory(images)`."
        )


def check_variants(looks: Sequence[Mapping[str, Any]]) -> None:
    """Refuse variants from which boxes do not come back.

    Raises:
        ConfigError: for any but `mirror`.
    """
    others = [str(look["name"]) for look in looks if look["name"] != MIRROR]
    if others:
        raise ConfigError(f"--variant {others[0]}: boxes come back from `{MIRROR}` alone. Leave the others out.")


def _mirrored(predictions: BoxPredictions) -> BoxPredictions:
    """Boxes found on mirrored images, on the images themselves."""
    table = predictions.boxes.table
    moved = table.assign(x0=table.image_width - table.x1, x1=table.image_width - table.x0)
    return replace(predictions, boxes=Boxes(moved))


def _among(boxes: Boxes, image_ids: set[str]) -> Boxes:
    return boxes.among(pd.Series(sorted(image_ids), dtype="str"))
