"""From a patient and a visit to a Build and its place on the image."""

import numpy as np

from hilum.phantom.build import Build
from hilum.phantom.canvas import Canvas
from hilum.phantom.patient import Patient, Visit


def body(patient: Patient, visit: Visit, person: np.random.Generator, day: np.random.Generator) -> Build:
    """The chest before any finding: what sex, age, habit and the way of standing make of it.

    Args:
        patient: sex.
        visit: age and view.
        person: chance that stays with the patient.
        day: chance of this image (breath, position).
    """
    woman, portable = patient.sex == "F", visit.view == "AP"
    old = float(np.clip((visit.age_years - 45) / 40, 0, 1))
    width = (318 if woman else 345) * person.normal(1.0, 0.035)
    fat = float(np.clip(person.normal(50, 20), 18, 110))
    top, base = person.normal(125, 8), person.normal(706, 18)
    breath = day.normal(0, 14) - (48 if portable else 0)
    lead = float(np.clip(person.normal(26, 8), 10, 45))
    return Build(
        view=visit.view,
        sex=patient.sex,
        age_years=visit.age_years,
        half_width=float(width * (1.02 if portable else 1.0)),
        apex=float(top),
        domes=(float(base + breath - 0.18 * (fat - 50)), float(base + breath + lead - 0.18 * (fat - 50))),
        flatness=float(np.clip(person.normal(0.05, 0.08), 0, 0.3)),
        heart_ratio=float(
            np.clip(person.normal(0.435, 0.022), 0.38, 0.475) + 0.015 * old + (0.025 if portable else 0.0)
        ),
        aorta=float(1 + 0.7 * old * person.uniform(0.4, 1.0)),
        shift=float(day.normal(0, 3)),
        curve=float(person.normal(0, 5 + 5 * old)),
        bone=float((1.0 - 0.33 * old * (1.0 if woman else 0.6)) * person.normal(1.0, 0.08)),
        fat=fat,
        breast=float(np.clip(person.normal(0.55, 0.25), 0.1, 1.1)) if woman else 0.0,
        scapulae=float(np.clip(day.normal(0.75 if portable else 0.12, 0.15), 0, 1)),
        vessels=float(person.normal(1.0, 0.08)),
        congestion=0.6 if portable else 0.0,
    )


def position(build: Build, size: int, day: np.random.Generator) -> Canvas:
    """How the chest lies on the image: portable images are turned and off center more."""
    loose = 1.8 if build.view == "AP" else 1.0
    return Canvas(
        size,
        angle=float(np.deg2rad(day.normal(0, 0.9 * loose))),
        zoom=float(np.clip(day.normal(1.14, 0.035), 1.05, 1.24)) * 345 / max(build.half_width, 330),
        x=512 + float(day.normal(0, 9 * loose)),
        y=30 + float(day.normal(0, 10 * loose)),
    )
