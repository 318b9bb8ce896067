"""Parts: long work kept piece by piece, so that a kill costs the last piece alone.

A folder of the work, named by a hash of what it is made of, holds `made_of.json` and `part-00000.parquet`, …, each
written whole or not at all. The same work begun again finds its pieces and does the rest.
"""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.schema.errors import DataError
from hilum.schema.files import write_json, write_table
from hilum.schema.temporary import remove_leftovers

ROWS_IN_A_PART = 256


class Parts:
    """Rows that were made of images, one row each; used by one process at a time.

    Args:
        folder: under which the folder of this work lies; None keeps the rows in memory alone.
        made_of: JSON values that decide every row; other values are other work.
    """

    def __init__(self, folder: Path | None, made_of: Any) -> None:
        text = json.dumps(made_of, sort_keys=True)
        self.folder = None if folder is None else folder / hashlib.sha256(text.encode()).hexdigest()[:16]
        self.held: list[pd.DataFrame] = []
        if self.folder is not None:
            if not (self.folder / "made_of.json").is_file():
                write_json(self.folder / "made_of.json", made_of)
            remove_leftovers(self.folder)
            self.held = [_read(path) for path in sorted(self.folder.glob("part-*.parquet"))]

    def rest(self, table: pd.DataFrame) -> pd.DataFrame:
        """The rows whose `image_id` no part holds."""
        done = {image_id for part in self.held for image_id in part.image_id}
        return table[~table.image_id.isin(done)]

    def keep(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Keep rows, each with its `image_id`, as they come; every few hundred are one part."""
        for some in _in_hundreds(rows):
            part = pd.DataFrame(some)
            if self.folder is not None:
                write_table(self.folder / f"part-{len(self.held):05}.parquet", part)
            self.held.append(part)

    def whole(self, image_ids: "pd.Series[str]") -> pd.DataFrame:
        """All rows, in the order of these images; missing values for those of which there is none."""
        if not self.held:
            return pd.DataFrame({"image_id": image_ids})
        table = pd.concat(self.held, ignore_index=True).set_index("image_id")
        return table.reindex(pd.Index(image_ids, name="image_id")).reset_index()

    def remove(self) -> None:
        """Remove the folder of this work, once what it was for is written."""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def _in_hundreds(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    some: list[Mapping[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS_IN_A_PART:
            yield some
            some = []
    if some:
        yield some


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except (ValueError, OSError) as error:
        raise DataError(f"{path}: a damaged part ({error}). Remove this file; its images are done again.") from error
