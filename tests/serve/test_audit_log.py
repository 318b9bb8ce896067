from pathlib import Path

import pytest

from hilum.schema import DataError
from hilum.serve.audit_log import FILE, AuditLog, verify


def test_a_chain_goes_on_behind_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    AuditLog(tmp_path).note("a", "submit", "1")
    AuditLog(tmp_path).note("b", "open reading", "1")
    with (tmp_path / FILE).open("a") as lines:
        lines.write('{"number": 3, "ti')
    AuditLog(tmp_path).note("c", "remove", "1")
    assert verify(tmp_path / FILE) == 3


@pytest.mark.parametrize("change", ["edit", "remove", "swap"])
def test_a_change_shows(tmp_path: Path, change: str) -> None:
    log = AuditLog(tmp_path)
    for number in range(4):
        log.note("a", "submit", str(number))
    lines = (tmp_path / FILE).read_text().splitlines()
    if change == "edit":
        lines[1] = lines[1].replace('"who": "a"', '"who": "b"')
    elif change == "remove":
        del lines[1]
    else:
        lines[1], lines[2] = lines[2], lines[1]
    (tmp_path / FILE).write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError, match="line 2"):
        verify(tmp_path / FILE)
