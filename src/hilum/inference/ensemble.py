"""An ensemble opened once and held: the networks of its Runs, asked together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from hilum.data import Batch, ManySource, MemorySource, Source
from hilum.data.registries import variants
from hilum.engine import progress
from hilum.evaluation.members import pooled
from hilum.images import Image
from hilum.inference.apply import Variant, records_of
from hilum.inference.fitted import calibration_of, points_of
from hilum.inference.predictor import Predictor, bare, plan_of
from hilum.runs import Run
from hilum.runs.ensemble import Ensemble
from hilum.schema import Cohort, ConfigError, Explanation, Features, Predictions, RunError, as_labels
from hilum.tasks.task import Records

Part = TypeVar("Part")  # what is kept once for each way of taking images: a source, or its batch


# M members, N images, K findings of the ensemble
@dataclass(frozen=True)
class EnsemblePredictor(Predictor):
    """Several Predictors as one; what each says stands as its model gives it, and the ensemble has its calibration.

    Args:
        members: M, each of one Run.
        ensemble: how they are combined, and in which variants each image is shown.
    """

    members: tuple[Predictor, ...] = ()
    ensemble: Ensemble = None  # type: ignore[assignment]  # Predictor has defaults, so that this needs one

    @classmethod
    def of(cls, run: Run, members: Sequence[Predictor]) -> Self:
        """An ensemble of opened Runs."""
        if run.ensemble is None:
            raise RunError(f"{run.folder}: no ensemble. Expected a Run that lists Runs.")
        fitted = calibration_of(run), points_of(run)
        return cls(run, members[0].backend, *fitted, members=tuple(members), ensemble=run.ensemble)

    def source(
        self, cohort: Cohort, *, stores: Path | None = None, workers: int | None = None, engine: str = "local"
    ) -> ManySource:
        """The images of a cohort as each member takes them; each file is decoded once."""
        return ManySource(
            [one.source(cohort, stores=stores, workers=workers, engine=engine) for one in self._ways().values()]
        )

    def memory(self, images: Sequence[Image]) -> ManySource:
        """Images at hand as each member takes them; each is shrunk once for each way."""
        shrunk: dict[str, MemorySource] = {}
        cohort, parts = bare(images), []
        for one in self._ways().values():
            way = one.run.preprocess
            if way.hash not in shrunk:
                shrunk[way.hash] = MemorySource(images, way)
            parts.append(shrunk[way.hash].beside_these(one.beside(cohort), lateral="lateral" in one.backend.inputs))
        return ManySource(parts)

    def predict(self, images: Cohort | Source, **how: Any) -> Predictions:
        """What the ensemble says of images, in their order; arguments as for `Predictor.predict`.

        An image that a member cannot be given stands in `failures`: no image is judged by fewer members than another.
        """
        told = as_labels(super().predict(images, **how))
        members = [
            {"name": named.name, "weights_sha256": named.weights_sha256, "weight": named.weight}
            for named in self.ensemble.members
        ]
        facts = {"combine": self.ensemble.combine, "members": members, "variants": list(self.ensemble.variants)}
        return replace(told, provenance=told.provenance | {"ensemble": facts})

    def member_records(self, source: Source, batch_size: int = 64) -> tuple[list[str], NDArray[np.float32]]:
        """Ids of N images, and (M, N, K) probabilities; NaN for findings that a member does not speak of."""
        many = self._many(source)
        batches = many.side_by_side(plan_of(many, batch_size))
        pairs = (pair for batch in batches for pair in self._told(batch))
        found = list(progress(pairs, total=len(many), what="images"))
        if not found:
            return [], np.empty((len(self.members), 0, len(self.run.findings)), np.float32)
        return [image_id for image_id, _ in found], np.stack([records for _, records in found], axis=1)

    def embed(self, images: Cohort | Source, **how: Any) -> Features:
        """The vectors that the members' heads see, one after the other; arguments as for `Predictor.embed`."""
        stores, workers = how.pop("stores", None), how.pop("workers", None)
        source = self._many(self._source(images, stores, workers))
        joined: Features | None = None
        for member, part in self._each(source.parts):
            own = member.embed(part, **how)
            start = 0 if joined is None else len(joined.names)
            names = {name: f"e{start + place:04}" for place, name in enumerate(own.names)}
            own = Features(own.table.rename(columns=names))
            joined = own if joined is None else joined.joined(own)
        assert joined is not None
        return joined

    def explanations(
        self, images: Source, *, findings: Sequence[str] | None = None, **how: Any
    ) -> Iterator[Explanation]:
        """The weighted mean of the members' heatmaps, of those that look at images and speak of the finding.

        Heatmaps are of the images as they are, not of their variants, and all of them are held at once. Arguments as
        for `Predictor.explain`.
        """
        many = self._many(images)
        chosen = [self.run.findings[self.run.findings.position(name)] for name in findings or self.run.findings]
        found: dict[tuple[str, str], list[tuple[float, Explanation]]] = {}
        for (member, part), weight in zip(self._each(many.parts), self.ensemble.weights, strict=True):
            own = [name for name in chosen if name in member.run.findings]
            if not own or not member.run.sees_images or not weight:
                continue
            maps = member.explanations(part, findings=own, **how)
            for place, one in enumerate(maps):
                found.setdefault((one.image_id, own[place % len(own)]), []).append((weight, one))
        silent = [name for name in chosen if all(finding != name for _, finding in found)]
        if silent:
            raise ConfigError(
                f"{self.run.folder}: no member that looks at images speaks of {silent[0]}, so that no heatmap says why."
            )
        ids = [image_id for image_id in many.image_ids if any(image_id == one for one, _ in found)]
        yield from (_mean(image_id, name, found[image_id, name]) for image_id in ids for name in chosen)

    def _records(self, source: Source, batch_size: int) -> tuple[list[str], Records]:
        image_ids, told = self.member_records(source, batch_size)
        return image_ids, pooled(told, self.ensemble.weights, self.ensemble.combine).astype(np.float32)

    def _told(self, batch: Sequence[Batch]) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Id and (M, K) of each image that every member can be given."""
        shared = set.intersection(*(set(part.image_ids) for part in batch))
        ids = [image_id for image_id in batch[0].image_ids if image_id in shared]
        if not ids:
            return
        told = np.full((len(ids), len(self.members), len(self.run.findings)), np.nan, np.float32)
        for number, (member, part) in enumerate(self._each(batch)):
            kept = [place for place, image_id in enumerate(part.image_ids) if image_id in shared]
            columns = [self.run.findings.position(name) for name in member.run.findings]  # in any order and spelling
            told[:, number, columns] = self._member(member, part)[kept]
        yield from zip(ids, told, strict=True)

    def _member(self, member: Predictor, batch: Batch) -> NDArray[Any]:
        """(B, k) of one member, k its findings: of the image as it is, and of its variants where it looks at images."""
        looks: list[Variant | None] = [None, *(self._variants if "image" in member.backend.inputs else ())]
        run = member.run
        each = [np.asarray(records_of(member.backend, run.task, run.preprocess, batch, variant=look)) for look in looks]
        return each[0] if len(each) == 1 else pooled(each, np.ones(len(each)), self.ensemble.combine)

    @property
    def _variants(self) -> list[Variant]:
        named = [dict(one) for one in self.ensemble.variants]
        return [partial(variants[one.pop("name")], **one) for one in named]

    def _ways(self) -> dict[Any, Predictor]:
        """The distinct ways in which members take images, each with the first member that does so."""
        ways: dict[Any, Predictor] = {}
        for member in self.members:
            ways.setdefault(_way(member), member)
        return ways

    def _each(self, parts: Sequence[Part]) -> Iterator[tuple[Predictor, Part]]:
        """Each member with its part of those that `_ways` names."""
        ways = list(self._ways())
        return ((member, parts[ways.index(_way(member))]) for member in self.members)

    def _many(self, source: Source) -> ManySource:
        if isinstance(source, ManySource) and len(source.parts) == len(self._ways()):
            return source
        if not isinstance(source, ManySource) and len(self._ways()) == 1:
            return ManySource([source])
        raise ConfigError(
            f"{self.run.folder}: its members take images in {len(self._ways())} ways, and the source gives others. "
            "Expected a source that this Predictor made: `predictor.source(cohort)` or `predictor.memory(images)`."
        )


def _way(member: Predictor) -> Any:
    """What two members that can share their inputs have in common: stored pixels, and no features of their own."""
    own = member.run.folder if member.run.tabular is not None else None
    views = tuple(name for name in ("image", "lateral") if name in member.backend.inputs)
    return member.run.preprocess.hash, views, own


def _mean(image_id: str, finding: str, weighed: Sequence[tuple[float, Explanation]]) -> Explanation:
    total = sum(weight for weight, _ in weighed)
    # Side by side on a diagonal, the members' cells are one map whose spread adds up what each of them spreads.
    cells = block_diag(*(np.float32(weight / total) * one.cells for weight, one in weighed))
    spreads = [one.spread for _, one in weighed if one.spread is not None]
    rows, columns = (np.hstack(side) for side in zip(*spreads, strict=True))
    methods = sorted({one.method for _, one in weighed})
    return Explanation(image_id, finding, cells, " and ".join(methods), (rows, columns))
