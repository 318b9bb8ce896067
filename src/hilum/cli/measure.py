"""`hilum measure`: lungs and heart of images at hand."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device
from hilum.cli.read import parted
from hilum.schema.files import check_out_file

Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="[RUN] IMAGE…",
        help="A Run that outlines lungs and heart, then DICOM, PNG or JPEG files. "
        "Without a Run the small model that comes with Hilum.",
    ),
]


@app.command()
def measure(
    files: Files,
    out: Annotated[Path, typer.Option("--out", "-o", help="measures.html (a page) or measures.json (numbers).")],
    device: Device = "auto",
) -> None:
    """Measure frontal images: cardiothoracic ratio and lung areas, with outlines, and what cannot be told.

    Example: `hilum measure image.dcm -o measures.html`
    """
    from hilum.runs import Run
    from hilum.runs.lungs import lungs
    from hilum.workflows.measure import measure as measure_images
    from hilum.workflows.read import NOTICE, SUFFIXES

    check_out_file(out, SUFFIXES)
    folder, images = parted(files)
    measured = measure_images(Run.open(folder) if folder else lungs(), images, device=device)
    measured.save(out)
    for _, reason in measured.failures:
        typer.echo(reason, err=True)
    for image in measured.images:
        chest = measured.chests[image.image_id]
        ratio = "not told" if chest.ratio is None else f"{chest.ratio.value:.3f}"
        typer.echo(f"{image.image_id}: cardiothoracic ratio {ratio}. {' '.join(chest.problems)}".rstrip())
    typer.echo(f"{out}: {len(measured.images):,} of {len(images):,} images measured. {NOTICE}")
