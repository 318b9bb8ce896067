"""`hilum read`: what a Run says of images at hand."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device
from hilum.schema import ConfigError
from hilum.schema.files import check_out_file

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
    out: Annotated[Path, typer.Option("--out", "-o", help="reading.html (a page) or reading.json (numbers).")],
    method: Annotated[str, typer.Option(help="hilum ls explainers; auto: the one that suits the model.")] = "auto",
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="Also measure lungs and heart, by the small model of them.")
    ] = True,
    device: Device = "auto",
) -> None:
    """Read images: findings with probabilities and heatmaps, as a page or as JSON.

    A file that cannot be read is named with its reason, and the others are read all the same.

    Example: `hilum read image.dcm -o reading.html`, `hilum read runs/small image.dcm other.png -o reading.html`
    """
    from hilum.runs import Run
    from hilum.runs.lungs import lungs
    from hilum.runs.starter import SENTENCE, starter
    from hilum.workflows.read import NOTICE, SUFFIXES
    from hilum.workflows.read import read as read_images

    check_out_file(out, SUFFIXES)
    folder, images = parted(files)
    run = Run.open(folder) if folder else starter()
    masks = lungs() if measure else None
    shown = method if out.suffix.lower() == ".html" else None
    reading = read_images(run, images, method=shown, masks=masks, device=device)
    reading.save(out)
    for failure in reading.predictions.failures.itertuples():
        typer.echo(str(failure.reason), err=True)
    if without := reading.predictions.provenance.get("without_features"):
        typer.echo(f"Read from the image alone: of {', '.join(without)}, which the model also takes, nothing is known.")
    if folder is None:
        typer.echo(SENTENCE)
    typer.echo(f"{out}: {len(reading.images):,} of {len(images):,} images read. {NOTICE}")


def parted(files: list[Path]) -> tuple[Path | None, list[Path]]:
    """The Run's folder, None where a file stands first, and the images."""
    first, *rest = files
    if first.is_file() or (first.suffix and not first.is_dir()):
        return None, files
    if not rest:
        raise ConfigError(f"{first}: a Run without an image to read. Expected image files behind it.")
    return first, rest
