"""What a report printed, row by row, and what is trained to set beside it: one YAML file a report.

A row names a recipe and its overrides as words; what they mean is known where trainings are set up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from hilum.evaluation.metrics import box_metrics, metrics
from hilum.evaluation.operating_points import operating_points
from hilum.evaluation.published import published
from hilum.evaluation.reproduction_stage import Name, Stage
from hilum.registry import nearest, refusal
from hilum.schema import ConfigError, Evaluation, Findings
from hilum.schema.findings import key
from hilum.schema.yaml_files import load_yaml

FOLDER = Path(str(files("hilum.evaluation") / "reproductions"))
MEANS = ("macro", "micro")
Printed = dict[str, dict[str, float]]  # by metric, then by finding or mean


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _known(given: Any) -> Any:
    """Figures under names of metrics that are measured here too."""
    for name in given:
        if name not in box_metrics:
            metrics[name]
    return given


class Row(_Strict):
    """One row of a report's table, or several that differ in nothing that is trained here.

    A row is trained (`recipe`), or made of other rows (`members`), or says the same of every image (`constant`), or is
    not there yet (`not_yet`).
    """

    name: Name = Field(description="of the row's folder, and as --rows takes it")
    title: str = Field(description="the row, in the report's words")
    recipe: str = Field(default="", description="the recipe that is trained for it")
    set: tuple[str, ...] = Field(default=(), description="what is changed in the recipe, as key=value")
    share: float = Field(default=1.0, gt=0, le=1, description="the most of the training patients, as in the report")
    teacher: str = Field(default="", description="the row whose Run the recipe's policy asks for")
    members: tuple[str, ...] = Field(default=(), description="rows whose Runs speak together")
    gate: tuple[str, ...] = Field(default=(), description="of boxes of members: rows of classifiers before them")
    boxes: dict[str, Any] = Field(default={}, description="of the same: fusion, shrink, and the gate's how and least")
    flips: bool = Field(default=False, description="of the same: each image also mirrored")
    images: tuple[str, ...] = Field(
        default=(), description="filters of the test images beyond the recipe's own, as key=value of its data"
    )
    checkpoints: bool = Field(default=False, description="of members: all kept checkpoints, not the best epoch alone")
    stored: tuple[str, ...] = Field(default=(), description="stages whose columns the recipe's network is fed")
    attention: str = Field(default="", description="the stage whose maps the recipe's network is fed")
    constant: Literal["", "absent", "prevalence", "no_finding"] = Field(
        default="",
        description="what is said of every image: that no finding is there; each finding's share of the training "
        "images; No Finding and nothing else",
    )
    not_yet: str = Field(default="", description="why nothing can be trained for it")
    differs: str = Field(description="what differs from the report in this row, beside what differs in all")
    work: str = Field(default="", description="whose published figures are the row's, as among those of the dataset")
    printed: Annotated[Printed, BeforeValidator(_known)] = Field(default={}, description="further printed figures")

    @model_validator(mode="after")
    def _one_way(self) -> "Row":
        if sum(map(bool, (self.recipe, self.members, self.constant, self.not_yet))) != 1:
            raise ValueError(f"row {self.name}: expected one of recipe, members, constant and not_yet")
        if self.images and not (self.recipe or self.members):
            raise ValueError(
                f"row {self.name}: images are of rows with a Run. Expected a recipe or members beside them"
            )
        return self

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages that it is fed."""
        return (*self.stored, *([self.attention] if self.attention else ()))

    def figures(self, dataset: str) -> Printed:
        """What the report prints in this row, by metric and finding."""
        found: Printed = {}
        works = [figure for figure in published(dataset) if figure.work == self.work] if self.work else []
        if self.work and not works:
            raise ConfigError(f"row {self.name}: no published figures of {dataset} are of the work '{self.work}'.")
        for figure in works:
            found.setdefault(figure.metric, {}).update(figure.values)
        for metric, values in self.printed.items():
            found.setdefault(metric, {}).update(values)
        return found


class Table(_Strict):
    """A table of the report; differences are taken from its first measured row."""

    title: str = Field(description="what the table compares")
    images: str = Field(description="which images the report tested on, as far as it says so")
    findings: str | tuple[str, ...] = Field(default="nih14", description="the findings that means go over")
    metric: str = Field(default="auroc", description="what its rows are told apart by")
    of: str = Field(default="macro", description="the mean of that, or the finding")
    rows: tuple[Row, ...] = Field(min_length=1, description="in the report's order")


class Reproduction(_Strict):
    """A report, and how its tables are made again; `load_reproduction` reads one."""

    title: str = Field(description="of the page")
    source: str = Field(description="the report")
    dataset: str = Field(description="where its images come from")
    differs: tuple[str, ...] = Field(description="what differs from the report in every row, in sentences")
    notes: tuple[str, ...] = Field(default=(), description="what a reader of the report must know")
    threshold: str = Field(
        default="", description="rule of the operating points that are chosen on validation; 0.5 when left empty"
    )
    stages: tuple[Stage, ...] = Field(default=(), description="what rows are fed, each after those it is made of")
    tables: tuple[Table, ...] = Field(min_length=1, description="in the report's order")

    @model_validator(mode="after")
    def _names(self) -> "Reproduction":
        names = [row.name for row in self.rows]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rows are called {', '.join(twice)}")
        self._check_stages(names)
        for place, row in enumerate(self.rows):
            strange = [name for name in self.needs(row) if name not in names[:place]]
            if strange:
                raise ValueError(f"row {row.name}: {', '.join(strange)}, which it needs, are no earlier rows")
        return self

    def _check_stages(self, rows: Sequence[str]) -> None:
        if self.threshold:
            operating_points[self.threshold]
        before: set[str] = set()
        for stage in self.stages:
            nowhere = [name for name in stage.fuse if name not in before]
            nowhere += [stage.row] if stage.row and stage.row not in rows else []
            if nowhere or stage.name in before:
                raise ValueError(f"stage {stage.name}: {', '.join(nowhere) or 'its name'} stands nowhere, or twice")
            before.add(stage.name)
        for row in self.rows:
            unknown = [name for name in row.stages if name not in before]
            if unknown:
                raise ValueError(f"row {row.name}: there is no stage {', '.join(unknown)}")

    def stage(self, name: str) -> Stage:
        """One stage by its name."""
        return next(stage for stage in self.stages if stage.name == name)

    def needs(self, row: Row) -> tuple[str, ...]:
        """Rows that must be there before it: members, gate, teacher, and those whose Runs its stages are made of."""
        own = (*row.members, *row.gate, *([row.teacher] if row.teacher else ()))
        return tuple(dict.fromkeys([*own, *(found for name in row.stages for found in self._rows_of(name))]))

    def _rows_of(self, name: str) -> list[str]:
        stage = self.stage(name)
        return [stage.row] if stage.row else [found for one in stage.fuse for found in self._rows_of(one)]

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, table by table."""
        return tuple(row for table in self.tables for row in table.rows)

    def chosen(self, names: Sequence[str] | None) -> tuple[Row, ...]:
        """The rows of these names, in the report's order, each after those that it needs; all when None."""
        if names is None:
            return self.rows
        known = {row.name: row for row in self.rows}
        for name in names:
            if name not in known:
                raise ConfigError(f"There is no row '{name}' here. {nearest(name, known)} All: {', '.join(known)}.")
        wanted = set(names)
        for row in reversed(self.rows):  # what a row needs stands before it
            wanted |= set(self.needs(row)) if row.name in wanted else set()
        return tuple(row for row in self.rows if row.name in wanted)


@dataclass(frozen=True)
class Outcome:
    """What became of a row here.

    Args:
        evaluation: its numbers; None when it was not measured.
        failure: why it failed; empty when it did not.
        facts: what it was made of (`recipe`, `command`, `train`, `epochs`, `size`, `seconds`, …), JSON values.
    """

    evaluation: Evaluation | None = None
    failure: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def reproductions() -> dict[str, Path]:
    """The reports whose tables can be made again, by name."""
    return {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}


def load_reproduction(name: str | Path) -> Reproduction:
    """A report by its name (`report1`), or from a YAML file of the same form.

    Raises:
        ConfigError: for an unknown report, or a file that is not of the form.
    """
    path = reproductions().get(str(name), Path(name))
    if not path.is_file():
        raise ConfigError(f"There is no report '{name}'. {nearest(str(name), reproductions())} Or give a YAML file.")
    try:
        return Reproduction.model_validate(load_yaml(path))
    except ValidationError as error:
        known = [
            *Reproduction.model_fields,
            *(f"tables.{field}" for field in Table.model_fields),
            *(f"tables.rows.{field}" for field in Row.model_fields),
            *(f"stages.{field}" for field in Stage.model_fields),
        ]
        raise ConfigError(f"{path}: {refusal(error, known)}") from error


def means_of(table: Table, dataset: str) -> list[tuple[str, str]]:
    """The metrics that a table's rows print as a mean, each with the mean; the table's own first, printed or not."""
    pairs = [(table.metric, table.of)]
    for row in table.rows:
        for metric, values in row.figures(dataset).items():
            pairs += [(metric, mean) for mean in (*MEANS, table.of) if mean in values]
    return list(dict.fromkeys(pairs))


def places_of(values: Iterable[float]) -> int:
    """The decimals to which a row was printed: those of its longest figure.

    >>> places_of([0.7, 0.66]), places_of([0.1073, 0.964])
    (2, 4)
    """
    return max((len(str(value).partition(".")[2]) for value in values), default=0)


def printed_mean(values: dict[str, float], findings: Findings, of: str = "macro") -> tuple[float, bool] | None:
    """The printed mean, or that of the printed findings; and whether it was printed. None for neither.

    >>> printed_mean({"Mass": 0.7, "Nodule": 0.8}, Findings(("Mass", "Nodule")))
    (0.75, False)
    """
    if of in values:
        return values[of], True
    singles = [value for name, value in values.items() if key(name) in {key(own) for own in findings}]
    return (round(sum(singles) / len(singles), 4), False) if len(singles) == len(findings) else None
