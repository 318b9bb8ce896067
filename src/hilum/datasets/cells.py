"""What the cells of a user's table say of a finding."""

import re
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from hilum.datasets.description import Labels, NamedFindings, Value
from hilum.schema import ConfigError, DataError
from hilum.schema.errors import listed


def meaning(labels: Labels) -> dict[str, float]:
    """What each word in a cell stands for."""
    kinds = ((labels.present, 1.0), (labels.absent, 0.0), (labels.uncertain, -1.0), (labels.missing, np.nan))
    words: dict[str, float] = {}
    for values, label in kinds:
        for word in {word for value in values for word in _spellings(value)}:
            if word in words:
                raise ConfigError(f"The description's labels give '{word}' two meanings. Expected one for each value.")
            words[word] = label
    return words


def _spellings(value: Value) -> tuple[str, ...]:
    """How a value may stand in a cell; YAML reads a bare yes or no as true or false."""
    if isinstance(value, bool):
        return ("true", "yes") if value else ("false", "no")
    return (_word(value),)


def _word(cell: object, decimal: str = ".") -> str:
    """A cell as a word: 1, 1.0 and "1 " are one.

    >>> _word(1.0), _word(" 1"), _word("Yes"), _word(True)
    ('1', '1', 'yes', 'true')
    """
    text = str(cell).strip().lower()
    if decimal == "," and "." not in text:
        text = text.replace(",", ".") if re.fullmatch(r"[+-]?\d+,\d*", text) else text
    try:
        return text if "_" in text else f"{float(text):g}"  # Python would read 1_0 as 10
    except ValueError:
        return text


def cell_labels(
    cells: "pd.Series[Any]", words: dict[str, float], finding: str, decimal: str = "."
) -> "pd.Series[float]":
    """The labels of one finding's column; a word that no one explained is refused."""
    said = cells.map(partial(_word, decimal=decimal), na_action="ignore")
    unknown = said.notna() & (said != "") & ~said.isin(list(words))
    if unknown.any():
        first = int(np.flatnonzero(unknown)[0]) + 1
        raise DataError(
            f"The column of {finding} holds {listed(said[unknown].unique())} in {int(unknown.sum()):,} rows, the first "
            f"in row {first}. Say under labels whether that means present, absent, uncertain or missing."
        )
    return said.map(words).astype("float32")


def named_labels(cells: "pd.Series[str]", findings: NamedFindings) -> pd.DataFrame:
    """Labels from one column that names what is there; an empty cell says nothing."""
    codes, texts = pd.factorize(cells.astype("str"), use_na_sentinel=True)
    said = [{word.strip().lower() for word in text.split(findings.separator)} - {""} for text in texts]
    ours = [{word.strip().lower() for word in words} for words in findings.names.values()]
    nothing = {word.strip().lower() for word in findings.nothing}
    both = sorted(nothing & set[str]().union(*ours))
    if both:
        raise ConfigError(f"The description says of {listed(both)} both that it is a finding and that it is nothing.")
    unknown = sorted(set[str]().union(*said) - set[str]().union(*ours) - nothing)
    if unknown:
        raise DataError(
            f"The column '{findings.column}' names {listed(unknown)}. Say under findings.names what that is, or under "
            "findings.nothing that it means no finding."
        )
    present = np.array([[bool(words & one) for one in ours] for words in said], dtype=np.float32)
    present = np.vstack([present.reshape(len(said), len(ours)), np.full((1, len(findings.names)), np.nan, np.float32)])
    return pd.DataFrame(present[codes], columns=list(findings.names))  # code -1, an empty cell, is the last row
