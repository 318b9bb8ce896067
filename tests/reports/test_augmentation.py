from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from hilum.reports import augmentation_page
from hilum.reports.augmentation import Drawn, Shown, Square, Step

Sound = Callable[[str], Any]
GRAY = np.full((32, 32), 0.5, np.float32)
BOX = pd.DataFrame({"x0": [4.0], "y0": [6.0], "x1": [20.0], "y1": [30.0]})
DRAWN = Drawn(
    "image <1>", Square(GRAY, "Mass.", BOX), [Square(GRAY, "Mass 0.60, Edema 0.40."), Square(GRAY, boxes=BOX)]
)
STEP = Step("gamma", "Raise gray values to a power.", [("log_gamma", "0.4", "largest logarithm")], DRAWN)
SHOWN = Shown("mine", "nih14", 32, [DRAWN], [STEP], 48, ["White lines are boxes."])


def test_images_with_their_draws_labels_and_boxes(sound: Sound) -> None:
    page = sound(augmentation_page(SHOWN))
    text = " ".join(page.text.split())
    assert "image <1>" in text
    for words in ("As it is. Mass.", "Mass 0.60, Edema 0.40.", "White lines are boxes.", "For research, not a medical"):
        assert words in text, words
    assert sum(address.startswith("data:image/jpeg") for address in page.addresses) == 6
    assert page.html.count('<rect x="4.0" y="6.0" width="16.0" height="24.0"/>') == 4


def test_steps_with_their_settings_in_words(sound: Sound) -> None:
    text = " ".join(sound(augmentation_page(SHOWN)).text.split())
    assert "gamma Raise gray values to a power." in text
    assert "log_gamma 0.4 largest logarithm" in text
    assert "Of 48 draws" in text
