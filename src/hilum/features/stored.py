"""Columns of tables that were written before: `hilum features`, an embedding, anyone's."""

from functools import reduce

from hilum.features.alone import alone
from hilum.registry import register
from hilum.schema import Cohort, ConfigError, DataError, Features


@register
@alone
def stored(cohort: Cohort, *, path: tuple[str, ...] | str = ()) -> Features:
    """Columns of one or several tables of features, for the images of the cohort that they hold.

    A model that was learned from them says something of an image only where the tables hold it.

    Args:
        cohort: the images.
        path: Parquet files of features, side by side; must be given.

    Raises:
        ConfigError: when none is given.
        DataError: when none of the images is in them, or two hold a column of the same name.
    """
    paths = (path,) if isinstance(path, str) else tuple(path)
    if not paths:
        raise ConfigError(
            "features.stored.path: no table is given. Expected one that `hilum features` wrote, as "
            "--set features.stored.path=features.parquet."
        )
    found = reduce(Features.joined, [Features.load(one) for one in paths])
    if not found.table.image_id.isin(cohort.images.image_id).any():
        raise DataError(
            f"{', '.join(paths)}: holds none of the {len(cohort):,} images of cohort '{cohort.name}'. "
            "Expected a table of features of these images."
        )
    return found.chosen(cohort.images.image_id)
