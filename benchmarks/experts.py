"""NIH's text-mined labels, two radiologists and a CNN against the majority of three other radiologists.

    python benchmarks/experts.py data/nih OUT > benchmarks/results/experts.md

writes tables and pages into OUT. `data/nih` holds NIH's `Data_Entry_2017_v2020.csv`, Google's `expert_labels/` and, for
the second comparison, predictions of the published DenseNet-121 (jrzech/reproduce-chexnet) in
`densenet121_test_predictions.csv`. Each comparison is what `hilum compare` gives for the tables in OUT. Nothing of a
patient is printed.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from hilum.datasets import datasets
from hilum.evaluation import Comparison
from hilum.evaluation.export import interval, markdown, p_value
from hilum.evaluation.metrics.fleiss_kappa import fleiss_kappa
from hilum.evaluation.names import title
from hilum.schema.findings import NIH14, display
from hilum.workflows.compare import compare

TRUTH = (4343882785, 4343883593, 4343883996)  # the readers whose majority is the reference, as the README there says
FEWEST = 15  # images with the finding; below, nothing can be said
TABLE = """name: experts
table: truth.csv
columns: {image_id: image_id, patient_id: patient_id}
labels: {present: ["1"], absent: ["0"]}
findings:
"""


def tables(root: Path, out: Path) -> pd.DataFrame:
    """Write the cohort and one table a reader; gives the readers' calls, one row a reader and image."""
    folder = root / "expert_labels"
    names = {name.replace("_", " "): name for name in NIH14}
    readers = pd.read_csv(folder / "all_findings_expert_labels_test_individual_readers.csv").rename(columns=names)
    truth = pd.read_csv(folder / "all_findings_expert_labels_test_labels.csv").rename(columns=names)
    mined = pd.read_csv(root / "Data_Entry_2017_v2020.csv").set_index("Image Index")["Finding Labels"].str.split("|")
    for table in (readers, truth):
        table[list(NIH14)] = (table[list(NIH14)] == "YES").astype(int)
        table["image_id"] = table["Image ID"].str.removesuffix(".png")
    findings = [name for name in NIH14 if truth[name].sum() >= FEWEST]
    out.mkdir(parents=True, exist_ok=True)
    truth.rename(columns={"Patient ID": "patient_id"})[["image_id", "patient_id", *findings]].to_csv(
        out / "truth.csv", index=False
    )
    (out / "table.yaml").write_text(TABLE + "".join(f"  {name}: {name}\n" for name in findings), encoding="utf-8")
    others = sorted(set(readers["Reader ID"]) - set(TRUTH))
    for place, reader in enumerate(others, start=1):
        own = readers[readers["Reader ID"] == reader]
        own[["image_id", *findings]].to_csv(out / f"radiologist_{place}.csv", index=False)
    calls = {name: [int(name in labels) for labels in mined.loc[truth["Image ID"]]] for name in findings}
    pd.DataFrame({"image_id": truth.image_id, **calls}).to_csv(out / "text_mined.csv", index=False)
    cnn = pd.read_csv(root / "densenet121_test_predictions.csv")
    cnn = cnn.set_axis([name.removeprefix("prob_") for name in cnn.columns], axis=1)
    cnn["image_id"] = cnn["Image Index"].str.removesuffix(".png")
    cnn[cnn.image_id.isin(truth.image_id)][["image_id", *findings]].to_csv(out / "cnn.csv", index=False)
    return readers.set_index("image_id")[["Reader ID", *findings]]


def agreement(readers: pd.DataFrame) -> pd.DataFrame:
    """Fleiss' kappa of all five readers, one row a finding."""
    images = readers.index.unique()
    rows = []
    for finding in readers.columns[1:]:
        table = readers.pivot_table(index=readers.index, columns="Reader ID", values=finding).loc[images]
        rows.append({"Finding": display(finding), "Fleiss' kappa": f"{fleiss_kappa(table.to_numpy()):.2f}"})
    return pd.DataFrame(rows)


def calls(found: Comparison, metric: str) -> pd.DataFrame:
    """One row a finding: each reader's value, and the others' difference from the first with p."""
    rows = found.table[found.table.metric == metric]
    table = pd.DataFrame()
    for model, own in rows.groupby("model", sort=False):
        table["Finding"] = [display(name) for name in own.finding]
        values = own[["value", "low", "high", "too_few"]].to_numpy()
        table[str(model)] = [interval(*map(float, each[:3]), too_few=bool(each[3])) for each in values]
        if model != found.provenance["reference"]:
            gaps = own[["difference", "difference_low", "difference_high"]].to_numpy(float)
            table[f"{model} less {found.provenance['reference']}"] = [interval(*each) for each in gaps]
            table[f"p ({model})"] = [p_value(p) for p in own.p_corrected]
    return table


def beside_readers(found: Comparison) -> pd.DataFrame:
    """The model at each reader's specificity."""
    rows = found.readers[found.readers.side == "recall"]
    few = rows.too_few.to_numpy()
    gaps = rows[["difference", "low", "high"]].to_numpy(float)
    return pd.DataFrame(
        {
            "Finding": [display(name) for name in rows.finding],
            "Reader": rows.reader.to_numpy(),
            "Reader's recall": [f"{value:.3f}" for value in rows.reader_value],
            "Model's, at the reader's specificity": [f"{value:.3f}" for value in rows.model_value],
            "Difference": [interval(*gap, too_few=bool(flag)) for gap, flag in zip(gaps, few, strict=True)],
            "p, corrected": [p_value(p) for p in rows.p_corrected],
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    readers = tables(given.root, given.out)
    cohort = datasets["table"](given.out)
    present = cohort.labels.sum()
    several = [given.out / f"{name}.csv" for name in ("text_mined", "radiologist_1", "radiologist_2")]
    first = compare(several, cohort, given.out / "labels", metrics=["recall", "specificity", "cohen_kappa"])
    second = compare([given.out / "cnn.csv", *several], cohort, given.out / "cnn", metrics=["auroc"])
    held, images = first.provenance, second.provenance
    print("# Text-mined labels, two radiologists and a CNN against the majority of three radiologists\n")
    print("    python benchmarks/experts.py data/nih OUT\n")
    print(f"Reference: the majority of three radiologists on {held['images']} images of {held['patients']} patients;")
    each = ", ".join(f"{display(str(name))} {count:.0f}" for name, count in present.items())
    print(f"findings on {FEWEST} images or more ({each}).")
    print("Differences are less the text-mined labels; p after Holm over findings and readers.")
    for metric in ("recall", "specificity", "cohen_kappa"):
        print(f"\n## {title(metric)} against the majority\n\n{markdown(calls(first, metric))}")
    print(f"\n## Agreement of all five radiologists\n\n{markdown(agreement(readers))}")
    print(f"\n## The CNN, on the {images['images']} of these images of {images['patients']} patients in its test set\n")
    aurocs = second.table[(second.table.model == "cnn") & (second.table.metric == "auroc")]
    values = aurocs[["value", "low", "high"]].to_numpy(float)
    cells = [interval(*each, too_few=bool(few)) for each, few in zip(values, aurocs.too_few, strict=True)]
    names = [display(name) for name in aurocs.finding]
    print(markdown(pd.DataFrame({"Finding": names, "Present": aurocs.present.to_numpy(), "AUROC": cells})))
    print(markdown(beside_readers(second)))


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
