"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real films and tables that `HILUM_REAL_DATA` names; the test is skipped, aloud, without it."""
    folder = os.environ.get("HILUM_REAL_DATA")
    if not folder:
        pytest.skip("HILUM_REAL_DATA names no folder of real films")
    assert Path(folder).is_dir(), f"HILUM_REAL_DATA={folder}: no such folder"
    return Path(folder).resolve()
