"""`hilum read`: what a Run says of images at hand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device, RunFolder
from hilum.schema.errors import ConfigError
from hilum.schema.files import write_json, write_text

if TYPE_CHECKING:
    from hilum.runs.read import Reading

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
    from hilum.runs.read import read as read_images

    if out.suffix not in (".html", ".json"):
        raise ConfigError(f"{out}: expected a name ending in .html or .json.")
    opened = Run.open(run)
    reading = read_images(opened, images, method=method if out.suffix == ".html" else None, device=device)
    write_reading(reading, out)
    for failure in reading.predictions.failures.itertuples():
        typer.echo(str(failure.reason), err=True)
    if without := reading.predictions.provenance.get("without_features"):
        typer.echo(f"Read from the image alone: of {', '.join(without)}, which the model also takes, nothing is known.")
    typer.echo(f"{out}: {len(reading.images):,} of {len(images):,} images read. For research, not a medical device.")


def write_reading(reading: "Reading", out: Path) -> None:
    """Write a reading as a page or as JSON, by the file's suffix."""
    from hilum.reports import reading_page
    from hilum.reports.reading import without_folder

    told = reading.predictions
    points = told.provenance.get("operating_points", {})
    if out.suffix == ".html":
        write_text(
            out, reading_page(reading.images, told, reading.explanations, operating_points=points.get("thresholds"))
        )
        return
    table = zip(reading.images, told.probabilities.tolist(), strict=True)
    write_json(
        out,
        {
            "notice": "For research, not a medical device.",
            "provenance": told.provenance,
            "operating_points": points.get("thresholds"),
            "images": [
                {
                    "image_id": image.image_id,
                    "file": image.path.name,
                    "probabilities": dict(zip(told.findings, row, strict=True)),
                }
                for image, row in table
            ],
            "failures": [
                {"image_id": row.image_id, "reason": without_folder(str(row.reason))}
                for row in told.failures.itertuples()
            ],
        },
    )
