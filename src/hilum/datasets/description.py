"""What a user says of a table of images: which column is what, and which values mean what."""

from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from hilum.schema import ConfigError

Value = bool | int | float | str


class Strict(BaseModel):
    """Unknown keys are refused, so that a misspelled one cannot be ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Columns(Strict):
    """The names of the table's columns; a column that is left out is unknown."""

    patient_id: str = Field(description="who was imaged: no patient may stand in two splits")
    image_id: str | None = Field(None, description="a name an image; the file's name without its ending if left out")
    path: str | None = Field(None, description="the image file, seen from `images`")
    study_id: str | None = Field(None, description="the examination")
    view: str | None = Field(None, description="PA, AP or LATERAL, or words that `views` explains")
    sex: str | None = Field(None, description="F or M, or words that `sexes` explains")
    age_years: str | None = Field(None, description="years, or DICOM's age string as in 058Y")
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
    separator: str = "|"
    names: dict[str, str] = Field(description="our finding: the word in the column")
    nothing: tuple[str, ...] = Field((), description="words that say that there is no finding")


class BoxTable(Strict):
    """A second table, one row a box, in original pixels: its corners, or its upper left corner and size."""

    table: str
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


class Description(Strict):
    """The whole of a `table.yaml`."""

    name: str = Field(description="what the cohort is called")
    table: str = Field(description="the CSV (.gz too) or Parquet file, seen from the YAML")
    images: str = Field(".", description="the folder that paths start from, seen from the YAML")
    columns: Columns
    findings: dict[str, str] | NamedFindings = Field(description="finding: its column; or one column of names")
    labels: Labels = Labels()
    views: dict[str, str] = Field(default_factory=dict, description="word in the table: PA, AP or LATERAL")
    sexes: dict[str, str] = Field(default_factory=dict, description="word in the table: F or M")
    splits: dict[str, str] = Field(default_factory=dict, description="word in the table: train, val or test")
    masks: dict[str, str] = Field(default_factory=dict, description="structure, as in lungs: column of its mask's path")
    boxes: BoxTable | None = Field(None, description="boxes around findings")
    keep: tuple[str, ...] = Field((), description="further columns that travel along")

    @classmethod
    def read(cls, path: Path) -> "Description":
        """The description that a YAML file holds; an error that names each key that is wrong."""
        try:
            return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not a YAML file ({error}). Expected a description of a table.") from error
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}" for fault in error.errors()]
            raise ConfigError(f"{path}: {'; '.join(faults)}. Its keys are: {', '.join(cls.model_fields)}.") from error
