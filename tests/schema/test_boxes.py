import pandas as pd

from hilum.schema import Boxes

TABLE = pd.DataFrame(
    {"image_id": ["a", "b", "a"], "finding": "Mass", "x0": 0.0, "y0": 0.0, "x1": [1.0, 2.0, 3.0], "y1": 1.0}
)


def test_among_keeps_the_boxes_of_some_images_in_order() -> None:
    assert Boxes(TABLE).among(pd.Series(["a", "c"])).table.x1.tolist() == [1.0, 3.0]


def test_among_of_none_is_none_as_often_as_one_asks() -> None:
    none = Boxes(TABLE).among(pd.Series(["c"])).among(pd.Series(["a"]))
    assert len(none) == 0
    assert list(none.table) == list(TABLE)
