import zlib
from pathlib import Path
from typing import Any

import pytest

from hilum.serve.identity import identify, keyed, secret_of
from hilum.serve.refused import Refused


def identified(tmp_path: Path, content: bytes) -> Any:
    file = tmp_path / "file"
    file.write_bytes(content)
    return identify(file, b"secret")


@pytest.mark.parametrize("uid", ["../../etc/passwd", "1.2/3", "1" * 65, "1..2", "<script>"])
def test_a_uid_that_is_none_never_becomes_a_path(tmp_path: Path, dicom: Any, uid: str) -> None:
    with pytest.raises(Refused, match="valid SOP Instance UID"):
        identified(tmp_path, dicom(SOPInstanceUID=uid))


def test_a_study_uid_that_is_none_is_left_out(tmp_path: Path, dicom: Any) -> None:
    assert identified(tmp_path, dicom(StudyInstanceUID="../x")).study_uid == ""


def test_a_file_name_is_of_our_making(tmp_path: Path, dicom: Any, png: Any) -> None:
    for content, suffix in ((dicom(), ".dcm"), (png(), ".png")):
        found = identified(tmp_path, content)
        assert found.file_name == f"{found.image_id[:2]}/{found.image_id}{suffix}"
        assert set(found.image_id) <= set("0123456789abcdef")


def test_an_id_tells_no_uid_without_the_secret(tmp_path: Path, dicom: Any) -> None:
    first = identified(tmp_path, dicom())
    assert first.image_id == keyed(b"secret", "image", first.sop_uid)
    assert keyed(b"other", "image", first.sop_uid) != first.image_id


def test_patients_of_two_issuers_are_two(tmp_path: Path, dicom: Any) -> None:
    keys = {identified(tmp_path, dicom(IssuerOfPatientID=name)).patient_key for name in ("A", "B", "")}
    assert len(keys) == 3


def test_a_deflated_bomb_is_refused(tmp_path: Path, dicom: Any) -> None:
    content = dicom().replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
    meta = 144 + int.from_bytes(content[140:144], "little") + 2
    content = content[:140] + (int.from_bytes(content[140:144], "little") + 2).to_bytes(4, "little") + content[144:]
    at = content.index(b"1.2.840.10008.1.2.1.99") - 2
    content = content[:at] + (22).to_bytes(2, "little") + content[at + 2 :]
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(150)) + packer.flush()
    assert len(packed) < 10**6
    with pytest.raises(Refused, match="inflates beyond"):
        identified(tmp_path, content[:meta] + packed)


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = secret_of(tmp_path / "secret")
    assert secret_of(tmp_path / "secret") == first
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
