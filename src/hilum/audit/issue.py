"""Issue and Audit: what is wrong with cohorts, as a list that a page, a program and an exit code can be made of."""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pandas as pd

from hilum.schema.files import without_nan, write_json

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Issue:
    """One thing that is wrong, or worth knowing.

    Args:
        severity: `error` (results would be false), `warning` (look before you train) or `note`.
        code: a short fixed name, as in `copies_across_split`.
        cohort: the cohort's name; several joined with ` + `.
        message: what was found, in a sentence.
        count: how many images (rows, boxes, pairs) it concerns.
        examples: the first few rows, JSON values.
    """

    severity: Severity
    code: str
    cohort: str
    message: str
    count: int = 0
    examples: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Audit:
    """What `check` found.

    Args:
        cohorts: one dict a cohort: `name`, `images`, `patients`, `files` (how many have one), `split` (images a split),
            `owners_split` (True, False or, where no list of the owner's is known, None) and `notes` of the cohort.
        issues: gravest first.
        images: one row an image that was looked at, with the measures and flags of `hilum.audit.quality`; empty when no
            pixels were read. Not part of the JSON.
        copies: all pairs of copies, as `hilum.audit.lists.copies_list` gives them; not part of the JSON.
        flags: all flags of all images, as `hilum.audit.lists.flags_list` gives them; not part of the JSON.
    """

    cohorts: tuple[dict[str, Any], ...]
    issues: tuple[Issue, ...]
    images: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False, compare=False)
    copies: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False, compare=False)
    flags: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False, compare=False)

    @property
    def exit_code(self) -> int:
        """1 when there is an error, else 0."""
        return int(any(issue.severity == "error" for issue in self.issues))

    def of(self, code: str) -> list[Issue]:
        """The issues with this code."""
        return [issue for issue in self.issues if issue.code == code]

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `cohorts`, `issues`, `counts` (of each severity) and `exit_code`."""
        counts = {severity: sum(issue.severity == severity for issue in self.issues) for severity in SEVERITIES}
        issues = [asdict(issue) for issue in self.issues]
        values = {"cohorts": self.cohorts, "issues": issues, "counts": counts, "exit_code": self.exit_code}
        plain: dict[str, Any] = without_nan(values)
        return plain

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write as JSON."""
        write_json(path, self.to_dict())


def gravest_first(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Errors, warnings, notes; otherwise in the order in which they were found."""
    return tuple(sorted(issues, key=lambda issue: SEVERITIES.index(issue.severity)))


def examples(table: pd.DataFrame, *columns: str) -> tuple[dict[str, Any], ...]:
    """The first few rows of some columns as JSON values; columns that hold nothing are left out."""
    rows = table[[column for column in columns if column in table]].head(MOST_EXAMPLES).dropna(axis=1, how="all")
    found: list[dict[str, Any]] = without_nan(rows.to_dict("records"))
    return tuple(found)
