"""Serve: open the folder, start the process that reads, listen, and stop in order."""

import logging
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import NoReturn

import uvicorn

from hilum.schema import ConfigError
from hilum.serve.app import make_app
from hilum.serve.audit_log import AuditLog
from hilum.serve.dicom_in import listen
from hilum.serve.door import Door
from hilum.serve.intake import Intake
from hilum.serve.keys import Keys
from hilum.serve.metrics import Metrics
from hilum.serve.outbox import Outbox
from hilum.serve.recovery import open_folder
from hilum.serve.retention import Retention
from hilum.serve.settings import LOOPBACK, Settings
from hilum.serve.supervisor import Supervisor
from hilum.serve.watched import Watched

QUIET = ("pynetdicom", "pydicom", "uvicorn.access", "multipart")  # their lines hold addresses and tags
STOP_SECONDS = 10


def serve(settings: Settings) -> None:
    """Serve until interrupted.

    Raises:
        ConfigError: when others could come in without a key, or another server has the folder.
    """
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    check_open(settings)
    signal.signal(
        signal.SIGTERM, _leave
    )  # uvicorn stops at the signal and raises it again, which would skip our own end
    with opened(settings) as door:
        config = uvicorn.Config(
            make_app(door),
            host=settings.host,
            port=settings.port,
            access_log=False,  # an address can hold a UID
            log_level="warning",
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        uvicorn.Server(config).run()


def _leave(*_: object) -> NoReturn:
    raise SystemExit(0)


def check_open(settings: Settings) -> None:
    """Refuse to listen where others can come in and no key is asked for.

    Raises:
        ConfigError: with what to do.
    """
    if not settings.is_local and not Keys(settings.folder).all():
        raise ConfigError(
            f"{settings.host}: others could come in, and no key was made. Make one: hilum key NAME --folder "
            f"{settings.folder}, or listen on 127.0.0.1 alone."
        )
    if settings.dicom_port and settings.dicom_host not in LOOPBACK and not settings.callers:
        raise ConfigError(
            f"{settings.dicom_host}: any machine could send by C-STORE. Name those that may: --from-ae TITLE, or "
            "listen on 127.0.0.1 alone."
        )


@contextmanager
def opened(settings: Settings) -> Iterator[Door]:
    """A server with all that runs beside HTTP, stopped in order behind the block."""
    folder = open_folder(settings)
    supervisor = Supervisor(settings, folder.database)
    intake = Intake(settings, folder.database, folder.secret, supervisor.wake)
    metrics, audit = Metrics(folder.database), AuditLog(settings.folder)
    door = Door(settings, folder.database, intake, supervisor, Keys(settings.folder), audit, metrics)
    audit.note("server", "start", outcome="; ".join(folder.notes) or "done")
    with ExitStack() as running:
        running.callback(folder.close)
        running.callback(audit.note, "server", "stop")
        supervisor.start()
        running.callback(supervisor.stop)
        if settings.send_to:
            outbox = Outbox(settings, folder.database)
            outbox.start()
            running.callback(outbox.stop)
        if settings.keep_days is not None:
            retention = Retention(settings, folder.database, audit)
            retention.start()
            running.callback(retention.stop)
        if settings.watch is not None:
            watched = Watched(settings.watch, intake, audit)
            watched.start()
            running.callback(watched.stop)
        if settings.dicom_port:
            listener = listen(intake, audit, metrics)
            running.callback(listener.shutdown)
        yield door
