"""To a PACS by DICOMweb STOW-RS, and asked for again by QIDO-RS: some servers answer 200 and store nothing."""

import io
import json
import uuid

import pydicom

from hilum.schema import DataError
from hilum.serve.senders.http import request

FAILED = "00081198"  # FailedSOPSequence
JSON = "application/dicom+json"


def send_stow(where: str, objects: list[bytes], bundles: list[bytes]) -> None:  # noqa: ARG001  every sender is called alike
    """Store objects at a DICOMweb address.

    Args:
        where: as in `http://localhost:8042/dicom-web`.
        objects: DICOM files.
        bundles: not sent.

    Raises:
        DataError: when one was not stored.
    """
    if not objects:
        return
    boundary = uuid.uuid4().hex
    parts = [b"--%b\r\nContent-Type: application/dicom\r\n\r\n%b\r\n" % (boundary.encode(), each) for each in objects]
    body = b"".join(parts) + b"--%b--\r\n" % boundary.encode()
    kind = f'multipart/related; type="application/dicom"; boundary={boundary}'
    answer = json.loads(request(f"{where}/studies", accept=JSON, body=body, content_type=kind) or b"{}")
    failed = answer.get(FAILED, {}).get("Value", [])
    if failed:
        raise DataError(f"The server stored {len(objects) - len(failed)} of {len(objects)} objects.")
    for each in objects:
        uid = pydicom.dcmread(io.BytesIO(each), specific_tags=["SOPInstanceUID"]).SOPInstanceUID
        if not json.loads(request(f"{where}/instances?SOPInstanceUID={uid}", accept=JSON) or b"[]"):
            raise DataError("The server answered that it stored an object, and does not find it.")
