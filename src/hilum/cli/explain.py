"""`hilum explain`: where a Run looks on one image."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device, RunFolder
from hilum.schema.files import check_out_file, replacing


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
    from hilum.inference import Predictor
    from hilum.reports import overlay_png
    from hilum.runs import Run
    from hilum.workflows.read import read

    check_out_file(out, (".png",))
    predictor = Predictor.open(Run.open(run), device=device)
    reading = read(predictor, [image], method=None)
    predictions = reading.predictions
    chosen = finding or predictions.findings[int(predictions.probabilities[0].argmax())]
    explanation = predictor.explain(predictor.memory(reading.images), findings=[chosen], method=method)[0]
    with replacing(out) as file:
        file.write_bytes(overlay_png(reading.images[0], explanation))
    probability = predictions.probabilities[0, predictions.findings.position(chosen)]
    typer.echo(f"{out}: {explanation.finding}, probability {probability:.3f}. For research, not a medical device.")
