from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from hilum.images import Image
from hilum.reports import reading_page
from hilum.schema import DataError, Explanation, Predictions

Sound = Callable[[str], Any]
RUN = {"run": "runs/nih14-small", "weights": "3f2a9c81d0b4"}


def predictions(*image_ids: str) -> Predictions:
    ids = list(image_ids or ("image_1",))
    values = {"Effusion": 0.731, "Hernia": np.nan, "Pleural_Thickening": 0.912}
    return Predictions(pd.DataFrame({"image_id": ids, **values}), RUN)


def explanation(finding: str, image_id: str = "image_1") -> Explanation:
    return Explanation(image_id, finding, np.full((300, 400), 0.5, np.float32), "cam")


def words(page: Any) -> str:
    return " ".join(page.text.split())


def test_findings_stand_most_probable_first(image: Image, sound: Sound) -> None:
    text = words(sound(reading_page([image], predictions())))
    assert text.index("Pleural thickening 0.912") < text.index("Effusion 0.731") < text.index("Hernia not given")


def test_what_the_file_said_and_what_it_did_not(image: Image, sound: Sound) -> None:
    text = words(sound(reading_page([image], predictions())))
    for fact in ("image_1.png (PNG)", "400 × 300 pixels", "View PA", "Spacing 0.143 × 0.139 mm", "Sex F",
                 "Age 61 years", "Laterality not said", "Bits stored 8"):  # fmt: skip
        assert fact in text, fact
    assert "folder/" not in text  # a path can name a patient; the file's name is what the user chose to show


def test_model_orientation_and_limits_are_said(image: Image, sound: Sound) -> None:
    text = words(sound(reading_page([image], predictions(), [explanation("Effusion")])))
    assert "3f2a9c81d0b4" in text
    assert "patient's left is at the right of the image" in text
    assert "not comparable in strength" in text


def test_one_heatmap_a_finding_and_the_most_probable_is_chosen(image: Image, sound: Sound) -> None:
    page = sound(reading_page([image], predictions(), [explanation("Effusion"), explanation("Pleural_Thickening")]))
    assert page.html.count('class="layer heat"') == 2
    checked = page.html[page.html.index(" checked") - 60 :]
    assert checked[: checked.index("</label>")].endswith("Pleural thickening")
    assert '.heat[data-place="1"]' in page.html


def test_without_heatmaps_there_is_nothing_to_choose(image: Image, sound: Sound) -> None:
    page = sound(reading_page([image], predictions()))
    assert 'type="radio"' not in page.html
    assert 'class="layer heat"' not in page.html
    assert page.html.count("data:image/jpeg") == 1


def test_operating_points_are_marked_and_what_reaches_them_stands_out(image: Image, sound: Sound) -> None:
    html = sound(reading_page([image], predictions(), operating_points={"Effusion": 0.731, "Hernia": 0.2})).html
    assert "left: 73.1%" in html
    assert html.count('<tr class="above">') == 1  # reaching it counts; a missing probability does not


def test_several_images_keep_their_own_choices(image: Image, sound: Sound) -> None:
    other = replace(image, path=Path("image_2.png"))
    explanations = [explanation("Effusion", image_id) for image_id in ("image_1", "image_2")]
    html = sound(reading_page([image, other], predictions("image_1", "image_2"), explanations)).html
    assert html.count('name="image-1-finding"') == html.count('name="image-2-finding"') == 1
    assert html.count(" checked>") == 2


def test_what_could_not_be_read_is_listed_with_its_reason(image: Image, sound: Sound) -> None:
    failures = pd.DataFrame({"image_id": ["broken"], "reason": ["/data/of a patient/broken.dcm: <truncated> pixels."]})
    text = sound(reading_page([image], replace_failures(predictions(), failures))).text
    assert "broken: broken.dcm: <truncated> pixels." in " ".join(text.split()).replace(" :", ":")
    assert "of a patient" not in text


def replace_failures(held: Predictions, failures: pd.DataFrame) -> Predictions:
    return Predictions(held.table, held.provenance, failures)


def test_what_the_model_would_also_take_is_named(image: Image, sound: Sound) -> None:
    told = predictions()
    assert "image alone" not in words(sound(reading_page([image], told)))
    told = replace(told, provenance={"without_features": ["demographics", "history"]})
    assert "This model also takes demographics, history" in words(sound(reading_page([image], told)))


def test_an_image_without_predictions_is_refused(image: Image) -> None:
    with pytest.raises(DataError, match="No predictions for image_1"):
        reading_page([image], predictions("other"))


def test_a_large_image_with_fourteen_heatmaps_stays_under_three_megabytes(image: Image) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (2000, 2400), np.uint8)
    large = replace(image, gray=noise)
    names = [f"Finding {place}" for place in range(14)]
    table = Predictions(pd.DataFrame({"image_id": ["image_1"], **dict.fromkeys(names, 0.5)}))
    heatmap = np.random.default_rng(1).random((2000, 2400), np.float32)
    explanations = [Explanation("image_1", name, heatmap, "cam") for name in names]
    assert len(reading_page([large], table, explanations)) < 3_000_000
