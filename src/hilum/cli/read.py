"""`hilum read`: what a Run says of images at hand."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device
from hilum.schema import ConfigError, DataError
from hilum.schema.files import check_out_file, check_out_folder

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="[RUN] IMAGE…",
        help="A Run folder, made by hilum train or hilum import, then DICOM, PNG or JPEG files. "
        "Without a Run the starter reads, a small model that comes with Hilum.",
    ),
]


@app.command()
def read(
    files: Files,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="reading.html (a page) or reading.json (numbers); with --to a folder.")
    ],
    to: Annotated[
        str, typer.Option(help="Formats to write into the folder, as sr,fhir,text; hilum ls writers, documents.")
    ] = "",
    similar: Annotated[
        Path | None, typer.Option(help="Open-i's folder: also name reports of other patients with like findings.")
    ] = None,
    method: Annotated[str, typer.Option(help="hilum ls explainers; auto: the one that suits the model.")] = "auto",
    device: Device = "auto",
) -> None:
    """Read images: findings with probabilities and heatmaps, as a page or as JSON.

    A file that cannot be read is named with its reason, and the others are read all the same.

    With --to, each image is written for other systems: DICOM objects (sr, seg, sc, gsps), fhir, text; html and json
    are the page and the numbers of all. DICOM and FHIR need a DICOM image, whose patient and study they are of.

    Example: `hilum read image.dcm -o reading.html`, `hilum read runs/small image.dcm other.png -o reading.html`

    Example: `hilum read image.dcm --to sr,sc,fhir,text -o readings`
    """
    from hilum.runs import Run
    from hilum.runs.starter import SENTENCE, starter
    from hilum.workflows.read import NOTICE, SUFFIXES
    from hilum.workflows.read import read as read_images

    if to:
        _write(files, to.split(","), out, similar=similar, method=method, device=device)
        return
    check_out_file(out, SUFFIXES)
    folder, images = parted(files)
    run = Run.open(folder) if folder else starter()
    reading = read_images(run, images, method=method if out.suffix.lower() == ".html" else None, device=device)
    reading.save(out)
    for failure in reading.predictions.failures.itertuples():
        typer.echo(str(failure.reason), err=True)
    if without := reading.predictions.provenance.get("without_features"):
        typer.echo(f"Read from the image alone: of {', '.join(without)}, which the model also takes, nothing is known.")
    if folder is None:
        typer.echo(SENTENCE)
    typer.echo(f"{out}: {len(reading.images):,} of {len(images):,} images read. {NOTICE}")


def _write(files: list[Path], formats: list[str], out: Path, *, similar: Path | None, method: str, device: str) -> None:
    """Read, then write in other systems' formats."""
    from hilum.datasets import datasets
    from hilum.outputs.save import check_formats
    from hilum.runs import Run
    from hilum.runs.starter import SENTENCE, starter
    from hilum.workflows.read import NOTICE
    from hilum.workflows.read import read as read_images
    from hilum.workflows.write import LOOKING, PAGES, write

    formats = check_formats([name.strip() for name in formats], PAGES)
    check_out_folder(out)
    reports = datasets["openi"](similar) if similar else None
    folder, images = parted(files)
    run = Run.open(folder) if folder else starter()
    reading = read_images(run, images, method=method if LOOKING & set(formats) else None, device=device)
    written = write(reading, formats, out, reports=reports)
    for reason in [*map(str, reading.predictions.failures.reason), *(reason for _, reason in written.refused)]:
        typer.echo(reason, err=True)
    if not written.files:
        raise DataError(f"{out}: nothing could be written.")
    if folder is None:
        typer.echo(SENTENCE)
    typer.echo(f"{out}: {len(written.files):,} files of {len(reading.images):,} images. {NOTICE}")


def parted(files: list[Path]) -> tuple[Path | None, list[Path]]:
    """The Run's folder, None where a file stands first, and the images."""
    first, *rest = files
    if first.is_file() or (first.suffix and not first.is_dir()):
        return None, files
    if not rest:
        raise ConfigError(f"{first}: a Run without an image to read. Expected image files behind it.")
    return first, rest
