"""`hilum explain`: where a Run looks on one image."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device, RunFolder
from hilum.schema.files import replacing

if TYPE_CHECKING:
    pass

Images = Annotated[list[Path], typer.Argument(metavar="IMAGE…", help="DICOM, PNG or JPEG files.")]


@app.command()
def explain(
    run: RunFolder,
    image: Annotated[Path, typer.Argument(help="A DICOM, PNG or JPEG file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="PNG file to write.")],
    finding: Annotated[str | None, typer.Option(help="Which finding; the most probable one when left out.")] = None,
    method: Annotated[str, typer.Option(help="hilum ls explainers; auto: the one that suits the model.")] = "auto",
    device: Device = "auto",
) -> None:
    """A heatmap over an image: what spoke for a finding.

    Example: `hilum explain runs/small image.dcm --finding Effusion -o overlay.png`
    """
    from hilum.reports import overlay_png
    from hilum.runs import Run
    from hilum.runs import explain as look
    from hilum.runs.read import read as read_images

    opened = Run.open(run)
    seen = read_images(opened, [image], method=None, device=device)
    told = seen.predictions
    chosen = finding or told.findings[int(told.probabilities[0].argmax())]
    explanation = look(opened, seen.images, findings=[chosen], method=method, device=device)[0]
    with replacing(out) as file:
        file.write_bytes(overlay_png(seen.images[0], explanation))
    probability = told.probabilities[0, told.findings.position(chosen)]
    typer.echo(f"{out}: {explanation.finding}, probability {probability:.3f}. For research, not a medical device.")
