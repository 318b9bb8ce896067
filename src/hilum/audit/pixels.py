"""What can be wrong in a cohort's images: unreadable, of another size, copies of each other, of low quality."""

from collections.abc import Iterator, Sequence

import pandas as pd

from hilum.audit.duplicates import copies
from hilum.audit.issue import Issue, Severity, examples
from hilum.audit.lists import copies_list
from hilum.audit.look import Looks
from hilum.audit.quality import RULES, flags
from hilum.audit.sizes import size_issues
from hilum.schema import Cohort

OF_THE_TABLE = ["image_id", "patient_id", "split", "path", "width", "height"]
GRAVE_FLAGS = {"rotated", "inverted", "not_frontal"}


def image_table(cohorts: Sequence[Cohort], *, engine: str, workers: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Look at all images of all cohorts that have a file.

    Returns:
        images: one row an image: `source` (position of its cohort), `cohort` (its name), `image_id`, `patient_id`,
            `split`, `path`, `failure`, `height` and `width` of the file, `table_height` and `table_width` (what the
            table says), the measures and flags of quality.
        copies: as `hilum.audit.duplicates.copies` gives them, `first` and `second` being rows of `images`.
    """
    tables = [
        cohort.images.loc[cohort.images.path.notna(), OF_THE_TABLE].assign(source=source, cohort=cohort.name)
        for source, cohort in enumerate(cohorts)
    ]
    images = pd.concat(tables, ignore_index=True)
    images = images.rename(columns={"width": "table_width", "height": "table_height"})
    looks = Looks.at(images.path, engine=engine, workers=workers)
    images = images.join(looks.images.drop(columns="path"))
    return images.join(flags(images)), copies(looks)


def pixel_issues(cohorts: Sequence[Cohort], images: pd.DataFrame, pairs: pd.DataFrame) -> Iterator[Issue]:
    """What the look at the images has shown, cohort by cohort, then the copies."""
    for source, cohort in enumerate(cohorts):
        own = images[images.source == source]
        yield from _unreadable(cohort.name, own)
        yield from size_issues(cohort, own)
        yield from _quality(cohort.name, own)
    described = copies_list(images, pairs)
    for first, one in enumerate(cohorts):
        yield from _copies(one.name, described[(described.source_a == first) & (described.source_b == first)])
        for second, other in enumerate(cohorts[first + 1 :], start=first + 1):
            between = described[(described.source_a == first) & (described.source_b == second)]
            yield from _copies(f"{one.name} + {other.name}", between)


def _unreadable(name: str, images: pd.DataFrame) -> Iterator[Issue]:
    failed = images[images.failure.notna()]
    if len(failed):
        message = f"Files that cannot be read as images: {len(failed):,} of {len(images):,}."
        yield Issue("error", "unreadable", name, message, len(failed), examples(failed, "image_id", "failure"))


def _quality(name: str, images: pd.DataFrame) -> Iterator[Issue]:
    read = int(images.failure.isna().sum())
    for rule in RULES:
        flagged = images[images[rule.flag]]
        if len(flagged):
            severity: Severity = "warning" if rule.flag in GRAVE_FLAGS else "note"
            message = f"{rule.meaning[0].upper()}{rule.meaning[1:]}: {len(flagged):,} of {read:,} images."
            shown = examples(flagged, "image_id", "path", rule.measure)
            yield Issue(severity, f"quality_{rule.flag}", name, message, len(flagged), shown)


def _copies(name: str, pairs: pd.DataFrame) -> Iterator[Issue]:
    within = pairs.source_a == pairs.source_b
    leak = pairs.place == "across_split"
    torn = within & (pairs.patient_id_a != pairs.patient_id_b)
    kinds: tuple[tuple[pd.Series[bool], Severity, str, str], ...] = (
        (leak, "error", "copies_across_split", "in two splits, so that training sees what it is tested on"),
        (~leak & within, "warning", "copies_within", "within the cohort"),
        (~leak & ~within, "warning", "copies_across_cohorts", "in both cohorts"),
        (torn, "warning", "copies_of_two_patients", "listed under two patients, which a split by patient may part"),
    )
    for chosen, severity, code, what in kinds:
        some = pairs[chosen]
        if len(some):
            exact, turned = int((some.kind == "exact").sum()), int(some.kind.isin(["mirrored", "inverted"]).sum())
            message = f"Pairs of copies {what}: {len(some):,}, {exact:,} of them with the same pixels"
            message += f", {turned:,} mirrored or inverted." if turned else "."
            columns = ("image_id_a", "image_id_b", "path_a", "path_b", "split_a", "split_b", "kind", "correlation")
            yield Issue(severity, code, name, message, len(some), examples(some, *columns))
