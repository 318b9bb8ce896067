"""Who reads what: claims, attempts, and how an image's reading ends. Nothing here asks a clock that can be set."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hilum.serve.database import Database

WAITING = ("received", "claimed")


@dataclass(frozen=True)
class Claim:
    """An image that a worker may read; of no effect once another was given it.

    Args:
        image_id: of the image.
        worker: who may read it.
        attempt: the how many-th this is, from 1.
        file: under `images`.
        format: `DICOM`, `PNG` or `JPEG`.
        received: when it came, in seconds since 1970.
    """

    image_id: str
    worker: str
    attempt: int
    file: str
    format: str
    received: float


@dataclass(frozen=True)
class Outcome:
    """What became of a reading, as the rows keep it.

    Args:
        result: the file under `results`.
        weights: hash of those that read.
        above: findings at or above their operating point.
        summary: JSON values that the worklist shows.
        objects: one mapping a DICOM object: sop_uid, sop_class, study_uid, series_uid, modality, member.
    """

    result: str
    weights: str
    above: int
    summary: Mapping[str, Any]
    objects: Sequence[Mapping[str, str]] = field(default=())


def claim(database: Database, worker: str) -> Claim | None:
    """The image that has waited longest, for this worker alone; None when none waits."""
    with database.transaction() as rows:
        row = rows.execute(
            "UPDATE images SET state = 'claimed', worker = ?, attempts = attempts + 1 WHERE number = "
            "(SELECT number FROM images WHERE state = 'received' ORDER BY number LIMIT 1) "
            "RETURNING image_id, attempts, file, format, received",
            (worker,),
        ).fetchone()
    if row is None:
        return None
    return Claim(row["image_id"], worker, row["attempts"], row["file"], row["format"], row["received"])


def finish(database: Database, held: Claim, outcome: Outcome, destinations: Sequence[str] = ()) -> bool:
    """Keep a result and what is to be sent of it, in one commit; False when the claim no longer holds."""
    with database.transaction() as rows:
        changed = rows.execute(
            "UPDATE images SET state = 'read', finished = ?, result = ?, weights = ?, above = ?, summary = ?, "
            "reason = NULL WHERE image_id = ? AND worker = ? AND attempts = ? AND state = 'claimed'",
            (time.time(), outcome.result, outcome.weights, outcome.above, json.dumps(outcome.summary), held.image_id,
             held.worker, held.attempt),
        ).rowcount  # fmt: skip
        if not changed:
            return False
        for made in outcome.objects:
            rows.execute(
                "INSERT OR REPLACE INTO objects (sop_uid, image_id, sop_class, study_uid, series_uid, modality, member)"
                " VALUES (:sop_uid, :image_id, :sop_class, :study_uid, :series_uid, :modality, :member)",
                {**made, "image_id": held.image_id},
            )
        for destination in destinations:
            rows.execute(
                "INSERT OR IGNORE INTO pushes (image_id, destination) VALUES (?, ?)", (held.image_id, destination)
            )
    return True


def fail(database: Database, held: Claim, reason: str) -> bool:
    """List an image as failed: another attempt would end the same."""
    with database.transaction() as rows:
        return bool(
            rows.execute(
                "UPDATE images SET state = 'failed', finished = ?, reason = ? "
                "WHERE image_id = ? AND worker = ? AND attempts = ? AND state = 'claimed'",
                (time.time(), reason, held.image_id, held.worker, held.attempt),
            ).rowcount
        )


def release(database: Database, worker: str | None, reason: str, *, most: int, counted: bool = True) -> None:
    """Give back what a worker had claimed that is gone; an image that was tried `most` times is dead, with the reason.

    Args:
        database: of the server.
        worker: that one; None for all, as when the server starts.
        reason: why it broke off.
        most: attempts in all.
        counted: whether the attempt counts; a full disk is not the image's fault.
    """
    whose, values = ("", ()) if worker is None else (" AND worker = ?", (worker,))
    with database.transaction() as rows:
        if not counted:
            rows.execute(f"UPDATE images SET attempts = attempts - 1 WHERE state = 'claimed'{whose}", values)
        rows.execute(
            "UPDATE images SET state = CASE WHEN attempts >= ? THEN 'dead' ELSE 'received' END, worker = NULL, "
            "finished = CASE WHEN attempts >= ? THEN ? END, reason = ? "
            f"WHERE state = 'claimed'{whose}",
            (most, most, time.time(), reason, *values),
        )


def retry(database: Database, image_id: str) -> bool:
    """Let a failed or dead image be read again, from the first attempt."""
    with database.transaction() as rows:
        return bool(
            rows.execute(
                "UPDATE images SET state = 'received', attempts = 0, worker = NULL, reason = NULL, finished = NULL "
                "WHERE image_id = ? AND state IN ('failed', 'dead')",
                (image_id,),
            ).rowcount
        )


def counts(database: Database) -> dict[str, int]:
    """Images by state."""
    rows = database.rows.execute("SELECT state, count(*) FROM images GROUP BY state")
    return {str(state): int(count) for state, count in rows}


def oldest_seconds(database: Database) -> float:
    """How long the image that has waited longest waits; 0 when none does."""
    row = database.rows.execute(
        "SELECT received FROM images WHERE state = 'received' ORDER BY number LIMIT 1"
    ).fetchone()
    return max(0.0, time.time() - row["received"]) if row else 0.0
