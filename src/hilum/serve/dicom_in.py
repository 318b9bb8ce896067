"""C-STORE: what modalities and PACS send, as raw bytes to the disk, answered when it is kept."""

import logging
import tempfile
from pathlib import Path
from typing import Any
from weakref import WeakSet

from pydicom.uid import UID, AllTransferSyntaxes
from pynetdicom import AE, _config, evt
from pynetdicom.presentation import AllStoragePresentationContexts, build_context
from pynetdicom.transport import ThreadedAssociationServer

from hilum.serve.audit_log import AuditLog
from hilum.serve.intake import Intake
from hilum.serve.metrics import Metrics
from hilum.serve.refused import Refused

LOG = logging.getLogger("hilum.serve")
VERIFICATION = "1.2.840.10008.1.1"  # C-ECHO
SUCCESS, CANNOT_PROCESS = 0x0000, 0xC210
SLACK_BYTES = 16 << 20  # of messages around a data set
MOST_ASSOCIATIONS = 20
IDLE_SECONDS = 60
LARGEST_PDU = 1 << 20  # bytes; the default, 16 kB, makes of an image hundreds of messages


def listen(intake: Intake, audit: AuditLog, metrics: Metrics) -> ThreadedAssociationServer:
    """Start to listen on the settings' address; each association has a thread of its own.

    Args:
        intake: of the server.
        audit: of the server.
        metrics: of the server.
    """
    settings = intake.settings
    # A data set goes to a file as it arrives, never into memory as a whole.
    _config.STORE_RECV_CHUNKED_DATASET = True
    tempfile.tempdir = str(settings.arriving)  # which pynetdicom asks where
    entity = AE(ae_title=settings.ae_title)
    entity.maximum_associations = MOST_ASSOCIATIONS
    entity.network_timeout = entity.dimse_timeout = IDLE_SECONDS
    entity.maximum_pdu_size = LARGEST_PDU
    entity.require_calling_aet = list(settings.callers)
    syntaxes: list[str | UID] = [*AllTransferSyntaxes]
    entity.supported_contexts = [
        *(build_context(str(each.abstract_syntax), syntaxes) for each in AllStoragePresentationContexts),
        build_context(VERIFICATION),
    ]

    def store(event: evt.Event) -> int:
        sender = _sender(event)
        if event.assoc in broken_off:  # what had arrived by then was whole
            Path(event.dataset_path).unlink(missing_ok=True)
            return CANNOT_PROCESS
        try:
            receipt = intake.receive(Path(event.dataset_path), "c-store")
        except Refused as refused:
            metrics.refused("c-store", f"0x{refused.dicom:04X}")
            audit.note(sender, "submit by C-STORE", outcome=f"refused 0x{refused.dicom:04X}")
            return refused.dicom
        except Exception as error:  # a handler that raises would be logged with its data
            LOG.error("C-STORE failed: %s", type(error).__name__)
            return CANNOT_PROCESS
        metrics.received("c-store", receipt.outcome)
        audit.note(sender, "submit by C-STORE", receipt.image_id, receipt.outcome)
        return SUCCESS

    arrived: dict[int, int] = {}
    broken_off: WeakSet[Any] = WeakSet()

    def bound(event: evt.Event) -> None:
        """End an association whose data set grows beyond the limit, before it fills the disk."""
        key = id(event.assoc)
        arrived[key] = arrived.get(key, 0) + len(event.data)
        if arrived[key] > settings.most_file_bytes + SLACK_BYTES:
            metrics.refused("c-store", "aborted")
            broken_off.add(event.assoc)
            event.assoc.abort()

    def next_image(event: evt.Event) -> None:
        arrived.pop(id(event.assoc), None)

    handlers: list[Any] = [(evt.EVT_C_STORE, store), (evt.EVT_DATA_RECV, bound), (evt.EVT_DIMSE_RECV, next_image),
                (evt.EVT_CONN_CLOSE, next_image)]  # fmt: skip
    server = entity.start_server((settings.dicom_host, settings.dicom_port), block=False, evt_handlers=handlers)
    assert server is not None
    return server


def _sender(event: evt.Event) -> str:
    """The calling application entity, as the audit log names it."""
    title = str(event.assoc.requestor.ae_title).strip()
    return f"AE {title}"
