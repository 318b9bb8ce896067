"""Which image a file is: its SOP Instance UID and the hash of its bytes, found without decoding a pixel."""

import hashlib
import hmac
import re
import secrets
import warnings
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path

import pydicom

from hilum.images.dicom_size import DEFLATED, check_inflated
from hilum.images.read import BARE_DICOM, JPEG, PNG
from hilum.schema import ImageError
from hilum.serve.refused import not_understood

UID = re.compile(r"[0-9]+(\.[0-9]+)*")  # and at most 64 characters: PS3.5 9.1, without its rule on leading zeros
TAGS = ["SOPInstanceUID", "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "PatientID", "IssuerOfPatientID",
        "AccessionNumber", "Modality", "StudyDate"]  # fmt: skip
META = slice(140, 144)  # value of (0002,0000): the length of the file meta information behind it
SUFFIX = {"DICOM": ".dcm", "PNG": ".png", "JPEG": ".jpg"}


@dataclass(frozen=True)
class Identity:
    """Of one file.

    Args:
        image_id: what the image is called here, in addresses and logs: keyed, so that it tells no UID.
        sop_uid: the SOP Instance UID; of PNG and JPEG one made of their bytes.
        sha256: of the data set and its transfer syntax, so that the same image sent in two ways is the same.
        size: of the file in bytes.
        format: `DICOM`, `PNG` or `JPEG`.
        sop_class: or empty.
        study_uid: or empty.
        series_uid: or empty.
        modality: or empty.
        study_date: or empty.
        patient_key: the patient's id, keyed; empty where none is given.
        accession_key: the accession number, keyed; empty where none is given.
    """

    image_id: str
    sop_uid: str
    sha256: str
    size: int
    format: str
    sop_class: str = ""
    study_uid: str = ""
    series_uid: str = ""
    modality: str = ""
    study_date: str = ""
    patient_key: str = ""
    accession_key: str = ""

    @property
    def file_name(self) -> str:
        """Under which the file is kept; a name made here alone, so that no file leaves its folder."""
        return f"{self.image_id[:2]}/{self.image_id}{SUFFIX[self.format]}"


def secret_of(path: Path) -> bytes:
    """The key of this server's ids, made once. Who has it can tell whether an id is that of a UID at hand."""
    if not path.is_file():
        path.write_text(secrets.token_hex(32), encoding="ascii")
        path.chmod(0o600)
    return bytes.fromhex(path.read_text(encoding="ascii"))


def keyed(secret: bytes, kind: str, value: str) -> str:
    """24 hex digits that stand for a value, and tell nothing of it to who lacks the secret."""
    return hmac.new(secret, f"{kind}|{value}".encode(), hashlib.sha256).hexdigest()[:24] if value else ""


def identify(path: Path, secret: bytes) -> Identity:
    """Which image a file is.

    Raises:
        Refused: when it is none, or has no usable SOP Instance UID.
    """
    with path.open("rb") as file:
        head = file.read(144)
        has_meta = head[128:132] == b"DICM"
        start = 144 + int.from_bytes(head[META], "little") if has_meta else 0
        file.seek(start)
        content = file_digest(file, "sha256")
    for name, begin in (("PNG", PNG), ("JPEG", JPEG)):
        if head.startswith(begin):
            uid = f"2.25.{int(content.hexdigest()[:32], 16)}"
            image_id = keyed(secret, "image", uid)
            return Identity(image_id, uid, content.hexdigest(), path.stat().st_size, name, study_uid=uid)
    if not (has_meta or head.startswith(BARE_DICOM)):
        raise not_understood("No image that is known here" if head else "An empty file")
    words = _header(path)
    uid = _uid(words["SOPInstanceUID"])
    if not uid:
        raise not_understood("A DICOM file without a valid SOP Instance UID")
    content.update(words["TransferSyntaxUID"].encode())
    patient = "|".join(filter(None, (words["PatientID"], words["IssuerOfPatientID"])))
    return Identity(
        keyed(secret, "image", uid),
        uid,
        content.hexdigest(),
        path.stat().st_size,
        "DICOM",
        sop_class=_uid(words["SOPClassUID"]),
        study_uid=_uid(words["StudyInstanceUID"]),
        series_uid=_uid(words["SeriesInstanceUID"]),
        modality=words["Modality"],
        study_date=words["StudyDate"],
        patient_key=keyed(secret, "patient", patient),
        accession_key=keyed(secret, "accession", words["AccessionNumber"]),
    )


def _header(path: Path) -> dict[str, str]:
    """What stands under `TAGS`, as text; an empty text where nothing does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # many files break small rules, and pydicom's words can name the patient
        try:
            _check_deflated(path)
            said = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=TAGS, force=True)
            words = {tag: str(said.get(tag, "") or "").strip() for tag in TAGS}
            return words | {"TransferSyntaxUID": str(said.file_meta.get("TransferSyntaxUID", ""))}
        except ImageError as error:
            raise not_understood("A deflated DICOM file that inflates beyond any image") from error
        except Exception as error:  # pydicom raises what its parser stumbles over
            raise not_understood(f"A damaged DICOM file ({type(error).__name__})") from error


def _check_deflated(path: Path) -> None:
    with path.open("rb") as file:
        deflated = DEFLATED in file.read(1024)
    if deflated:
        check_inflated(path, path.read_bytes())


def _uid(text: str) -> str:
    """The UID, or an empty text for what is none."""
    return text if len(text) <= 64 and UID.fullmatch(text) else ""
