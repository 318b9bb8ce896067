"""One model, two truths: NIH's labels mined from reports against those that radiologists read from the image.

    python benchmarks/two_truths.py PREDICTIONS ROOT

Both are asked of the same predictions and the same images (`nih14_experts`), so that the difference is paired: the same
patients are drawn for both. Findings with fewer than 20 images in either truth are left out.
"""

import sys

import numpy as np

from hilum.datasets import datasets
from hilum.evaluation.bootstrap import draw
from hilum.evaluation.metrics import metrics
from hilum.schema import LabelPredictions

FEWEST = 20
REPLICATES = 2000


def main(path: str, root: str) -> None:
    predictions = LabelPredictions.load(path)
    experts = datasets["nih14_experts"](root)
    experts = experts.where(experts.images.image_id.isin(predictions.table.image_id), "Predicted")
    text = datasets["nih14"](root)
    text = text.where(text.images.image_id.isin(experts.images.image_id), "Read by radiologists")
    scores = predictions.table.set_index("image_id").loc[experts.images.image_id, list(predictions.findings)].to_numpy()
    draws = draw(experts.images.patient_id, replicates=REPLICATES, seed=0)
    weights = draws.weights[draws.patient][:, : REPLICATES + 1].astype(float)
    print(
        f"{len(experts)} images of {draws.patients} patients; 95 % intervals of {REPLICATES} replicates, by patient.\n"
    )
    print("| finding | present in the text | present by readers | AUROC, text | AUROC, readers | text less readers |")
    print("| --- | --- | --- | --- | --- | --- |")
    kept = []
    for place, finding in enumerate(predictions.findings):
        truths = [cohort.labels_for(predictions.findings)[:, place] for cohort in (text, experts)]
        counts = [int(truth.sum()) for truth in truths]
        if min(counts) < FEWEST:
            continue
        values = [np.asarray(metrics["auroc"](truth, scores[:, place], weights)) for truth in truths]
        kept.append(values)
        print(_row(finding, counts, values))
    means = [np.mean([values[side] for values in kept], axis=0) for side in (0, 1)]
    print(_row(f"**mean of {len(kept)}**", ["", ""], means))


def _row(name: str, counts: list, values: list) -> str:
    cells = [name, *map(str, counts), *map(_told, values), _told(values[0] - values[1], "+")]
    return f"| {' | '.join(cells)} |"


def _told(values: np.ndarray, sign: str = "") -> str:
    low, high = np.nanquantile(values[1:], [0.025, 0.975])
    return f"{values[0]:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})"


if __name__ == "__main__":
    main(*sys.argv[1:])
