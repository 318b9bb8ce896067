"""Several sets of features of a cohort, side by side."""

import inspect
from collections.abc import Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

from hilum.features.alone import is_alone
from hilum.registry import Registry
from hilum.schema import Cohort, ConfigError, Features

feature_sets = Registry("hilum.features", "feature set")


SUPPLIED = ("findings", "work")  # keywords of sets that Hilum fills, and no recipe gives


def extract(
    cohort: Cohort,
    sets: Sequence[str],
    options: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    work: Path | None = None,
) -> Features:
    """Features of all images of a cohort: one row an image, the columns of each set after those of the one before.

    Args:
        cohort: the images. Of rows chosen from a cohort, history looks at the whole of it: `cohort.split("test")` and
            `cohort.with_files()` know the earlier images that they left out.
        sets: names of feature sets, in order (`demographics`, `history`, `visits`, …).
        options: keywords of each set, by its name.
        work: where sets that open images keep what is done, so that they go on after a kill; None for nowhere.

    Raises:
        ConfigError: for a set or a keyword that does not exist.
    """
    options = options or {}
    unused = [name for name in options if name not in sets]
    if unused or not sets:
        raise ConfigError(f"Features {list(sets)} with options of {unused}. Expected sets, and options of those alone.")
    for name in sets:
        known = [word for word in inspect.signature(feature_sets[name]).parameters if word != "cohort"]
        unknown = [word for word in options.get(name, {}) if word not in known]
        if unknown:
            raise ConfigError(
                f"features.{name}: no setting {', '.join(unknown)}. Expected some of: {', '.join(known)}."
            )
    return reduce(Features.joined, [_of(name, cohort, dict(options.get(name, {})), work) for name in sets])


def _of(name: str, cohort: Cohort, keywords: dict[str, Any], work: Path | None) -> Features:
    """One set, for the images of the cohort in their order."""
    make = feature_sets[name]
    if is_alone(make):
        known = {"work": work} if "work" in inspect.signature(make).parameters else {}
        found: Features = make(cohort, **keywords, **known)
        return found
    whole = cohort if cohort.whole is None else cohort.whole
    found = make(whole, **keywords)
    return found if whole is cohort else found.chosen(cohort.images.image_id)
