"""`hilum read`: what a Run says of images at hand."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Backend, Device
from hilum.schema import ConfigError, DataError
from hilum.schema.files import check_out_file, check_out_folder

if TYPE_CHECKING:
    from hilum.runs import Run

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
        Path, typer.Option("--out", "-o", help="reading.html (a page), reading.json (numbers), or a folder.")
    ],
    to: Annotated[
        str, typer.Option(help="Formats to write into the folder, as sr,fhir,text; hilum ls writers, documents.")
    ] = "",
    similar: Annotated[
        Path | None, typer.Option(help="Open-i's folder: also name reports of other patients with like findings.")
    ] = None,
    method: Annotated[str, typer.Option(help="hilum ls explainers; auto: the one that suits the model.")] = "auto",
    measure: Annotated[
        bool, typer.Option("--measure/--no-measure", help="Also measure lungs and heart, by the small model of them.")
    ] = True,
    device: Device = "auto",
    backend: Backend = "auto",
    pages: Annotated[bool, typer.Option("--pages", help="Into a folder: a page an image, beside its numbers.")] = False,
) -> None:
    """Read images: findings with probabilities and heatmaps, as a page or as JSON.

    A file that cannot be read is named with its reason, and the others are read all the same. Into a folder go one
    reading an image and a table of all; the same command goes on where it was interrupted.

    With --to, each image is written for other systems: DICOM objects (sr, seg, sc, gsps), fhir, text; html and json
    are the page and the numbers of all. DICOM and FHIR need a DICOM image, whose patient and study they are of.

    Example: `hilum read image.dcm -o reading.html`, `hilum read runs/small image.dcm other.png -o reading.html`

    Example: `hilum read image.dcm --to sr,sc,fhir,text -o readings`

    Example: `hilum read runs/small images/*.dcm -o readings`, `hilum read runs/detector image.dcm -o boxes.html`

    A Run that finds boxes is read with in every one of these ways.
    """
    from hilum.runs import Run
    from hilum.runs.lungs import lungs
    from hilum.runs.starter import SENTENCE, starter
    from hilum.workflows.read import NOTICE, SUFFIXES
    from hilum.workflows.read_any import read_any

    if to:
        _write(
            files, to.split(","), out, similar=similar, method=method, measure=measure, device=device, backend=backend
        )
        return
    folder, images = parted(files)
    into_folder = not out.suffix or out.is_dir()
    if into_folder:
        check_out_folder(out)
    else:
        check_out_file(out, SUFFIXES)
    run = Run.open(folder) if folder else starter()
    masks = lungs() if measure else None
    if into_folder:
        _many(run, images, out, pages=pages, method=method, masks=masks, device=device, backend=backend)
        return
    shown = method if out.suffix.lower() == ".html" else None
    reading = read_any(run, images, method=shown, masks=masks, device=device, backend=backend)
    reading.save(out)
    for failure in reading.predictions.failures.itertuples():
        typer.echo(str(failure.reason), err=True)
    if without := reading.predictions.provenance.get("without_features"):
        typer.echo(f"Read from the image alone: of {', '.join(without)}, which the model also takes, nothing is known.")
    if folder is None:
        typer.echo(SENTENCE)
    typer.echo(f"{out}: {len(reading.images):,} of {len(images):,} images read. {NOTICE}")


def _write(
    files: list[Path],
    formats: list[str],
    out: Path,
    *,
    similar: Path | None,
    method: str,
    measure: bool,
    device: str,
    backend: str,
) -> None:
    """Read, then write in other systems' formats."""
    from hilum.datasets import datasets
    from hilum.outputs.save import check_formats
    from hilum.runs import Run
    from hilum.runs.lungs import lungs
    from hilum.runs.starter import SENTENCE, starter
    from hilum.workflows.read import NOTICE
    from hilum.workflows.read_any import read_any
    from hilum.workflows.write import LOOKING, PAGES, write

    formats = check_formats([name.strip() for name in formats], PAGES)
    check_out_folder(out)
    reports = datasets["openi"](similar) if similar else None
    folder, images = parted(files)
    run = Run.open(folder) if folder else starter()
    reading = read_any(
        run,
        images,
        method=method if LOOKING & set(formats) else None,
        masks=lungs() if measure else None,
        device=device,
        backend=backend,
    )
    written = write(reading, formats, out, reports=reports)
    for reason in [*map(str, reading.predictions.failures.reason), *(reason for _, reason in written.refused)]:
        typer.echo(reason, err=True)
    if not written.files:
        raise DataError(f"{out}: nothing could be written.")
    if folder is None:
        typer.echo(SENTENCE)
    typer.echo(f"{out}: {len(written.files):,} files of {len(reading.images):,} images. {NOTICE}")


def _many(
    run: "Run",
    images: list[Path],
    out: Path,
    *,
    pages: bool,
    method: str,
    masks: "Run | None",
    device: str,
    backend: str,
) -> None:
    from hilum.inference import Predictor
    from hilum.workflows.read import NOTICE
    from hilum.workflows.read_many import read_many

    predictor = Predictor.open(run, backend=backend, device=device)
    outliner = None if masks is None else Predictor.open(masks, device=device)
    done = read_many(predictor, images, out, pages=pages, method=method, masks=outliner)
    for failure in done.predictions.failures.itertuples():
        typer.echo(str(failure.reason), err=True)
    before = f", {done.before:,} of them before" if done.before else ""
    typer.echo(f"{out}: {len(done.predictions):,} of {len(images):,} images read{before}. {NOTICE}")


def parted(files: list[Path]) -> tuple[Path | None, list[Path]]:
    """The Run's folder, None where a file stands first, and the images."""
    first, *rest = files
    if first.is_file() or (first.suffix and not first.is_dir()):
        return None, files
    if not rest:
        raise ConfigError(f"{first}: a Run without an image to read. Expected image files behind it.")
    return first, rest
