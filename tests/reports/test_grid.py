import pandas as pd

from hilum.reports.grid import Cell, Column, Grid, Row, exports

GRID = Grid(
    [Column("Finding", number=False), Column("AUROC")],
    [Row([Cell("Pleural_Thickening"), Cell("0.812", "(0.790–0.833)")]), Row([Cell("50 % | x"), Cell("−0.1")])],
)


def test_csv_holds_numbers_to_six_digits() -> None:
    csv = exports(
        pd.DataFrame({"Finding": ["Effusion"]}),
        pd.DataFrame({"value": [0.123456789], "finding": ["Effusion"]}),
        "evaluation",
    )[0]
    assert (csv.name, csv.text) == ("evaluation.csv", "value,finding\n0.123457,Effusion\n")


def test_intervals_stand_below_only_where_columns_are_many() -> None:
    wide = Grid([Column("")] * 5, [Row([Cell("a"), *[Cell("0.1", "(0–1)")] * 4])])
    assert wide.wide
    assert not GRID.wide
