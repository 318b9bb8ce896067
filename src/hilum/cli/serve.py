"""`hilum serve`: the door."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import SERVE_FOLDER, Device, ServeFolder
from hilum.schema import DependencyError

SENT = ["sr", "seg", "sc", "gsps", "fhir"]  # to other systems, which is asked for with --send-to


@app.command()
def serve(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN…]",
            help="Run folders, each an opinion of its own; RUN@PA,AP reads these views alone. Else the starter reads.",
        ),
    ] = None,
    folder: ServeFolder = SERVE_FOLDER,
    host: Annotated[
        str, typer.Option(help="Address of HTTP; another than 127.0.0.1 needs a key: hilum key.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Of HTTP.")] = 8000,
    dicom_host: Annotated[
        str, typer.Option(help="Address of C-STORE; another than 127.0.0.1 needs --from-ae.")
    ] = "127.0.0.1",
    dicom_port: Annotated[int, typer.Option(min=0, max=65535, help="Of C-STORE; 0 for none.")] = 11112,
    ae_title: Annotated[str, typer.Option(help="By which modalities call this server.")] = "HILUM",
    from_ae: Annotated[
        list[str] | None, typer.Option(help="An application entity that may send; may be repeated.")
    ] = None,
    watch: Annotated[Path | None, typer.Option(help="A folder whose new files are taken in.")] = None,
    send_to: Annotated[
        list[str] | None, typer.Option(help="stow:URL, dicom:AE@HOST:PORT or fhir:URL; may be repeated.")
    ] = None,
    objects: Annotated[
        list[str] | None, typer.Option(help="What is written of a DICOM image: sr, seg, sc, gsps, fhir; left out: all.")
    ] = None,
    keep_days: Annotated[
        int | None, typer.Option(min=1, help="Images go after so many days, with all of them.")
    ] = None,
    most_waiting: Annotated[int, typer.Option(min=1, help="Images that may wait to be read.")] = 2000,
    least_free_gb: Annotated[float, typer.Option(min=0, help="What stays free on the disk, in GB.")] = 1.0,
    device: Device = "auto",
) -> None:
    """Serve: take images in by C-STORE, DICOMweb, HTTP or a folder, read them, and show and send on what was found.

    Each image is on the disk before it is answered for. Example: `hilum serve`, then open http://127.0.0.1:8000

    Several Runs read side by side. Example: `hilum serve runs/frontal@PA,AP runs/detector`
    """
    _need_extra()
    from hilum.serve.objects import check_formats
    from hilum.serve.outbox import check_destination
    from hilum.serve.served import parse_runs
    from hilum.serve.server import serve as run_server
    from hilum.serve.settings import Settings

    for destination in send_to or []:
        check_destination(destination)
    settings = Settings(
        folder=folder.resolve(),
        runs=parse_runs(runs or []),
        host=host,
        port=port,
        dicom_host=dicom_host,
        dicom_port=dicom_port,
        ae_title=ae_title,
        callers=tuple(from_ae or ()),
        watch=watch,
        send_to=tuple(send_to or ()),
        objects=check_formats(objects or (SENT if send_to else [])),
        keep_days=keep_days,
        most_waiting=most_waiting,
        least_free_bytes=int(least_free_gb * 1e9),
        device=device,
    )
    typer.echo(
        f"http://{host}:{port} (pages and API)"
        + (f", {ae_title}@{dicom_host}:{dicom_port} (C-STORE)" if dicom_port else "")
    )
    typer.echo("For research, not a medical device.")
    run_server(settings)


def _need_extra() -> None:
    missing = [name for name in ("fastapi", "uvicorn", "pynetdicom", "prometheus_client") if not _is_there(name)]
    if missing:
        raise DependencyError(f"hilum serve needs {', '.join(missing)}: pip install 'hilum[serve]'.")


def _is_there(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None
