"""To a PACS by C-STORE."""

import io
import re
from collections.abc import Iterable

import pydicom
from pynetdicom import AE

from hilum.schema import ConfigError, DataError

PLACE = re.compile(r"([^@]{1,16})@([^@]+):([0-9]{1,5})")
OWN_TITLE = "HILUM"
SECONDS = 30


def send_dicom(where: str, objects: list[bytes], bundles: list[bytes]) -> None:  # noqa: ARG001  every sender is called alike
    """Store objects at an application entity.

    Args:
        where: as in `ORTHANC@localhost:4242`.
        objects: DICOM files.
        bundles: not sent.

    Raises:
        DataError: when one was not stored.
    """
    found = PLACE.fullmatch(where)
    if found is None:
        raise ConfigError(f"{where}: expected AE@HOST:PORT.")
    datasets = [pydicom.dcmread(io.BytesIO(each)) for each in objects]
    if not datasets:
        return
    entity = AE(ae_title=OWN_TITLE)
    entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = SECONDS
    for kind, syntax in _kinds(datasets):  # of these objects alone: the usual contexts lack Comprehensive 3D SR
        entity.add_requested_context(kind, syntax)
    association = entity.associate(found[2], int(found[3]), ae_title=found[1])
    if not association.is_established:
        raise DataError("The application entity does not answer, or refuses this one.")
    try:
        for dataset in datasets:
            status = association.send_c_store(dataset)
            code = status.get("Status") if status else None
            if code is None or (code != 0 and code & 0xF000 != 0xB000):  # 0xBxxx: stored, with a warning
                raise DataError("An object was not stored " + ("(no answer)." if code is None else f"(0x{code:04X})."))
    finally:
        association.release()


def _kinds(datasets: Iterable[pydicom.Dataset]) -> set[tuple[str, str]]:
    return {(str(each.SOPClassUID), str(each.file_meta.TransferSyntaxUID)) for each in datasets}
