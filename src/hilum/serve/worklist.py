"""What the worklist shows: images by state, view and finding, of one study, and a patient's other images."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hilum.serve.database import Database
from hilum.serve.identity import keyed

SHOWN = 200  # rows; older ones are found by a search
STATES = {"waiting": ("received", "claimed"), "read": ("read",), "failed": ("failed", "dead")}
ORDERS = {"findings": "above DESC, number DESC", "arrival": "number DESC"}
KINDS = ("patient", "accession")  # what is kept as keyed words alone


@dataclass(frozen=True)
class Filters:
    """Which images; an empty text for any.

    Args:
        state: a key of `STATES`.
        view: PA, AP, LATERAL.
        finding: called at its operating point.
        order: a key of `ORDERS`.
        words: an accession number, patient id or Study Instance UID, whole. It never stands in an address.
    """

    state: str = ""
    view: str = ""
    finding: str = ""
    order: str = "findings"
    words: str = ""


def images(database: Database, filters: Filters, secret: bytes) -> list[dict[str, Any]]:
    """At most `SHOWN` images that pass, each with its summary and what readers said."""
    where = ["state != 'expired'"]
    values: list[Any] = []
    if filters.state in STATES:
        where.append(f"state IN ({', '.join('?' * len(STATES[filters.state]))})")
        values += STATES[filters.state]
    if filters.view:
        where.append("json_extract(summary, '$.view') = ?")
        values.append(filters.view)
    if filters.finding:
        where.append("EXISTS (SELECT 1 FROM json_each(summary, '$.called') WHERE value = ?)")
        values.append(filters.finding)
    if filters.words:
        where.append("(study_uid = ? OR patient_key = ? OR accession_key = ?)")
        values += [filters.words, *(keyed(secret, kind, filters.words) for kind in KINDS)]
    order = ORDERS.get(filters.order, ORDERS["findings"])
    rows = database.rows.execute(
        "SELECT *, (SELECT COUNT(DISTINCT reader) FROM feedback WHERE feedback.image_id = images.image_id) AS readers "
        f"FROM images WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {SHOWN}",
        values,
    )
    return [shown(row) for row in rows]


def others(database: Database, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The same patient's other images, the latest study first; none where the file named no patient."""
    if not row["patient_key"]:
        return []
    rows = database.rows.execute(
        "SELECT * FROM images WHERE patient_key = ? AND image_id != ? AND state = 'read' "
        "ORDER BY study_date DESC, number DESC LIMIT 20",
        (row["patient_key"], row["image_id"]),
    )
    return [shown(each) for each in rows]


def neighbors(database: Database, row: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The images before and behind this one among those that were read, in the worklist's first order."""
    ids = [
        each["image_id"]
        for each in database.rows.execute(
            f"SELECT image_id FROM images WHERE state = 'read' ORDER BY {ORDERS['findings']}"
        )
    ]
    if row["image_id"] not in ids:
        return None, None
    place = ids.index(row["image_id"])
    return (ids[place - 1] if place else None), (ids[place + 1] if place + 1 < len(ids) else None)


def facets(database: Database) -> dict[str, Sequence[str]]:
    """The views and called findings that there are."""
    views = database.rows.execute(
        "SELECT DISTINCT json_extract(summary, '$.view') AS name FROM images WHERE name IS NOT NULL ORDER BY name"
    )
    findings = database.rows.execute(
        "SELECT DISTINCT value AS name FROM images, json_each(summary, '$.called') ORDER BY name"
    )
    return {"views": [row["name"] for row in views], "findings": [row["name"] for row in findings]}


def shown(row: Any) -> dict[str, Any]:
    """A row with its summary opened and its times in words."""
    date = row["study_date"]
    return dict(row) | {
        "summary": json.loads(row["summary"]),
        "arrived": time.strftime("%Y-%m-%d %H:%M", time.localtime(row["received"])),
        "study_date": f"{date[:4]}-{date[4:6]}-{date[6:]}" if len(date) == 8 and date.isdigit() else "",
    }
