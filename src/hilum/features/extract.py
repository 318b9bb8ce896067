"""Several sets of features of a cohort, side by side."""

import inspect
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import pandas as pd

from hilum.registry import Registry
from hilum.schema import Cohort, ConfigError, Features

feature_sets = Registry("hilum.features", "feature set")


def extract(cohort: Cohort, sets: Sequence[str], options: Mapping[str, Mapping[str, Any]] | None = None) -> Features:
    """Features of all images of a cohort: one row an image, the columns of each set after those of the one before.

    Args:
        cohort: the images. Of rows chosen from a cohort, history looks at the whole of it: `cohort.split("test")` and
            `cohort.with_files()` know the earlier images that they left out.
        sets: names of feature sets, in order (`demographics`, `history`, `visits`, …).
        options: keywords of each set, by its name.

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
    whole = cohort if cohort.whole is None else cohort.whole
    found: list[Features] = [feature_sets[name](whole, **options.get(name, {})) for name in sets]
    joined = reduce(Features.joined, found)
    if whole is cohort:
        return joined
    return Features(joined.table.iloc[pd.Index(joined.table.image_id).get_indexer(pd.Index(cohort.images.image_id))])
