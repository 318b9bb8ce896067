"""The errors a user can meet, as a tree.

HilumError
    DataError         a table, a folder or a row is not what its owner says it is
    ImageError        a file cannot be read as a chest image
    ConfigError       a recipe or a setting asks for something that does not exist
    RunError          a Run folder is broken, foreign or does not fit the request
    DependencyError   an optional package or program is not installed

Each message names the file or value, says what was expected, and what to do.
"""

from collections.abc import Iterable


class HilumError(Exception):
    """Anything Hilum refuses to do; the command line prints the message and exits with 2."""


class DataError(HilumError):
    """A table, a folder or a row is not what it should be."""


class ImageError(HilumError):
    """A file cannot be read as a chest image."""


class ConfigError(HilumError):
    """A recipe, a name or a setting that does not exist."""


class RunError(HilumError):
    """A Run folder that is broken, foreign or unfit for the request."""


class DependencyError(HilumError):
    """An optional package or program that is not installed."""


def listed(values: Iterable[object], most: int = 5) -> str:
    """The first few values in words, for the end of an error message.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    names = [str(value) for value in values]
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"
