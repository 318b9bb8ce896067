"""What a person thinks of a reading: agrees or disagrees, finding by finding, with a note.

Each is appended to `feedback.jsonl` before it gets its row, so that it outlives a damaged database. The last word of a
reader on a finding counts. As tables: the readers' calls, as `hilum readers` takes them, and the model's Predictions of
the same images, so that a reader study or a site's own calibration needs nothing else.
"""

import json
import os
import sqlite3
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from hilum.schema import DataError
from hilum.serve.database import Database
from hilum.serve.summary import names_of

FILE = "feedback.jsonl"
MOST_NOTE, MOST_NAME = 2000, 100  # characters
INSERT = (
    "INSERT OR REPLACE INTO feedback (image_id, finding, reader, agrees, called, probability, note, given) "
    "VALUES (:image_id, :finding, :reader, :agrees, :called, :probability, :note, :given)"
)


@dataclass(frozen=True)
class Feedback:
    """One reader's word on one finding of one image.

    Args:
        image_id: of the image.
        finding: as the model names it.
        reader: who says so; as the reader wants to be called.
        agrees: with the model's call, present or absent.
        called: what the model's call was; None where it has no operating point.
        probability: that the model gave.
        note: in the reader's words.
        given: when, in seconds since 1970.
    """

    image_id: str
    finding: str
    reader: str
    agrees: bool
    called: bool | None
    probability: float | None
    note: str
    given: float

    @property
    def present(self) -> float | None:
        """Whether the finding is there, by this reader: 1 or 0; None where the model did not call."""
        return None if self.called is None else float(self.called == self.agrees)


def give(
    database: Database, folder: Path, image_id: str, finding: str, *, reader: str, agrees: bool, note: str = ""
) -> Feedback:
    """Keep a reader's word.

    Args:
        database: of the server.
        folder: of it.
        image_id: of an image that was read.
        finding: one that the model speaks of.
        reader: who says so.
        agrees: with the model's call.
        note: in the reader's words.

    Raises:
        DataError: when there is no such reading or finding, or the name or note is empty or too long.
    """
    row = database.rows.execute(
        "SELECT summary FROM images WHERE image_id = ? AND state = 'read'", (image_id,)
    ).fetchone()
    if row is None:
        raise DataError("There is no such reading. Expected the id of an image that was read.")
    summary = json.loads(row["summary"])
    if finding not in summary["probabilities"]:
        raise DataError(f"The model speaks of no such finding. Expected any of: {', '.join(summary['probabilities'])}.")
    reader = reader.strip()
    if not 0 < len(reader) <= MOST_NAME or len(note) > MOST_NOTE:
        raise DataError(f"Expected a reader's name of 1 to {MOST_NAME} characters and a note of at most {MOST_NOTE:,}.")
    called = finding in summary["called"] if finding in summary["points"] else None
    said = Feedback(image_id, finding, reader, agrees, called, summary["probabilities"][finding], note, time.time())
    with database.transaction() as rows:
        rows.execute(INSERT, asdict(said))
        _append(folder / FILE, said)  # within the block: a row without its line would not outlive the database
    return said


def of_image(database: Database, image_id: str) -> list[Feedback]:
    """All that was said of one image, finding by finding."""
    return _read(database, "WHERE image_id = ? ORDER BY finding, given", (image_id,))


def everything(database: Database) -> list[Feedback]:
    """All that was said."""
    return _read(database, "ORDER BY image_id, reader, finding", ())


def readings_table(database: Database) -> pd.DataFrame:
    """The readers' calls, one row an image and reader: `image_id, reader`, then 1, 0 or nothing for each finding."""
    said = [each for each in everything(database) if each.present is not None]
    findings = list(dict.fromkeys(each.finding for each in said))
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for each in said:
        row = rows.setdefault((each.image_id, each.reader), {"image_id": each.image_id, "reader": each.reader})
        row[each.finding] = each.present
    return pd.DataFrame(list(rows.values()), columns=["image_id", "reader", *findings])


def predictions_table(database: Database, run: str = "") -> pd.DataFrame:
    """What a Run said of the images that a reader spoke of, the first that said something if left out: Predictions."""
    said = _spoken_of(database)
    if not run:
        return pd.DataFrame([{"image_id": image_id, **summary["probabilities"]} for image_id, summary in said])
    return pd.DataFrame([
        {"image_id": image_id, **each["probabilities"]}
        for image_id, summary in said for each in summary.get("runs", []) if each["run"] == run
    ])  # fmt: skip


def runs_of(database: Database) -> list[str]:
    """The Runs that read the images that a reader spoke of."""
    return list(dict.fromkeys(name for _, summary in _spoken_of(database) for name in names_of(summary)))


def _spoken_of(database: Database) -> list[tuple[str, dict[str, Any]]]:
    rows = database.rows.execute(
        "SELECT image_id, summary FROM images WHERE image_id IN (SELECT image_id FROM feedback) ORDER BY image_id"
    )
    return [(row["image_id"], json.loads(row["summary"])) for row in rows]


def replay(database: Database, folder: Path) -> None:
    """Give rows back to what `feedback.jsonl` holds, of images that are still here."""
    if not (folder / FILE).is_file():
        return
    for line in (folder / FILE).read_text(encoding="utf-8").splitlines():
        try:
            values = asdict(Feedback(**json.loads(line)))
        except (ValueError, TypeError):  # the line that a killed process was writing
            continue
        try:
            with database.transaction() as rows:
                rows.execute(INSERT, values)
        except sqlite3.IntegrityError:  # its image is gone
            continue


def forget(folder: Path, image_ids: set[str]) -> None:
    """Take what was said of images that are gone out of the file as well."""
    file = folder / FILE
    if not image_ids or not file.is_file():
        return
    kept = [line for line in file.read_text(encoding="utf-8").splitlines() if not _is_of(line, image_ids)]
    temporary = file.with_name(f".writing-{FILE}")
    temporary.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    temporary.replace(file)


def _is_of(line: str, image_ids: set[str]) -> bool:
    return any(image_id in line for image_id in image_ids)


def _append(file: Path, said: Feedback) -> None:
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(said)) + "\n")
        lines.flush()
        os.fsync(lines.fileno())


def _read(database: Database, where: str, values: tuple[str, ...]) -> list[Feedback]:
    rows = database.rows.execute(
        f"SELECT image_id, finding, reader, agrees, called, probability, note, given FROM feedback {where}", values
    )
    return [
        Feedback(**{**dict(row), "agrees": bool(row["agrees"]),
                    "called": None if row["called"] is None else bool(row["called"])})
        for row in rows
    ]  # fmt: skip
