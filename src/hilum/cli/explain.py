"""`hilum explain`: where a Run looks on one image."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Device, ExplainMethod, RunFolder, Smoothing, Zero
from hilum.schema.files import check_out_file, replacing


@app.command()
def explain(
    run: RunFolder,
    image: Annotated[Path, typer.Argument(help="A DICOM, PNG or JPEG file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="PNG file to write.")],
    finding: Annotated[str | None, typer.Option(help="Which finding; the most probable one when left out.")] = None,
    method: ExplainMethod = "auto",
    zero: Zero = "mean",
    smoothing: Smoothing = 0.0,
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
    source = predictor.memory(reading.images)
    explanation = predictor.explain(source, findings=[chosen], method=method, zero=zero, smoothing=smoothing)[0]
    with replacing(out) as file:
        file.write_bytes(overlay_png(reading.images[0], explanation))
    probability = predictions.probabilities[0, predictions.findings.position(chosen)]
    typer.echo(f"{out}: {explanation.finding}, probability {probability:.3f}. For research, not a medical device.")
