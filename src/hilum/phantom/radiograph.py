"""One image of one patient: drawn, changed by its lesions, exposed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hilum.phantom.body import body, position
from hilum.phantom.chance import chance
from hilum.phantom.devices import attach
from hilum.phantom.exposure import expose, exposure
from hilum.phantom.findings import findings
from hilum.phantom.frontal import frontal
from hilum.phantom.lateral import lateral
from hilum.phantom.lesion import Lesion
from hilum.phantom.patient import Patient, Visit


@dataclass(frozen=True)
class Radiograph:
    """What was drawn.

    Args:
        pixels: (size, size) uint8, bright where much is absorbed.
        lungs: right and left lung field, (size, size) bool each: as it lies between heart, diaphragm and wall, also
            where a lesion covers it.
        heart: its outline filled, (size, size) bool, without the great vessels.
        boxes: finding and x0, y0, x1, y1 on a canvas of 1024.
    """

    pixels: NDArray[np.uint8]
    lungs: tuple[NDArray[np.bool_], NDArray[np.bool_]]
    heart: NDArray[np.bool_]
    boxes: tuple[tuple[str, tuple[float, float, float, float]], ...]


def radiograph(seed: int, patient: Patient, visit: Visit, size: int) -> Radiograph:
    """Draw a visit; the same arguments give the same pixels.

    Args:
        seed: of the phantom.
        patient: whose image.
        visit: which image.
        size: pixels of a side.
    """
    person = chance(seed, "person", patient.number)
    day = chance(seed, "day", patient.number, visit.number)
    build = body(patient, visit, person, day)
    lesions = _lesions(visit)
    for lesion in lesions:
        build = lesion.reshape(build)
    scene = frontal(build, position(build, size, day), person=person, day=day)
    for lesion in lesions:
        lesion.paint(scene)
    room = chance(seed, "exposure", patient.number, visit.number)
    attach(scene, visit, person, room)
    pixels = expose(scene.absorption(), exposure(build.view, room), room)
    heart = scene.canvas.fill(scene.heart) > 0.5
    return Radiograph(pixels, (scene.lungs[-1] > 0.5, scene.lungs[1] > 0.5), heart, tuple(scene.boxes))


def lateral_radiograph(seed: int, patient: Patient, visit: Visit, size: int) -> NDArray[np.uint8]:
    """Draw the same visit from the side; (size, size) uint8."""
    person = chance(seed, "person", patient.number)
    day = chance(seed, "lateral", patient.number, visit.number)
    build = body(patient, visit, person, day)
    lesions = _lesions(visit)
    for lesion in lesions:
        build = lesion.reshape(build)
    view = lateral(build, position(build, size, day), person=person, day=day)
    for lesion in lesions:
        lesion.profile(view)
    room = chance(seed, "lateral exposure", patient.number, visit.number)
    return expose(view.absorption(), exposure(build.view, room), room)


def _lesions(visit: Visit) -> list[Lesion]:
    return [findings[one.finding](one.side, one.severity, one.seed) for one in visit.found]
