"""Predicted boxes from and to files: our own, and those of others."""

import os
from dataclasses import replace
from pathlib import Path

from hilum.evaluation.box_formats import box_formats
from hilum.evaluation.box_formats.box_format import BoxFormat, checked
from hilum.schema import BoxPredictions, Cohort, ConfigError, DataError, Header
from hilum.schema.coco import read_coco
from hilum.schema.prediction_files import kind_of

OURS = ".parquet"


def holds_boxes(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds predicted boxes: ours by what it says of itself, others' by their columns."""
    path = Path(path)
    if path.suffix.lower() == OURS:
        return kind_of(path) == "boxes"
    return path.suffix.lower() in {".csv", ".json"} and path.is_file() and _format_of(path) is not None


def load_boxes(
    path: str | os.PathLike[str], cohort: Cohort | None = None, *, coco: str | os.PathLike[str] | None = None
) -> BoxPredictions:
    """Read predicted boxes of whatever format.

    Args:
        path: our Parquet, or a file of one of `box_formats`.
        cohort: the images that were read, where the file names only those with boxes; they are counted in the
            provenance under `images_without_a_row`.
        coco: for a bare list of COCO results, the COCO file that says which image and category each number is.

    Raises:
        DataError: when it is no such file, or holds boxes that are none.
    """
    path = Path(path)
    if path.suffix.lower() == OURS:
        return BoxPredictions.load(path)
    if coco is not None:
        held = read_coco(path, names=coco)
        return checked(path, held.boxes, held.images.image_id)
    if not path.is_file():
        raise DataError(f"{path}: no such file. Expected predicted boxes: {_expected()}.")
    chosen = _format_of(path)
    if chosen is None:
        raise DataError(f"{path}: of no format known here. Expected {_expected()}.")
    predictions = chosen.read(path)
    return predictions if cohort is None or chosen.names_images(path) else _completed(predictions, cohort)


def save_boxes(
    predictions: BoxPredictions, path: str | os.PathLike[str], *, form: str | None = None, cohort: Cohort | None = None
) -> None:
    """Write predicted boxes.

    Args:
        predictions: boxes with scores.
        path: `.parquet` for ours, which keeps all; else one of `box_formats`.
        form: name of the format; by the path's ending if left out.
        cohort: tells the images' sizes to formats that keep them.
    """
    path = Path(path)
    if form is None and path.suffix.lower() == OURS:
        predictions.save(path)
        return
    names = [name for name in box_formats if box_formats[name]().suffix == path.suffix.lower()]
    usual = "box_table" if "box_table" in names else next(iter(names), None)
    if form is None and usual is None:
        raise ConfigError(f"{path}: boxes are written as .parquet, .json or .csv.")
    chosen: BoxFormat = box_formats[form or str(usual)]()
    chosen.write(predictions, path, cohort)


def _format_of(path: Path) -> BoxFormat | None:
    formats: list[BoxFormat] = [box_formats[name]() for name in box_formats]
    return next((one for one in formats if one.suffix == path.suffix.lower() and one.fits(path)), None)


def _expected() -> str:
    return "our .parquet, or " + ", ".join(f"{name} ({box_formats[name]().suffix})" for name in box_formats)


def _completed(predictions: BoxPredictions, cohort: Cohort) -> BoxPredictions:
    """Also the cohort's images that the file does not name: read, without a box; unless it names none of them."""
    named, known = predictions.header.image_ids, cohort.images.image_id.tolist()
    if named and set(named).isdisjoint(known):  # other ids, which whoever aligns them refuses
        return predictions
    others = [name for name in known if name not in set(named)]
    provenance = predictions.provenance | {"images_without_a_row": len(others)}
    return replace(predictions, header=Header((*named, *others), provenance, predictions.failures))
