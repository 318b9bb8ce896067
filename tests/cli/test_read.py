import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pandas as pd
import pytest

from hilum.schema import Predictions
from hilum.workflows.read import Reading


@pytest.mark.parametrize("name", ["reading.json", "reading.JSON"])
def test_an_image_that_failed_is_named_without_its_folder(tmp_path: Path, name: str) -> None:
    failures = pd.DataFrame(
        {"image_id": ["image"], "reason": ["/home/someone/image.png: an empty file. Expected DICOM."]}
    )
    predictions = Predictions(pd.DataFrame({"image_id": ["other"], "Mass": [0.2]}), {}, failures)
    image = SimpleNamespace(image_id="other", path=Path("other.png"))
    Reading([cast("Any", image)], predictions, []).save(tmp_path / name)
    held = json.loads((tmp_path / name).read_text(encoding="utf-8"))
    assert held["failures"] == [{"image_id": "image", "reason": "image.png: an empty file. Expected DICOM."}]
    assert held["images"] == [{"image_id": "other", "file": "other.png", "probabilities": {"Mass": 0.2}}]
