"""A patient's story: who they are, and what is found in them from image to image."""

from dataclasses import dataclass

import numpy as np

from hilum.phantom.chance import chance


@dataclass(frozen=True)
class Course:
    """How a finding behaves in the phantom's people.

    Args:
        begin: chance that a sick patient has it on the first image.
        stay: chance that it is still there on the next image.
        both: chance that it is on both sides.
        brings: findings that tend to come with it, with the chance that they do.
    """

    begin: float
    stay: float
    both: float = 0.0
    brings: tuple[tuple[str, float], ...] = ()

    @property
    def arrive(self) -> float:
        """Chance that it is new on a later image: as much comes as goes, so that it stays equally frequent."""
        return self.begin * (1 - self.stay) / (1 - self.begin)


# chances are chosen so that every finding is frequent enough to be learned from some hundreds of images (6 to 20 %);
# real ones are rarer. What lasts and what comes together follows the clinic.
COURSES = {
    "Atelectasis": Course(0.17, 0.45),
    "Cardiomegaly": Course(0.15, 0.93, brings=(("Effusion", 0.15),)),
    "Effusion": Course(0.16, 0.60, both=0.3, brings=(("Atelectasis", 0.30),)),
    "Infiltration": Course(0.20, 0.45),
    "Mass": Course(0.18, 0.90, brings=(("Nodule", 0.10),)),
    "Nodule": Course(0.16, 0.90),
    "Pneumonia": Course(0.16, 0.35, brings=(("Infiltration", 0.15), ("Consolidation", 0.10))),
    "Pneumothorax": Course(0.15, 0.50, brings=(("Effusion", 0.08),)),
    "Consolidation": Course(0.15, 0.45, brings=(("Effusion", 0.15),)),
    "Edema": Course(0.14, 0.35, brings=(("Effusion", 0.30), ("Cardiomegaly", 0.25))),
    "Emphysema": Course(0.16, 0.96, brings=(("Pneumothorax", 0.08),)),
    "Fibrosis": Course(0.15, 0.96, brings=(("Pleural_Thickening", 0.12),)),
    "Pleural_Thickening": Course(0.13, 0.90),
    "Hernia": Course(0.12, 0.95),
}
APART = (("Emphysema", "Fibrosis"), ("Emphysema", "Edema"), ("Emphysema", "Cardiomegaly"), ("Cardiomegaly", "Hernia"))
SICK = 0.67
AT_BED = {"leads": 0.5, "line": 0.35, "tube": 0.15}  # devices on portable images


@dataclass(frozen=True)
class Found:
    """One finding on one image: which, where, how gross, and the seed of its place and shape."""

    finding: str
    side: int
    severity: float
    seed: int


@dataclass(frozen=True)
class Visit:
    """One image of a patient."""

    number: int
    age_years: int
    view: str
    found: tuple[Found, ...]
    devices: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[str, ...]:
        """The names found, each once, in NIH's order."""
        names = {found.finding for found in self.found}
        return tuple(name for name in COURSES if name in names)


@dataclass(frozen=True)
class Patient:
    """Who a patient is, and their images in order."""

    number: int
    sex: str
    visits: tuple[Visit, ...]

    @property
    def rarest(self) -> str:
        """Of all that is ever found in the patient, what begins least often; empty when nothing is."""
        ever = {found.finding for visit in self.visits for found in visit.found}
        return min((name for name in COURSES if name in ever), key=lambda name: COURSES[name].begin, default="")


def patient(seed: int, number: int) -> Patient:
    """The patient of this number in the phantom of this seed; independent of how many others are drawn.

    >>> patient(0, 7) == patient(0, 7)
    True
    """
    rng = chance(seed, "story", number)
    sex = "M" if rng.random() < 0.56 else "F"
    age = int(np.clip(rng.normal(51, 16), 18, 92))
    sick = rng.random() < SICK
    count = 1 + int(min(rng.geometric(0.5) - 1, 7))
    poorly = rng.uniform(0.25, 0.55) if sick else 0.25
    paced = age > 60 and rng.random() < 0.12
    found: dict[str, tuple[Found, ...]] = {}
    visits = []
    for visit in range(count):
        found = _next(found, rng, first=visit == 0) if sick else {}
        age += int(visit > 0 and rng.random() < 0.35)
        view = "AP" if rng.random() < poorly else "PA"
        flat = tuple(one for name in COURSES for one in found.get(name, ()))
        devices = tuple(name for name, odds in (AT_BED if view == "AP" else {}).items() if rng.random() < odds)
        visits.append(Visit(visit, age, view, flat, (*devices, "pacemaker") if paced else devices))
    return Patient(number, sex, tuple(visits))


def _next(now: dict[str, tuple[Found, ...]], rng: np.random.Generator, *, first: bool) -> dict[str, tuple[Found, ...]]:
    """What is found on the next image: each finding stays or goes, and others come."""
    after: dict[str, tuple[Found, ...]] = {}
    for name, course in COURSES.items():
        if name in now:
            if rng.random() < course.stay:
                change = float(rng.normal(0.0, 0.12))
                after[name] = tuple(_changed(one, change) for one in now[name])
        elif rng.random() < (course.begin if first else course.arrive):
            after[name] = _begin(name, rng)
    for name in tuple(after):
        for other, odds in COURSES[name].brings:
            if other not in after and rng.random() < odds:
                after[other] = _begin(other, rng)
    for kept, dropped in APART:
        if kept in after:
            after.pop(dropped, None)
    return after


def _begin(name: str, rng: np.random.Generator) -> tuple[Found, ...]:
    side = int(rng.choice([-1, 1]))
    severity = float(rng.beta(1.4, 1.6))
    sides = (side, -side) if rng.random() < COURSES[name].both else (side,)
    return tuple(Found(name, one, severity, int(rng.integers(2**31))) for one in sides)


def _changed(found: Found, change: float) -> Found:
    severity = float(np.clip(found.severity + change, 0.02, 1.0))
    return Found(found.finding, found.side, severity, found.seed)
