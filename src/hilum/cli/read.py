"""`hilum read`: what a Run says of images at hand."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device, RunFolder
from hilum.schema.files import check_out_file

Images = Annotated[list[Path], typer.Argument(metavar="IMAGE…", help="DICOM, PNG or JPEG files.")]


@app.command()
def read(
    run: RunFolder,
    images: Images,
    out: Annotated[Path, typer.Option("--out", "-o", help="reading.html (a page) or reading.json (numbers).")],
    method: Annotated[str, typer.Option(help="hilum ls explainers; auto: the one that suits the model.")] = "auto",
    device: Device = "auto",
) -> None:
    """Read images: findings with probabilities and heatmaps, as a page or as JSON.

    A file that cannot be read is named with its reason, and the others are read all the same.

    Example: `hilum read runs/small image.dcm other.png -o reading.html`
    """
    from hilum.runs import Run
    from hilum.workflows.read import NOTICE, SUFFIXES
    from hilum.workflows.read import read as read_images

    check_out_file(out, SUFFIXES)
    reading = read_images(
        Run.open(run), images, method=method if out.suffix.lower() == ".html" else None, device=device
    )
    reading.save(out)
    for failure in reading.predictions.failures.itertuples():
        typer.echo(str(failure.reason), err=True)
    if without := reading.predictions.provenance.get("without_features"):
        typer.echo(f"Read from the image alone: of {', '.join(without)}, which the model also takes, nothing is known.")
    typer.echo(f"{out}: {len(reading.images):,} of {len(images):,} images read. {NOTICE}")
