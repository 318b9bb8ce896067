"""Outlines as text: there and back, and what is none."""

import pytest

from hilum.schema import DataError
from hilum.schema.outlines import outline_text, polygons_of


def test_there_and_back() -> None:
    polygons = [[0.0, 0.0, 4.25, 0.0, 4.0, 2.5], [8.0, 8.0, 9.0, 8.0, 9.0, 9.125]]
    assert [polygon.ravel().tolist() for polygon in polygons_of(outline_text(polygons))] == polygons


@pytest.mark.parametrize("text", ["1 2 3 4", "1 2 3 4 5", "1 2 3 4 5 x", "", "1 2 3 4 5 6;", "1 2 3 4 5 nan"])
def test_what_is_no_polygon_is_named(text: str) -> None:
    with pytest.raises(DataError, match="The outline"):
        polygons_of(text)
