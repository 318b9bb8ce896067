"""An owner's folder: where its tables and images lie, what is missing from it, and how to say so."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from hilum.datasets.facts import OLDEST_YEARS
from hilum.schema import DataError
from hilum.schema.ages import ages_in_years
from hilum.schema.errors import listed
from hilum.schema.image_ids import image_id_of
from hilum.schema.numbers import as_numbers
from hilum.schema.table_files import need_rows, read_cells

PICTURES = (".png", ".jpg", ".jpeg")
DICOM = (".dcm", ".dicom")
IDENTIFIERS = {"image_id", "image", "patient_id", "study_id"}  # read as text: 00012e45 is no number


class Folder:
    """One dataset's folder as a user has it: whole, in part, or scaled down.

    Every reader asks it for tables and images; what is not there is noted in sentences that end in the Cohort.

    Args:
        root: the folder.
        dataset: the dataset's name, for messages.
        holds: what the folder is expected to hold, for messages.

    Raises:
        DataError: when there is no such folder.
    """

    def __init__(self, root: str | os.PathLike[str], dataset: str, holds: str) -> None:
        self.root = Path(root).expanduser().absolute()
        self.dataset, self.holds = dataset, holds
        self.notes: list[str] = []
        if not self.root.is_dir():
            raise self.refusal("no such folder")

    def refusal(self, what: str) -> DataError:
        """The error that says what is wrong with this folder, what was expected and what to do."""
        return DataError(
            f"{self.root}: {what}. Expected the {self.dataset} folder as its owner publishes it, with {self.holds}. "
            "Give the folder that holds these."
        )

    def note(self, sentence: str) -> None:
        """Remember what was counted, missing or changed."""
        self.notes.append(sentence)

    # --- what lies there ---------------------------------------------------------------------------------------------

    def find(self, *patterns: str) -> Path | None:
        """The first file or folder that one of these names or patterns finds, in the order they are given."""
        return next((path for pattern in patterns for path in self._glob(pattern)), None)

    def need(self, *patterns: str) -> Path:
        """As `find`, but refuses the folder when nothing is found."""
        path = self.find(*patterns)
        if path is None:
            raise self.refusal(f"holds no {' or '.join(patterns)}")
        return path

    def optional(self, *patterns: str, otherwise: str) -> Path | None:
        """As `find`, but notes what follows from nothing being there."""
        path = self.find(*patterns)
        if path is None:
            self.note(f"{patterns[0]} is not there: {otherwise}.")
        return path

    def files(self, *folders: str, suffixes: Sequence[str]) -> dict[str, str]:
        """Paths of the files that lie directly in the folders these patterns find, by file name without its suffix.

        A name that lies in two folders is taken from the first and noted.
        """
        places = dict.fromkeys(place for pattern in folders for place in self._glob(pattern))
        found: dict[str, str] = {}
        repeated = 0
        for place in places:
            if place.is_dir():
                here = _names(place, tuple(suffixes))
                repeated += len(found.keys() & here.keys())
                found = here | found
        if repeated:
            self.note(f"{repeated:,} file names lie in more than one folder: the first folder in order was taken.")
        return found

    def _glob(self, pattern: str) -> list[Path]:
        """What a pattern finds, in order; a CSV may lie there packed, as `.csv.gz`."""
        if pattern == ".":
            return [self.root]
        patterns = (pattern, f"{pattern}.gz") if pattern.endswith(".csv") else (pattern,)
        return [path for each in patterns for path in sorted(self.root.glob(each))]

    # --- columns that need the folder or its notes -------------------------------------------------------------------

    def paths(self, names: "pd.Series[str]", found: Mapping[str, str], what: str = "image files") -> "pd.Series[str]":
        """The path of each name, missing where there is none; how many are there is noted."""
        paths = names.map(found).astype("str")
        self.note(f"{paths.notna().sum():,} of {len(names):,} {what} are there.")
        return paths

    def below(self, places: Iterable[Path], names: "pd.Series[str]", *, any_suffix: bool = False) -> "pd.Series[str]":
        """The path of each relative name in the first place that holds it; how many are there is noted.

        For deep trees (a folder a patient), where asking for each file is quicker than listing all folders. Folders in
        a name may be parted by a backslash.

        Args:
            places: folders to look in.
            names: paths seen from a place.
            any_suffix: also take the one image of this name whose suffix is another, or is missing on either side.
        """
        found: dict[str, str] = {}
        wanted = names.dropna().tolist()
        for place in places:
            if place.is_dir():
                paths = (
                    (name, os.path.join(place, name.replace("\\", "/")))  # noqa: PTH118
                    for name in wanted
                    if name not in found
                )
                found |= {name: path for name, path in paths if os.path.isfile(path)}  # noqa: PTH113  a Path costs more
                if any_suffix:
                    found |= self._other_suffix(place, [name for name in wanted if name not in found])
        return self.paths(names, found)

    def _other_suffix(self, place: Path, names: Iterable[str]) -> dict[str, str]:
        """Path by name, of the images that lie there under the same name but for its suffix."""
        folders: dict[Path, dict[str, list[str]]] = {}
        found: dict[str, str] = {}
        for name in names:
            parent = (place / name.replace("\\", "/")).parent
            if parent not in folders:
                folders[parent] = _by_id(parent)
            files = folders[parent].get(image_id_of(name), [])
            if len(files) == 1:
                found[name] = str(parent / files[0])
        if found:
            first = next(iter(found))
            self.note(f"{len(found):,} files have a suffix that the table does not say: {first} is {found[first]}.")
        return found

    def words(self, values: "pd.Series[str]", meaning: Mapping[str, str], what: str) -> "pd.Series[str]":
        """Each value in our word for it, compared without case and outer spaces; what has none is missing and noted."""
        own = values.astype("str").str.strip().str.lower()
        ours = own.map(dict(meaning)).astype("str")
        unknown = own[ours.isna() & own.notna() & (own != "")]
        if len(unknown):
            names = listed(f"'{name}' {count:,} times" for name, count in unknown.value_counts().items())
            self.note(f"{len(unknown):,} of {len(values):,} images have a {what} that counts as unknown: {names}.")
        return ours

    def numbers(self, values: pd.Series, what: str, *, decimal: str = ".") -> "pd.Series[float]":
        """A column as numbers, missing where a cell is none; those are noted."""
        numbers, unreadable = as_numbers(values, decimal)
        if unreadable.any():
            cells = listed(f"'{cell}' {count:,} times" for cell, count in values[unreadable].value_counts().items())
            self.note(f"{unreadable.sum():,} of {len(values):,} cells of {what} are no numbers, so not known: {cells}.")
        return numbers

    def ages(self, values: pd.Series) -> "pd.Series[float]":
        """A column of ages in years, however they are written; what cannot be read is missing and noted."""
        ages, sentences = ages_in_years(values)
        self.notes.extend(sentences)
        return ages

    def implausible(self, age_years: "pd.Series[float]") -> "pd.Series[bool]":
        """Which ages no patient has; they are kept and noted."""
        flags = age_years > OLDEST_YEARS
        if flags.any():
            self.note(f"{flags.sum():,} ages above {OLDEST_YEARS:.0f} years are kept and flagged age_implausible.")
        return flags


def _names(folder: Path, suffixes: tuple[str, ...]) -> dict[str, str]:
    """Path by name without suffix, of the files in one folder. Hidden files are left aside."""
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    place = f"{folder}{os.sep}"
    return {name[: name.rindex(".")]: place + name for name in names if name.lower().endswith(suffixes)}


def _by_id(folder: Path) -> dict[str, list[str]]:
    """The files of one folder by image id; none where there is no such folder."""
    names: dict[str, list[str]] = {}
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file():
                    names.setdefault(image_id_of(entry.name), []).append(entry.name)
    return names


def read_table(
    path: Path, columns: Mapping[str, Sequence[str]], *, optional: Iterable[str] = (), may_be_empty: bool = False
) -> pd.DataFrame:
    """A CSV (`.gz` too) with an owner's column names put into ours; other columns are left out.

    Names are compared without case and punctuation, so that `OriginalImage[Width` is `OriginalImageWidth`. A column
    of numbers alone comes as numbers; one with a word in it as text, which `Folder.numbers` makes numbers of.

    Args:
        path: the file.
        columns: our name to the owner's spellings of it.
        optional: our names of columns that may be absent.
        may_be_empty: whether the table may hold its column names alone.

    Raises:
        DataError: when the file is no CSV, it holds no row, or a column is absent or there twice.
    """
    cells = read_cells(path) if may_be_empty else need_rows(read_cells(path), path)
    header = [str(name) for name in cells]
    spelled = {_plain(column): column for column in reversed(header)}
    chosen = {
        ours: spelled[_plain(name)]
        for ours, names in columns.items()
        for name in reversed(names)
        if _plain(name) in spelled
    }
    absent = [columns[ours][0] for ours in columns if ours not in chosen and ours not in set(optional)]
    if absent:
        raise DataError(f"{path}: no column {listed(absent)}. It has: {listed(header, most=20)}.")
    twice = [name for name in header for own in chosen.values() if name != own and _plain(name) == _plain(own)]
    if twice:
        raise DataError(f"{path}: more than one column is called {listed(twice)}. Expected one: drop the other.")
    return pd.DataFrame({ours: _typed(ours, cells[own]) for ours, own in chosen.items()}, index=cells.index)


def _typed(name: str, cells: "pd.Series[str]") -> pd.Series:
    """Numbers where all cells are; whole ones as integers."""
    if name in IDENTIFIERS or cells.empty:
        return cells
    numbers, unreadable = as_numbers(cells)
    if unreadable.any():
        return cells
    whole = len(cells) and cells.notna().all() and cells.str.fullmatch(r"[+-]?\d{1,18}").all()
    return cells.astype("int64") if whole else numbers


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
