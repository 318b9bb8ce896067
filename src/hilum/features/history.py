"""What was found on the patient's earlier images, summed up in one row an image."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from hilum.features.earlier import Timeline, Values, timeline
from hilum.registry import register
from hilum.schema import Cohort, ConfigError, Features, Findings

Columns = dict[str, Values]  # a name, or a name before the findings' names: (V,) or (V, K)


@register
def history(
    cohort: Cohort,
    *,
    vectors: tuple[str, ...] = ("visits", "log_count", "share", "last", "recent", "since", "first", "views"),
    decays: tuple[float, ...] = (0.5, 0.8, 0.95),
    multiplier: float = 1.0,
    uncertain: float = 0.0,
    skip_previous: bool = False,
    strictly_younger: bool = False,
    findings: str | Sequence[str] | None = None,
) -> Features:
    """Findings of the patient's earlier images: counts, most recent, fading means, and how long ago.

    The labels of earlier images stand for their reports, which a reader of this image could look up. Nothing of the
    image itself, of images with the same sequence number, or of later ones is used; see `hilum.features.earlier`. A
    image without a sequence number has NaN in every column.

    Args:
        cohort: the images with their labels; earlier images must be in it to be known.
        vectors: which columns to give; V are the earlier visits that may be seen, `<f>` is each finding:
            `visits`: `visits` log(1 + V), `sequence` log(1 + the image's number), `years_gap` years and `sequence_gap`
            log(1 + numbers) since the newest visit, NaN where there is none;
            `count`: `count_<f>`, visits with the finding; `log_count`: `log_count_<f>`, log(1 + that);
            `share`: `share_<f>`, mean over visits, 0 where there is none;
            `last`: `last_<f>` and `before_last_<f>`, the newest visit's labels and those of the one before;
            `recent`: `recent<decay>_<f>`, mean over visits, each weighted by decay to the number of visits after it;
            `since`: `nearness_<f>`, 1 / visits back to the finding, 0 for never; `years_since_<f>`, NaN for never;
            `first`: `first_<f>`, the first visit's labels;
            `views`: `share_ap` and `last_ap`, how earlier images were taken.
        decays: of `recent`, each in (0, 1); a small one forgets fast.
        multiplier: what a present finding counts. It changes the vectors' scale only, so that standardized columns
            stay as they are (but for `log_count`).
        uncertain: what an uncertain label counts, in [0, 1].
        skip_previous: leave out the newest earlier visit, which often belongs to the same hospital stay.
        strictly_younger: only visits at a smaller age in whole years.
        findings: a vocabulary or names; the cohort's own if left out.

    Source: Herlihy, Hilton & Mukadam 2018, section 5.2 (`count`, `last`, multiplier).
    """
    blocks: dict[str, Callable[[Timeline], Columns]] = {
        "visits": _visits,
        "count": lambda past: {"count": past.total(past.present)},
        "log_count": lambda past: {"log_count": np.log1p(past.total(past.present))},
        "share": lambda past: {"share": past.total(past.present) / np.maximum(past.count, 1)[:, None]},
        "last": lambda past: {"last": _back(past, 1), "before_last": _back(past, 2)},
        "recent": lambda past: {f"recent{by:g}": np.nan_to_num(past.fading(past.present, by)) for by in decays},
        "since": _since,
        "first": lambda past: {"first": np.where(past.count[:, None] > 0, past.present[past.first], 0.0)},
        "views": _views,
    }
    unknown = [name for name in vectors if name not in blocks]
    if unknown or not vectors:
        raise ConfigError(f"history: there are no vectors {unknown}. Expected some of: {', '.join(blocks)}.")
    if not all(0 < decay < 1 for decay in decays):
        raise ConfigError(f"history: decays {list(decays)}. Expected numbers between 0 and 1.")
    past = timeline(
        cohort,
        findings=None if findings is None else Findings.of(findings),
        uncertain=uncertain,
        skip_previous=skip_previous,
        strictly_younger=strictly_younger,
    )
    past = replace(past, present=past.present * multiplier)
    columns: Columns = {}
    for name in vectors:
        columns |= blocks[name](past)
    return _table(cohort, past, columns)


def _table(cohort: Cohort, past: Timeline, columns: Columns) -> Features:
    names = [
        name if values.ndim == 1 else f"{name}_{finding}"
        for name, values in columns.items()
        for finding in ([""] if values.ndim == 1 else past.findings)
    ]
    values = np.column_stack([column.astype(np.float32) for column in columns.values()])
    table = pd.DataFrame(past.of_images(values, np.nan), columns=names)
    table.insert(0, "image_id", cohort.images.image_id)
    return Features(table)


def _visits(past: Timeline) -> Columns:
    newest, there = past.back(1)
    return {
        "visits": np.log1p(past.count),
        "sequence": np.log1p(past.now),
        "years_gap": np.where(there, past.age_years - past.age_years[newest], np.nan),
        "sequence_gap": np.where(there, np.log1p(past.numbers_since(newest)), np.nan),
    }


def _back(past: Timeline, steps: int) -> Values:
    """(V, K) labels of the visit that many steps back; 0 where there is none."""
    place, there = past.back(steps)
    return np.where(there[:, None], past.present[place], 0.0)


def _since(past: Timeline) -> Columns:
    seen, places = past.seen[:, None], np.arange(len(past))[:, None]
    latest = np.maximum.accumulate(np.where(past.present > 0, places, -1), axis=0)
    newest, there = past.back(1)
    latest = latest[newest]
    ever = there[:, None] & (latest >= past.first[:, None])
    years = past.age_years[:, None] - past.age_years[np.maximum(latest, 0)]
    return {
        "nearness": np.where(ever, 1.0 / np.maximum(seen - latest, 1), 0.0),
        "years_since": np.where(ever, years, np.nan),
    }


def _views(past: Timeline) -> Columns:
    newest, there = past.back(1)
    return {
        "share_ap": past.total(past.ap) / np.maximum(past.count, 1),
        "last_ap": np.where(there, past.ap[newest], np.nan),
    }
