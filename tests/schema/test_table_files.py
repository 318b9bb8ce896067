"""Tables of any origin: cells are text and stripped, only the empty one is missing, doubt is refused."""

import bz2
import gzip
import sys
from pathlib import Path

import pandas as pd
import pytest

from hilum.schema import ConfigError, DataError, DependencyError
from hilum.schema.table_files import as_cells, need_rows, read_cells


def written(folder: Path, content: str | bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_only_the_empty_cell_is_missing(tmp_path: Path) -> None:
    cells = read_cells(written(tmp_path, "a,b\nNA,None\nn/a,nan\nnull,\n0012,1.0\n"))
    assert cells.a.tolist() == ["NA", "n/a", "null", "0012"]
    assert cells.b.fillna("missing").tolist() == ["None", "nan", "missing", "1.0"]


@pytest.mark.parametrize("space", [" ", "\t", "\u00a0", "\ufeff", "\u200b", "\u202f", "\u2003", "\u3000"])
def test_space_around_a_cell_is_no_part_of_it(tmp_path: Path, space: str) -> None:
    cells = read_cells(written(tmp_path, f"\ufeff{space}id{space},b\n{space}a1{space},{space}\na1,x y\n"))
    assert list(cells) == ["id", "b"]
    assert cells.id.tolist() == ["a1", "a1"]
    assert cells.b.isna().tolist() == [True, False]
    assert as_cells(pd.Series([f"a1{space}", space, None])).fillna("-").tolist() == ["a1", "-", "-"]


ONE_ROW = {"a": ["José"], "b": ["1;2"]}
WRITTEN = {
    "comma": ("a,b\nJosé,1;2\n", {}),
    "comma at the end of rows": ("a,b\nJosé,1;2,\n", {}),
    "blank rows": ("\na,b\n\n,\nJosé,1;2\n,,\n", {}),
    "quoted after a space": ('a, "b"\nJosé, "1;2"\n', {}),
    "old Mac": ("a,b\rJosé,1;2\r", {}),
    "Windows": ("a,b\r\nJosé,1;2\r\n", {}),
    "pipe": ("a|b\nJosé|1;2\n", {"separator": "|"}),
    "UTF-16": ("a,b\nJosé,1;2\n".encode("utf-16"), {}),
    "cp1252": ("a,b\nJosé,1;2\n".encode("cp1252"), {"encoding": "cp1252"}),
    "gzip": (gzip.compress("a,b\nJosé,1;2\n".encode()), {}),
    "bzip2": (bz2.compress("a,b\nJosé,1;2\n".encode()), {}),
}


@pytest.mark.parametrize("kind", WRITTEN)
def test_every_way_to_write_one_table(tmp_path: Path, kind: str) -> None:
    content, keywords = WRITTEN[kind]
    assert read_cells(written(tmp_path, content), **keywords).to_dict("list") == ONE_ROW


@pytest.mark.parametrize("name", ["t.tsv", "t.tab", "t.TSV"])
def test_tabs_by_suffix(tmp_path: Path, name: str) -> None:
    assert read_cells(written(tmp_path, "a\tb\nJosé\t1;2\n", name)).to_dict("list") == ONE_ROW
    packed = written(tmp_path, gzip.compress("a\tb\nJosé\t1;2\n".encode()), f"{name}.gz")
    assert read_cells(packed).to_dict("list") == ONE_ROW


def test_parquet_reads_as_text_too(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": [7, 8], "f": [1.0, None], "g": [0.5, 2], "t": [" a ", ""], "b": [True, False]})
    table.to_parquet(tmp_path / "t.parquet")
    cells = read_cells(tmp_path / "t.parquet").fillna("-")
    assert cells.to_numpy().tolist() == [["7", "1", "0.5", "a", "True"], ["8", "-", "2", "-", "False"]]


REFUSED = {
    "a column twice": ("a,b, a\n1,2,3\n", r"t\.csv: the columns a stand twice"),
    "a longer row": ("a,b\n1,2,3\n", r"t\.csv: .*row 1 holds more cells than there are names"),
    "a much longer row": ("a,b\n1,2,3,4\n", r"t\.csv: .*saw 4"),
    "another separator": ("a;b\n1,5;2\n", "is ';' the separator"),
    "an open quote": ('a,b\n"1,2\n3,4\n', r"t\.csv: not a readable table"),
    "nothing": ("", r"t\.csv: .*an empty file"),
    "another encoding": ("a\nJosé\n".encode("cp1252"), r"t\.csv: not utf-8 text .*name its encoding"),
    "half an archive": (gzip.compress(b"a,b\n1,2\n" * 99)[:30], r"t\.csv: not a readable table"),
    "no text": (b"\x00\x01\x02", r"t\.csv: .*zero bytes"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_doubtful_is_refused_by_name(tmp_path: Path, case: str) -> None:
    content, message = REFUSED[case]
    with pytest.raises(DataError, match=message):
        read_cells(written(tmp_path, content))


def test_what_was_asked_for_wrongly(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no encoding 'latin-99'"):
        read_cells(written(tmp_path, "a\n1\n"), encoding="latin-99")
    with pytest.raises(DataError, match="no such file"):
        read_cells(tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"t\.csv: a header without rows"):
        need_rows(read_cells(written(tmp_path, "a,b\n,\n")), tmp_path / "t.csv")


def test_excel(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (["id", "age", "note"], [7, 61.0, " NA "], [8, 0.5, None]):
        book.active.append(row)
    book.create_sheet("second").append(["x"])
    book.save(tmp_path / "t.xlsx")
    cells = read_cells(tmp_path / "t.xlsx").fillna("-")
    assert cells.to_dict("list") == {"id": ["7", "8"], "age": ["61", "0.5"], "note": ["NA", "-"]}
    assert list(read_cells(tmp_path / "t.xlsx", sheet="second")) == ["x"]
    with pytest.raises(DataError, match=r"t\.xlsx: .*third"):
        read_cells(tmp_path / "t.xlsx", sheet="third")
    with pytest.raises(DataError, match=r"u\.xlsx: not a readable table"):
        read_cells(written(tmp_path, "a,b\n1,2\n", "u.xlsx"))


def test_excel_without_openpyxl_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DependencyError, match=r"t\.xlsx: .*pip install 'hilum\[excel\]'"):
        read_cells(written(tmp_path, b"PK", "t.xlsx"))
