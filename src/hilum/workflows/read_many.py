"""Read many files into a folder: decoded in processes beside the network, and gone on with where it was killed.

<image>.json              one reading an image, as `read` writes it, and `key`: what was read by what
<image>.html              its page with heatmaps, when pages are asked for
predictions.parquet       all of them as a table, of probabilities or of boxes, written last
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from hilum.engine import map_rows
from hilum.images import Image, read_image
from hilum.images.read import read_bytes
from hilum.schema import BoxPredictions, Header, ImageError, LabelPredictions
from hilum.schema.boxes import COLUMNS, Boxes
from hilum.schema.files import write_json
from hilum.workflows.read import distinct_names, refuse_twice
from hilum.workflows.read_any import AnyReadings, check_reads, look_at

if TYPE_CHECKING:  # with it comes PyTorch
    from hilum.inference import Predictor

AT_ONCE = 16  # images a step of the network
TABLE = "predictions.parquet"


@dataclass(frozen=True)
class ReadMany:
    """What became of many files.

    Args:
        predictions: of all that could be read, now or before; also names what could not be read.
        before: how many were read before.
    """

    predictions: LabelPredictions | BoxPredictions
    before: int


def read_many(
    predictor: "Predictor",
    paths: Sequence[str | Path],
    folder: Path,
    *,
    pages: bool = False,
    method: str = "auto",
    masks: "Predictor | None" = None,
    workers: int | None = None,
) -> ReadMany:
    """Read image files into a folder, each once.

    A file is passed over when its reading is there, of the same bytes by the same networks. One that could not be read
    is tried again.

    Args:
        predictor: opened once for all of them.
        paths: DICOM, PNG or JPEG files.
        folder: where the readings go.
        pages: also write a page with heatmaps for each image.
        method: the pages' explainer.
        masks: what outlines lungs and heart, to measure them too; None for no measures.
        workers: processes that decode; None for all cores, 0 for this process.

    Raises:
        ImageError: when not one of the files can be read.
        ConfigError: when the Run looks at no image, or says neither probabilities nor boxes.
    """
    check_reads(predictor.run)
    files = [Path(path) for path in paths]
    refuse_twice(files)
    table = pd.DataFrame({"image_id": distinct_names(files), "path": [str(file) for file in files]})
    opened = _Opened(predictor, masks)
    there = [_is_read(opened, folder, row, pages=pages) for row in table.itertuples()]
    failures: list[tuple[str, str]] = []
    images = _decoded(table[[not done for done in there]], workers, failures)
    while step := list(islice(images, AT_ONCE)):
        for reading, sha256 in _one_each(opened, step, method if pages else None):
            name = reading.images[0].image_id
            if pages:
                reading.save(folder / f"{name}.html")
            write_json(folder / f"{name}.json", reading.to_json() | {"key": opened.key(sha256)})
    if len(failures) == len(table):
        raise ImageError("\n".join(reason for _, reason in failures))
    names = table.image_id[~table.image_id.isin([name for name, _ in failures])].tolist()
    predictions = _all(predictor, folder, names, failures)
    predictions.save(folder / TABLE)
    return ReadMany(predictions, sum(there))


@dataclass(frozen=True)
class _Opened:
    """The networks that look at each image."""

    predictor: "Predictor"
    masks: "Predictor | None"

    def key(self, sha256: str) -> dict[str, Any]:
        """What makes a reading the same: the file's bytes, the weights, and what computed."""
        predictor, masks = self.predictor, self.masks
        return {
            "file_sha256": sha256,
            "weights_sha256": predictor.run.provenance["weights"]["sha256"],
            "machine": predictor.backend.facts(),
            "calibrated": [fit is not None and fit.fitted_on for fit in (predictor.calibration, predictor.points)],
            "outlined_by": masks and masks.run.provenance["weights"]["sha256"],
        }


def decode_file(row: dict[str, Any]) -> dict[str, Any]:
    """An image and the hash of its file, in a process of its own."""
    image = read_image(row["path"])
    return {"image": replace(image, image_id=row["image_id"]), "sha256": _sha256(row["path"])}


def _decoded(table: pd.DataFrame, workers: int | None, failures: list[tuple[str, str]]) -> Iterator[tuple[Image, str]]:
    for outcome in map_rows(decode_file, table, workers=workers):
        if outcome.value is None:
            failures.append((str(table.image_id.iat[outcome.row]), str(outcome.failure)))
        else:
            yield outcome.value["image"], outcome.value["sha256"]


def _one_each(opened: _Opened, step: list[tuple[Image, str]], method: str | None) -> Iterator[tuple[AnyReadings, str]]:
    """One pass of the networks over several images, and a reading for each."""
    together = look_at(opened.predictor, [image for image, _ in step], method=method, masks=opened.masks)
    for image, sha256 in step:
        yield together.alone(image.image_id), sha256


def _is_read(opened: _Opened, folder: Path, row: Any, *, pages: bool) -> bool:
    path = folder / f"{row.image_id}.json"
    if not path.is_file() or (pages and not path.with_suffix(".html").is_file()):
        return False
    try:
        held = json.loads(path.read_bytes())
        return bool(held["key"] == json.loads(json.dumps(opened.key(_sha256(row.path)))))
    except (ValueError, KeyError, TypeError, ImageError):
        return False


def _all(
    predictor: "Predictor", folder: Path, names: list[str], failures: list[tuple[str, str]]
) -> LabelPredictions | BoxPredictions:
    """The table of all readings, from the files that were written."""
    rows: list[dict[str, Any]] = []
    provenance: dict[str, Any] = {}
    boxes = predictor.run.task.kind == "boxes"
    for name in names:
        held = json.loads((folder / f"{name}.json").read_bytes())
        image, provenance = held["images"][0], held["provenance"]
        own = {"image_id": name}
        if boxes:
            size = {"image_width": image["width"], "image_height": image["height"]}
            rows += [own | box | size for box in image["boxes"]]
        else:
            rows.append(own | image["probabilities"])
    provenance |= {"predicted": len(names), "failed": len(failures)}
    failed = pd.DataFrame(failures, columns=["image_id", "reason"], dtype="str")
    if boxes:
        columns = [*COLUMNS, "score", "image_width", "image_height"]
        return BoxPredictions(Boxes(pd.DataFrame(rows, columns=columns)), Header(tuple(names), provenance, failed))
    return LabelPredictions(pd.DataFrame(rows, columns=["image_id", *predictor.run.findings]), provenance, failed)


def _sha256(path: str) -> str:
    return hashlib.sha256(read_bytes(path)).hexdigest()
