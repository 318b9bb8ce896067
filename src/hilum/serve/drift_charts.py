"""Weeks as small line charts: places on a canvas of 320 x 96, which the page draws without a script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hilum.serve.drift import FEWEST

LEFT, RIGHT, TOP, BOTTOM = 40.0, 312.0, 8.0, 78.0  # of the plot within the canvas
KINDS = {"findings": "Findings called", "views": "Views", "quality": "Flags of quality"}
TOPS = (0.05, 0.1, 0.25, 0.5, 1.0)
Weeks = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Dot:
    """One week: where it lies, how it is drawn, and what it says."""

    x: float
    y: float
    kind: str  # odd, few or usual
    words: str


@dataclass(frozen=True)
class Spread:
    """Probabilities week by week.

    Args:
        top: the probability at the upper edge.
        band: a polygon around their quartiles, as SVG's points.
        middle: a line through their medians.
        usual: where the lower and upper quartile of the reference lie; None without them.
    """

    top: float
    band: str
    middle: str
    usual: tuple[float, float] | None


@dataclass(frozen=True)
class Chart:
    """A share, week by week, with the share expected as a line; below it, for a finding, its probabilities.

    Args:
        name: of what is counted.
        kind: a key of `KINDS`.
        top: the share at the upper edge.
        dots: one a week.
        expected: where the expected share lies; None where nothing is expected.
        spread: of a finding's probabilities; None without them.
        weeks: the first and the last.
        odd: whether the last week stands out.
    """

    name: str
    kind: str
    top: float
    dots: list[Dot]
    expected: float | None
    spread: Spread | None
    weeks: tuple[str, str]
    odd: bool

    @property
    def line(self) -> str:
        """Through the dots."""
        return " ".join(f"{dot.x:.1f},{dot.y:.1f}" for dot in self.dots)


def charts_of(weeks: Weeks) -> dict[str, list[Chart]]:
    """By heading, a chart for each name; the weeks from the earliest on."""
    found = {}
    for kind, heading in KINDS.items():
        names = dict.fromkeys(each["name"] for week in weeks for each in week[kind])
        found[heading] = [_chart(kind, name, weeks) for name in names]
    return found


def odd_ones(weeks: Weeks) -> list[tuple[str, list[str]]]:
    """What stands out, by week and in words; weeks in the order given."""
    told = []
    for week in weeks:
        odd = [each for kind in KINDS for each in week[kind] if each["stands_out"]]
        told.append((str(week["week"]), [_words(each, week, name=True) for each in odd]))
    return [(week, words) for week, words in told if words]


def _chart(kind: str, name: str, weeks: Weeks) -> Chart:
    rows = [(week, next((each for each in week[kind] if each["name"] == name), None)) for week in weeks]
    known = [each for _, each in rows if each is not None]
    highest = max(max(each["share"], each["expected"] or 0.0) for each in known)
    top = _top(highest)
    dots = [_dot(place, len(rows), week, each, top) for place, (week, each) in enumerate(rows)]
    expected, last = known[-1]["expected"], rows[-1][1]
    return Chart(
        name,
        kind,
        top,
        dots,
        expected=None if expected is None else _y(expected / top),
        spread=_spread(rows),
        weeks=(str(weeks[0]["week"]), str(weeks[-1]["week"])),
        odd=last is not None and last["stands_out"],
    )


def _dot(place: int, count: int, week: Mapping[str, Any], each: Mapping[str, Any] | None, top: float) -> Dot:
    said = each or {"found": 0, "share": 0.0, "expected": None, "stands_out": False}  # none of that name that week
    kind = "odd" if said["stands_out"] else "few" if week["images"] < FEWEST else "usual"
    return Dot(_x(place, count), _y(said["share"] / top), kind, f"{week['week']}: {_words(said, week)}")


def _spread(rows: Sequence[tuple[Mapping[str, Any], Mapping[str, Any] | None]]) -> Spread | None:
    there = [(_x(place, len(rows)), each["probability"]) for place, (_, each) in enumerate(rows)
             if each is not None and each.get("probability")]  # fmt: skip
    if len(there) < 2:
        return None
    usual = next((each["expected_probability"] for _, each in rows if each and each["expected_probability"]), None)
    top = _top(max(values[2] for _, values in [*there, *([(0.0, usual)] if usual else [])]))
    upper, middle, lower = ([(x, _y(values[which] / top)) for x, values in there] for which in (2, 1, 0))
    return Spread(
        top,
        _points([*upper, *reversed(lower)]),
        _points(middle),
        None if usual is None else (_y(usual[0] / top), _y(usual[2] / top)),
    )


def _top(highest: float) -> float:
    """The upper edge of a plot."""
    return next(step for step in TOPS if step >= highest)


def _words(each: Mapping[str, Any], week: Mapping[str, Any], *, name: bool = False) -> str:
    expected = "" if each["expected"] is None else f", expected {each['expected']:.0%}"
    what = each["name"].replace("_", " ") + ": " if name else ""
    return f"{what}{each['found']} of {week['images']} ({each['share']:.0%}{expected})"


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def _x(place: int, count: int) -> float:
    return (LEFT + RIGHT) / 2 if count == 1 else LEFT + (RIGHT - LEFT) * place / (count - 1)


def _y(share: float) -> float:
    return BOTTOM - (BOTTOM - TOP) * share
