import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd

from hilum.cli.read import write_reading
from hilum.schema import Predictions


def test_a_image_that_failed_is_named_without_its_folder(tmp_path: Path) -> None:
    failures = pd.DataFrame(
        {"image_id": ["image"], "reason": ["/home/someone/image.png: an empty file. Expected DICOM."]}
    )
    told = Predictions(pd.DataFrame({"image_id": ["other"], "Mass": [0.2]}), {}, failures)
    reading = SimpleNamespace(images=[SimpleNamespace(image_id="other", path=Path("other.png"))], predictions=told)
    write_reading(cast("Any", reading), tmp_path / "reading.json")
    held = json.loads((tmp_path / "reading.json").read_text(encoding="utf-8"))
    assert held["failures"] == [{"image_id": "image", "reason": "image.png: an empty file. Expected DICOM."}]
    assert held["images"] == [{"image_id": "other", "file": "other.png", "probabilities": {"Mass": 0.2}}]
