"""How one chest is built and stands before the detector: numbers only, nothing drawn."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Build:
    """One chest on one image.

    Lengths are chest units (1024 span an image, about 0.4 mm each); pairs hold the patient's right, then left.

    Args:
        view: PA or AP.
        sex: F or M.
        age_years: of the patient on that day.
        half_width: of the thorax inside, at its widest.
        apex: y of the lung tops.
        domes: y of the diaphragms' tops; the right one is higher.
        flatness: of the diaphragms; 0 domed, 1 flat.
        heart_ratio: width of the heart over that of the thorax.
        aorta: how far the aortic knob stands out; 1 in youth, up to 1.8.
        shift: of the mediastinum, positive to the patient's left.
        curve: of the spine to the side.
        bone: density, 1 in youth, down to 0.55.
        fat: thickness of the soft tissue over the ribs.
        breast: density and size of the breasts' shadow, 0 for none.
        scapulae: 0 turned clear of the lungs, 1 over them.
        air: how much air the lungs hold; 1 normal.
        vessels: how strong the lung markings are; 1 normal.
        congestion: how much the upper vessels are filled; 0 normal upright.
    """

    view: str = "PA"
    sex: str = "M"
    age_years: float = 50.0
    half_width: float = 345.0
    apex: float = 125.0
    domes: tuple[float, float] = (725.0, 752.0)
    flatness: float = 0.0
    heart_ratio: float = 0.45
    aorta: float = 1.0
    shift: float = 0.0
    curve: float = 0.0
    bone: float = 1.0
    fat: float = 50.0
    breast: float = 0.0
    scapulae: float = 0.0
    air: float = 1.0
    vessels: float = 1.0
    congestion: float = 0.0

    def dome(self, side: int) -> float:
        """Top of the diaphragm of a side, -1 the patient's right and 1 the left."""
        return self.domes[0 if side < 0 else 1]

    def with_domes(self, side: int, down: float) -> tuple[float, float]:
        """The pair of domes with one of them (or, for side 0, both) moved down."""
        right, left = self.domes
        return right + (down if side <= 0 else 0.0), left + (down if side >= 0 else 0.0)
