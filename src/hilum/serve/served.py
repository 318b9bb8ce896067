"""Which Runs a server reads with, and which of them reads which image."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hilum.schema import ConfigError

VIEWS = ("PA", "AP", "LATERAL")


@dataclass(frozen=True)
class Served:
    """A Run that reads at a server.

    Args:
        folder: of the Run.
        views: of the images that it reads; all where none is named. An image that does not say its view is read by all.
    """

    folder: Path
    views: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is called beside others, the same that provenance calls it."""
        return self.folder.name

    def reads(self, view: str | None) -> bool:
        """Whether it reads images of a view; one that is frontal, and no more is known, is PA or AP."""
        sides = ("PA", "AP") if view == "FRONTAL" else (view,)
        return not self.views or view is None or any(each in self.views for each in sides)

    @classmethod
    def parse(cls, text: str) -> "Served":
        """From `FOLDER`, or `FOLDER@PA,AP` for some views alone.

        Raises:
            ConfigError: when there is no such folder or view.
        """
        folder, _, named = (text, "", "") if Path(text).is_dir() else text.rpartition("@")
        views = tuple(named.split(",")) if named else ()
        if not Path(folder or text).is_dir():
            raise ConfigError(f"{text}: no such folder. Expected a Run, made by hilum train or hilum import.")
        strange = [view for view in views if view not in VIEWS]
        if strange:
            raise ConfigError(f"{text}: there is no view '{strange[0]}'. Expected some of: {', '.join(VIEWS)}.")
        return cls(Path(folder).resolve(), views)


def parse_runs(texts: Sequence[str]) -> tuple[Served, ...]:
    """The Runs that were named.

    Raises:
        ConfigError: when one of them is none, or two have the same name, by which their results are told apart.
    """
    runs = tuple(Served.parse(text) for text in texts)
    twice = [name for name, times in Counter(run.name for run in runs).items() if times > 1]
    if twice:
        raise ConfigError(f"Two Runs are called '{twice[0]}'. Expected folders of different names: rename one.")
    return runs
