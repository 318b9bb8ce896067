"""Which of a cohort's images are kept, to learn from or to score; each filter is counted in the cohort's notes."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from hilum.audit.tables import diseases, no_finding
from hilum.registry import refusal
from hilum.schema import Cohort, ConfigError, DataError, Findings
from hilum.schema.errors import listed
from hilum.schema.yaml_files import load_yaml


def _as_list(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


class Filters(BaseModel):
    """Which images are kept; a recipe's `data` begins with these settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    views: Annotated[tuple[Literal["PA", "AP", "FRONTAL", "LATERAL"], ...] | None, BeforeValidator(_as_list)] = Field(
        default=None, description="views to keep; null keeps all, also images whose view is not known"
    )
    keep: Literal["all", "abnormal", "findings_or_normal"] = Field(
        default="all",
        description="abnormal keeps images with a finding of any kind; findings_or_normal those that have one of the "
        "recipe's findings, and those of which the owner says No Finding",
    )
    leave_out: Annotated[tuple[str, ...], BeforeValidator(_as_list)] = Field(
        default=(),
        description="flags of the dataset whose images are left out, as [quality_rotated, quality_not_frontal, "
        "quality_low] of nih14",
    )

    @classmethod
    def of(cls, words: Iterable[str], where: str) -> "Filters":
        """The filters of `key=value` words, as in `keep=abnormal`; `where` begins the message.

        Raises:
            ConfigError: for an unknown key or value, naming the right ones.
        """
        given = {}
        for word in words:
            key, equals, text = word.partition("=")
            if not equals:
                raise ConfigError(f"{where} '{word}': expected key=value, as in keep=abnormal or views=[PA].")
            given[key.strip()] = load_yaml(text, f"{where} {key}: '{text}'")
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ConfigError(f"{where}: {refusal(error, cls.model_fields)}") from error

    def words(self) -> dict[str, str]:
        """What differs from keeping all, for people.

        >>> Filters(keep="abnormal", views=("PA", "AP")).words()
        {'views': 'PA, AP', 'keep': 'abnormal'}
        """
        held = self.model_dump(exclude_defaults=True)
        return {name: value if isinstance(value, str) else ", ".join(value) for name, value in held.items()}


def filtered(cohort: Cohort, filters: Filters, findings: Findings) -> Cohort:
    """The images that the filters leave.

    Args:
        cohort: all images.
        filters: which of them are kept.
        findings: that are learned, or scored: what `findings_or_normal` speaks of.

    Raises:
        ConfigError: for a flag that the cohort does not have.
        DataError: when nothing is left, or normal images are asked for and the owner calls none so.
    """
    if filters.views is not None:
        cohort = cohort.where(cohort.images.view.isin(filters.views), f"Views {', '.join(filters.views)}")
    for flag in filters.leave_out:
        cohort = cohort.where(~_flagged(cohort, flag), f"Without images flagged {flag}")
    if filters.keep == "abnormal":
        return cohort.where(_any(cohort, Findings(tuple(diseases(cohort)))), "With a finding of any kind")
    if filters.keep == "findings_or_normal":
        return _against_normal(cohort, findings)
    return cohort


def _flagged(cohort: Cohort, flag: str) -> "pd.Series[bool]":
    images = cohort.images
    if flag not in images or not pd.api.types.is_bool_dtype(images[flag]):
        flags = [name for name in images if pd.api.types.is_bool_dtype(images[name])]
        raise ConfigError(
            f"leave_out: cohort '{cohort.name}' has no flag '{flag}'. It has {listed(flags, 20) or 'none'}. "
            "Those of nih14's quality come from the lists in its folder's quality_lists/."
        )
    return images[flag].astype(bool)


def _any(cohort: Cohort, findings: Findings) -> "pd.Series[bool]":
    return pd.Series((cohort.labels_for(findings) == 1).any(axis=1))


def _against_normal(cohort: Cohort, findings: Findings) -> Cohort:
    normal = no_finding(cohort)
    if not normal.any():
        raise DataError(
            f"keep: the owner of cohort '{cohort.name}' says of no image that it shows nothing. Expected a label "
            "or a column no_finding; or keep: all."
        )
    present = _any(cohort, findings)
    why = f"With {', '.join(findings)} ({present.sum():,}) or normal ({(normal & ~present).sum():,})"
    return cohort.where(present | normal, why)
