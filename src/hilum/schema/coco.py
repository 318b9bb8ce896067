"""COCO's JSON for boxes: images, categories and annotations in one file, or a bare list of results."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.schema.boxes import EDGES
from hilum.schema.coco_outlines import outline_of
from hilum.schema.errors import DataError, listed
from hilum.schema.image_ids import image_id_of

NAMES = (str, int)  # what an id may be
BOX_COLUMNS = ["image_id", "finding", *EDGES]


@dataclass(frozen=True)
class CocoFile:
    """What a COCO file holds.

    Args:
        images: `image_id` (the file's name without folders and suffix), `file_name`, `width`, `height`; missing where
            the file does not say. Empty for a bare list of results.
        boxes: `image_id`, `finding`, `x0 y0 x1 y1` as they stand there, `score` where they have one, and where they
            have a segmentation it as `outline` or `rle` (`Boxes`).
        categories: their names, also of those without a box.
    """

    images: pd.DataFrame
    boxes: pd.DataFrame
    categories: tuple[str, ...]


def read_coco(path: str | os.PathLike[str], *, names: str | os.PathLike[str] | None = None) -> CocoFile:
    """Read a COCO file, or a list of results.

    Args:
        path: the file.
        names: for a list of results, the COCO file that says which image and category each number is; without it the
            results' `image_id` and `category_id` must be names.

    Raises:
        DataError: when it is no such file, an image's or category's id stands twice, an annotation's is not among them,
            or a box is no list of four numbers. The message names them.
    """
    held = _json(Path(path))
    if isinstance(held, list):
        listing = None if names is None else _listing(Path(names), _json(Path(names)))
        return _with_boxes(Path(path), held, listing)
    listing = _listing(Path(path), held)
    return _with_boxes(Path(path), held.get("annotations", []), listing)


@dataclass(frozen=True)
class _Listing:
    """Which image and which category each id is."""

    images: dict[Any, dict[str, Any]]
    categories: dict[Any, str]


def _json(path: Path) -> Any:
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not readable as JSON ({error}). Expected COCO's format.") from error
    if isinstance(held, (list, dict)):
        return held
    raise DataError(f"{path}: holds {type(held).__name__}. Expected COCO's images, categories and annotations.")


def _listing(path: Path, held: Any) -> _Listing:
    if not isinstance(held, dict) or not isinstance(held.get("images"), list):
        raise DataError(f"{path}: lists no images. Expected COCO's images, categories and annotations.")
    images: dict[Any, dict[str, Any]] = {}
    categories: dict[Any, dict[str, Any]] = {}
    for kind, rows, into in (("image", held["images"], images), ("category", held.get("categories", []), categories)):
        ids = [row.get("id") if isinstance(row, dict) and isinstance(row.get("id"), NAMES) else None for row in rows]
        twice = sorted({str(one) for one in ids if ids.count(one) > 1}) if len(set(ids)) < len(ids) else []
        if twice or None in ids:
            raise DataError(
                f"{path}: {kind} ids {listed(twice) or 'missing'}. Expected one for each {kind}, each once."
            )
        into.update(zip(ids, rows, strict=True))
    nameless = [one for one, row in images.items() if not isinstance(row.get("file_name"), str)]
    if nameless:
        raise DataError(f"{path}: images {listed(nameless)} have no file_name. Expected the file each was read from.")
    names = pd.Series([image_id_of(row["file_name"]) for row in images.values()], dtype="str")
    if names.duplicated().any():
        raise DataError(
            f"{path}: {listed(names[names.duplicated()])} is the file of several images. Expected names that differ by "
            "more than their folders and suffixes."
        )
    return _Listing(images, {one: str(row.get("name", one)) for one, row in categories.items()})


def _with_boxes(path: Path, rows: Any, listing: _Listing | None) -> CocoFile:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{path}: annotations are no list of boxes. Expected COCO's format.")
    _refuse_unknown(path, rows, listing)
    wrong = [place for place, row in enumerate(rows) if not _is_box(row.get("bbox"))]
    if wrong:
        raise DataError(
            f"{path}: annotations {listed(wrong)} have no bbox of four numbers. Expected x, y, width, height."
        )
    boxes = pd.DataFrame([_box(row, listing) for row in rows], columns=[*BOX_COLUMNS, "score"])
    boxes = boxes.drop(columns="score") if boxes.score.isna().all() else boxes
    boxes = boxes.assign(**_outlines(path, rows))
    if listing is None:
        return CocoFile(pd.DataFrame(columns=["image_id", "file_name", "width", "height"]), boxes, ())
    images = [
        {"image_id": image_id_of(row["file_name"]), "file_name": row["file_name"],
         "width": row.get("width"), "height": row.get("height")}
        for row in listing.images.values()
    ]  # fmt: skip
    table = pd.DataFrame(images, columns=["image_id", "file_name", "width", "height"])
    return CocoFile(table, boxes, tuple(listing.categories.values()))


def _refuse_unknown(path: Path, rows: Sequence[Mapping[str, Any]], listing: _Listing | None) -> None:
    images, categories = (None, None) if listing is None else (set(listing.images), set(listing.categories))
    for key, known in (("image_id", images), ("category_id", categories)):
        ids = [row.get(key) for row in rows]
        allowed = str if known is None else NAMES
        wrong = [one for one in ids if not isinstance(one, allowed) or (known is not None and one not in known)]
        if wrong:
            told = listed(list(dict.fromkeys(map(str, wrong))))
            why = "names, or the COCO file that says what each number is" if known is None else f"a listed {key[:-3]}"
            raise DataError(f"{path}: {len(wrong):,} boxes of {key} {told}, which nothing names. Expected {why}.")


def _is_box(value: object) -> bool:
    return isinstance(value, list) and len(value) == 4 and all(isinstance(one, (int, float)) for one in value)


def _box(row: Mapping[str, Any], listing: _Listing | None) -> tuple[Any, ...]:
    image, category = row["image_id"], row["category_id"]
    if listing is not None:
        image, category = image_id_of(listing.images[image]["file_name"]), listing.categories[category]
    x, y, width, height = row["bbox"]
    return image, category, x, y, x + width, y + height, row.get("score")


def _outlines(path: Path, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The columns that say which pixels of a box are the finding's, where any box has them."""
    cells: list[tuple[Any, Any]] = []
    for place, row in enumerate(rows):
        try:
            cells.append(outline_of(row.get("segmentation")))
        except DataError as error:
            raise DataError(f"{path}: annotation {place} has {error}") from error
    held: dict[str, Any] = {"outline": [one for one, _ in cells], "rle": [runs for _, runs in cells]}
    held = {name: values for name, values in held.items() if any(isinstance(one, str) for one in values)}
    return held | ({"rle_order": "columns"} if "rle" in held else {})


def to_coco(images: pd.DataFrame, boxes: pd.DataFrame, categories: Sequence[str]) -> dict[str, Any]:
    """The JSON values of a COCO file.

    Args:
        images: `image_id`, and `file_name`, `width`, `height` where they are known.
        boxes: `image_id`, `finding`, `x0 y0 x1 y1`, and `score` when predicted.
        categories: findings, in the order of their ids from 1 on.
    """
    number = {name: place + 1 for place, name in enumerate(images.image_id)}
    category = {name: place + 1 for place, name in enumerate(categories)}
    listed_images = [_image(number[row["image_id"]], row) for row in images.to_dict("records")]
    annotations = [
        {"id": place + 1, "image_id": number[row["image_id"]], "category_id": category[row["finding"]],
         "bbox": [row["x0"], row["y0"], row["x1"] - row["x0"], row["y1"] - row["y0"]],
         "area": (row["x1"] - row["x0"]) * (row["y1"] - row["y0"]), "iscrowd": 0}
        | ({"score": row["score"]} if "score" in row else {})
        for place, row in enumerate(boxes.to_dict("records"))
    ]  # fmt: skip
    named = [{"id": place, "name": name} for name, place in category.items()]
    return {"images": listed_images, "categories": named, "annotations": annotations}


def _image(number: int, row: Mapping[Any, Any]) -> dict[str, Any]:
    held: dict[str, Any] = {"id": number, "file_name": str(row.get("file_name", row["image_id"]))}
    for side in ("width", "height"):
        if side in row and not pd.isna(row[side]):
            held[side] = round(row[side])
    return held
