"""What a user says of a table of images: which column is what, and which values mean what."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from hilum.schema import ConfigError
from hilum.schema.yaml_files import load_yaml

Value = bool | int | float | str
TAB = ("tab", "\\t")  # how a tab is written where the YAML's quotes do not make one


def _one_letter(sign: str | None) -> str | None:
    sign = "\t" if sign in TAB else sign
    if sign is not None and (len(sign) != 1 or sign in '"\r\n'):
        raise ValueError("give one letter, as ';', or tab")
    return sign


def _pattern(text: str) -> str:
    try:
        groups = re.compile(text).groups
    except re.error as error:
        raise ValueError(f"no regular expression ({error})") from error
    if groups != 1:
        raise ValueError("give one pair of parentheses around what shall be kept")
    return text


def _words(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Separator = Annotated[str | None, AfterValidator(_one_letter)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]


class Strict(BaseModel):
    """Unknown keys are refused, so that a misspelled one cannot be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(Strict):
    """The names of the table's columns; a column that is left out is unknown."""

    patient_id: str = Field(description="who was imaged: no patient may stand in two splits")
    image_id: str | None = Field(None, description="a name an image; the file's name without its suffix if left out")
    path: str | None = Field(None, description="the image file, seen from `images`; its suffix may be missing")
    study_id: str | None = Field(None, description="the examination")
    view: str | None = Field(None, description="PA, AP, FRONTAL or LATERAL, or words that `views` explains")
    sex: str | None = Field(None, description="F or M, or words that `sexes` explains")
    age_years: str | None = Field(None, description="years; also 058Y, 3 months, >89")
    split: str | None = Field(None, description="train, val or test, or words that `splits` explains")
    sequence: str | None = Field(None, description="order of a patient's images, a number")
    width: str | None = Field(None, description="original pixels")
    height: str | None = Field(None, description="original pixels")


class Labels(Strict):
    """Which values of a finding's column mean what; an empty cell is not mentioned."""

    present: tuple[Value, ...] = (1,)
    absent: tuple[Value, ...] = (0,)
    uncertain: tuple[Value, ...] = (-1,)
    missing: tuple[Value, ...] = ()


class NamedFindings(Strict):
    """One column that names an image's findings, as in `Effusion|Mass`; what it does not name is absent."""

    column: str
    separator: str = Field("|", min_length=1, description="between two words in one cell")
    names: dict[str, Words] = Field(description="our finding: the word in the column, or several words for it")
    nothing: Words = Field((), description="words that say that there is no finding")


class BoxTable(Strict):
    """A second table, one row a box, in original pixels: its corners, or its upper left corner and size."""

    table: str
    separator: Separator = Field(None, description="as the first table's if left out")
    encoding: str | None = Field(None, description="as the first table's if left out")
    sheet: str | None = Field(None, description="of an Excel file")
    image_id: str
    finding: str
    x0: str
    y0: str
    x1: str | None = None
    y1: str | None = None
    width: str | None = None
    height: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.x1 is None or self.y1 is None) == (self.width is None or self.height is None):
            raise ValueError("give x1 and y1, or width and height")
        return self


class CocoBoxes(Strict):
    """Boxes in COCO's JSON; an image's id is its `file_name` without folders and suffix."""

    coco: str = Field(description="the JSON file, seen from the YAML")


class YoloBoxes(Strict):
    """Boxes in YOLO's text files, one an image under its id, in shares of the image's width and height."""

    yolo: str = Field(description="the folder of text files, seen from the YAML")
    names: tuple[str, ...] = Field(min_length=1, description="findings, in the order of the class numbers from 0 on")
    clip: bool = Field(True, description="cut boxes at the image's edge, which rounding oversteps")


def _kind_of_boxes(value: Any) -> str:
    return next((name for name in ("coco", "yolo") if isinstance(value, dict) and name in value), "table")


BoxSource = Annotated[
    Annotated[BoxTable, Tag("table")] | Annotated[CocoBoxes, Tag("coco")] | Annotated[YoloBoxes, Tag("yolo")],
    Discriminator(_kind_of_boxes),
]


class Description(Strict):
    """The whole of a `table.yaml`."""

    name: str = Field(description="what the cohort is called")
    table: str | None = Field(
        None,
        description="CSV, TSV, Parquet or Excel file, seen from the YAML; left out, the files under `images`",
    )
    separator: Separator = Field(None, description="between cells; a comma if left out, a tab in .tsv")
    encoding: str | None = Field(None, description="of the text, as cp1252; UTF-8 if left out")
    decimal: Literal[".", ","] = Field(".", description="the sign before a number's fraction")
    sheet: str | None = Field(None, description="of an Excel file; the first one if left out")
    images: str = Field(".", description="the folder that paths start from, seen from the YAML")
    columns: Columns
    patterns: dict[str, Pattern] = Field(
        default_factory=dict, description="one of `columns`: a regular expression; what its parentheses hold is kept"
    )
    findings: dict[str, str] | NamedFindings = Field(description="finding: its column; or one column of names")
    labels: Labels = Labels()
    views: dict[str, Literal["PA", "AP", "FRONTAL", "LATERAL"]] = Field(
        default_factory=dict, description="word in the table: PA, AP, FRONTAL (one of these two) or LATERAL"
    )
    sexes: dict[str, Literal["F", "M"]] = Field(default_factory=dict, description="word in the table: F or M")
    splits: dict[str, Literal["train", "val", "test"]] = Field(
        default_factory=dict, description="word in the table: train, val or test"
    )
    masks: dict[str, str] = Field(default_factory=dict, description="structure, as in lungs: column of its mask's path")
    boxes: BoxSource | None = Field(None, description="boxes around findings: a table, COCO's JSON, or YOLO's files")
    keep: tuple[str, ...] = Field((), description="further columns that travel along")

    @model_validator(mode="after")
    def _patterns_of_columns(self) -> Self:
        named = [ours for ours, theirs in self.columns if theirs is not None]
        unknown = [ours for ours in self.patterns if ours not in named]
        if unknown:
            raise ValueError(f"patterns of {', '.join(unknown)}, which columns does not name")
        return self

    @classmethod
    def read(cls, path: Path) -> "Description":
        """The description that a YAML file holds; an error that names each key that is wrong."""
        values = load_yaml(path)
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in error.errors()]
            raise ConfigError(f"{path}: {'; '.join(faults)}. Its keys are: {', '.join(cls.model_fields)}.") from error
