"""`hilum attention`: where a Run looked and where the lungs lie, fused."""

from pathlib import Path
from typing import Annotated

import typer

from hilum.cli.app import app
from hilum.cli.arguments import Dataset, Device, Root, RunFolder
from hilum.cli.cohorts import open_cohort
from hilum.cli.features import Masks, prepared
from hilum.schema.files import check_out_folder


@app.command()
def attention(
    run: RunFolder,
    dataset: Dataset,
    root: Root,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for lungs, heat and a fused-LAMBDA.parquet each.")],
    share: Annotated[
        list[float] | None, typer.Option("--lambda", min=0, max=1, help="Share of the lungs; may be repeated.")
    ] = None,
    smooth: Annotated[float, typer.Option(min=0, help="Standard deviation of a Gaussian, in cells.")] = 1.0,
    side: Annotated[int, typer.Option(min=4, max=64, help="Cells a side.")] = 28,
    method: Annotated[str, typer.Option(help="hilum ls explainers; auto: cam where the head allows it.")] = "auto",
    masks: Masks = None,
    device: Device = "auto",
) -> None:
    """Attention maps, F = lambda M + (1 - lambda) G: M the lungs, G the mean heatmap of a Run, both in [0, 1].

    Without masks an atlas of two ellipses stands in for the lungs. Given again after it was cut off, it goes on.

    Example: `hilum attention runs/small nih14 data/nih --masks lungs.parquet --lambda 0.4 --lambda 0.5 -o maps`
    """
    from hilum.features import extract
    from hilum.features.lungs import masks_of
    from hilum.runs import Run
    from hilum.workflows.image_features import fused_maps, heat_maps

    check_out_folder(out)
    cohort = prepared(open_cohort(dataset, root), masks, None, files=True)
    known, work = masks_of(cohort), out / "parts"
    settings = {"side": side, "lungs": "masks" if known else "atlas"}
    lungs = extract(cohort, ["lung_map"], {"lung_map": settings}, work=work)
    heat = heat_maps(Run.open(run), cohort, side=side, method=method, work=work, device=device)
    made = {"lungs": lungs, "heat": heat}
    made |= {f"fused-{weight:g}": fused_maps(lungs, heat, weight, smooth=smooth) for weight in share or [0.5]}
    for name, maps in made.items():
        maps.save(out / f"{name}.parquet")
    unknown = int(lungs.table.iloc[:, 1:].isna().all(axis=1).sum())
    typer.echo(
        f"{out}: {', '.join(made)}, {len(cohort):,} images of {side} x {side} cells; "
        + (f"{unknown:,} of them without plausible lungs." if known else "the lungs are an atlas, the same for all.")
    )
