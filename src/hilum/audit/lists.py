"""The whole lists of what was found in the images, for a spreadsheet or a program; a page shows the first few."""

import numpy as np
import pandas as pd

from hilum.audit.quality import RULES

OF_AN_IMAGE = ["cohort", "image_id", "patient_id", "split", "path"]
FLAG_COLUMNS = ["cohort", "image_id", "path", "flag", "measure", "value", "reason"]


def copies_list(images: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """All pairs of copies with what is known of both images.

    Args:
        images: as `hilum.audit.pixels.image_table` gives them.
        pairs: `first` and `second` (rows of `images`), `kind`, `distance`, `correlation` and `moved`.

    Returns:
        One row a pair: `place` (`across_split`, `within` a cohort, `across_cohorts`), the pair's own columns, and
        `cohort`, `image_id`, `patient_id`, `split`, `path` and `source` of the one image ending in `_a`, of the other
        in `_b`.
    """
    known = images[[*OF_AN_IMAGE, "source"]]
    one = known.loc[pairs["first"]].add_suffix("_a").reset_index(drop=True)
    other = known.loc[pairs["second"]].add_suffix("_b").reset_index(drop=True)
    measured = pairs.drop(columns=["first", "second"]).reset_index(drop=True)
    table = pd.concat([measured, one, other], axis=1)
    leak = (table.split_a != table.split_b) & table.split_a.notna() & table.split_b.notna()
    inside = np.where(table.source_a == table.source_b, "within", "across_cohorts")
    table.insert(0, "place", np.where(leak, "across_split", inside).astype(object))
    return table


def flags_list(images: pd.DataFrame) -> pd.DataFrame:
    """All flags of all images.

    Returns:
        One row an image and flag: `cohort`, `image_id`, `path`, `flag`, `measure` and its `value`, and the `reason` in
        words; an image that could not be read has the flag `unreadable`, its reason and no measure.
    """
    failed = images[images.failure.notna()]
    tables = [failed.assign(flag="unreadable", measure=None, value=np.nan, reason=failed.failure)]
    for rule in RULES:
        chosen = images[images[rule.flag]]
        tables.append(
            chosen.assign(flag=rule.flag, measure=rule.measure, value=chosen[rule.measure], reason=rule.meaning)
        )
    filled = [table[FLAG_COLUMNS] for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=FLAG_COLUMNS)
