from pathlib import Path

import pytest

from hilum.evaluation.reproduction import load_reproduction, means_of, printed_mean, reproductions
from hilum.schema import ConfigError, Findings

ROW = "{name: a, title: A, recipe: phantom-small, differs: size}"
ONE_WAY = "expected one of recipe, members, constant and not_yet"
HEAD = "title: T\nsource: S\ndataset: nih14\ndiffers: [split]\n"


def write(folder: Path, rows: str, more: str = "") -> Path:
    path = folder / "mine.yaml"
    path.write_text(f"{HEAD}{more}tables:\n- title: one\n  images: its own\n  rows: [{rows}]\n", encoding="utf-8")
    return path


# --- the reports that come with Hilum ---


def test_the_five_reports_are_there() -> None:
    assert set(reproductions()) == {"report1", "report2", "report3", "report4", "report5"}
    assert sum(len(load_reproduction(name).rows) for name in reproductions()) > 50


@pytest.mark.parametrize("name", reproductions())
def test_contract(name: str) -> None:
    report = load_reproduction(name)
    assert report.differs
    for table in report.tables:
        findings = Findings.of(table.findings)
        of_boxes = {("rsna_score", "Lung Opacity")} if name == "report4" else set()
        assert means_of(table, report.dataset)[0] in {("auroc", "macro"), *of_boxes}
        for row in table.rows:
            figures = row.figures(report.dataset)
            assert all(0 <= value <= 1 for values in figures.values() for value in values.values()), row.name
            printed = figures.get("auroc", {})
            single = [value for finding, value in printed.items() if finding in findings]
            if "macro" in printed and len(single) > 1:
                # two decimals each: a mean of fourteen of them is right to about as much
                assert printed["macro"] == pytest.approx(sum(single) / len(single), abs=0.0075), row.name


def test_report_2_prints_what_it_prints() -> None:
    rows = {row.name: row for row in load_reproduction("report2").rows}
    assert rows["vgg16"].figures("nih14")["log_loss"]["macro"] == 0.15654
    assert rows["balanced"].figures("nih14")["auroc"]["Hernia"] == 0.84
    assert rows["chosen"].figures("nih14")["auroc"]["Hernia"] == 0.64
    assert rows["vgg16"].share == 0.1


def test_report_5_keeps_its_swapped_columns_and_says_so() -> None:
    report = load_reproduction("report5")
    last = next(row for row in report.rows if row.name == "final-hybrid-mlp").figures("nih14")
    assert (last["f1"]["macro"], last["hamming_loss"]["micro"]) == (0.0482, 0.0762)
    assert any("swaps two columns" in note for note in report.notes)


def test_report_5s_figures_are_those_of_no_finding_on_every_image() -> None:
    """Macro F1 and Hamming loss over 15 labels, in the order of the last row, give the printed micro F1."""
    rows = {row.name: row.figures("nih14") for row in load_reproduction("report5").rows}
    for name, swapped in (("base-mlp", True), ("fine-tuned-mlp", True), ("final-hybrid-mlp", False)):
        f1, loss = rows[name]["f1"]["macro"], rows[name]["hamming_loss"]["micro"]
        macro, hamming = (loss, f1) if swapped else (f1, loss)
        share = 15 * macro / (2 - 15 * macro)  # of images without finding, from the F1 of No Finding
        assert 2 * share / (2 * share + 15 * hamming) == pytest.approx(rows[name]["f1"]["micro"], abs=0.0006)


def test_a_row_needs_what_its_stages_are_made_of() -> None:
    report = load_reproduction("report5")
    assert [row.name for row in report.chosen(["final-hybrid-mlp"])] == ["resnet18", "final-hybrid-mlp"]
    assert [row.name for row in report.chosen(["without-lungs"])] == ["imagenet", "without-lungs"]


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ("{name: s, embed: z}", "stage s: z stands nowhere"),
        ("{name: s, embed: a, heat: a}", "expected one of sets, embed, heat and fuse"),
        ("{name: s, fuse: [a]}", "fuse takes two stages"),
        ("{name: s, embed: a}, {name: s, embed: a}", "stands nowhere, or twice"),
        ("{name: s, embd: a}", r"stages\.0\.embd: there is no such setting.*stages\.embed"),
    ],
)
def test_a_stage_of_another_form_is_refused(tmp_path: Path, stages: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_reproduction(write(tmp_path, ROW, f"stages: [{stages}]\n"))


def test_a_row_of_a_stage_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="row b: there is no stage s"):
        load_reproduction(write(tmp_path, "{name: b, title: B, recipe: phantom-small, stored: [s], differs: x}"))


# --- the form ---


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("{name: a, title: A, differs: x}", ONE_WAY),
        (
            "{name: a, title: A, recipe: r, not_yet: x, differs: x}",
            ONE_WAY,
        ),
        (f"{ROW}, {ROW}", "two rows are called a"),
        ("{name: a, title: A, members: [b], differs: x}", "row a: b, which it needs, are no earlier rows"),
        ("{name: a, title: A, recipe: r, teacher: z, differs: x}", "row a: z, which it needs"),
        ("{name: A b, title: A, recipe: r, differs: x}", r"tables\.0\.rows\.0\.name"),
        ("{name: a, title: A, recipe: r, differ: x}", r"rows\.0\.differ: there is no such setting.*rows\.differs"),
        ("{name: a, title: A, recipe: r, differs: x, printed: {aurok: {macro: 1}}}", "no metric 'aurok'"),
    ],
)
def test_a_row_of_another_form_is_refused(tmp_path: Path, rows: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_reproduction(write(tmp_path, rows))


def test_an_unknown_report_names_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"There is no report 'report6'\. Nearest: report"):
        load_reproduction("report6")


def test_a_work_that_nobody_published_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "{name: a, title: A, recipe: r, differs: x, work: Nobody}")
    with pytest.raises(ConfigError, match="of the work 'Nobody'"):
        load_reproduction(path).rows[0].figures("nih14")


def test_rows_are_chosen_with_what_they_need_in_order(tmp_path: Path) -> None:
    others = "{name: b, title: B, recipe: r, differs: x}, {name: c, title: C, members: [a, b], differs: x}"
    report = load_reproduction(write(tmp_path, f"{ROW}, {others}"))
    assert [row.name for row in report.chosen(["c"])] == ["a", "b", "c"]
    assert [row.name for row in report.chosen(["b"])] == ["b"]
    with pytest.raises(ConfigError, match="There is no row 'd' here"):
        report.chosen(["d"])


def test_a_mean_that_was_not_printed_is_only_taken_over_all_findings() -> None:
    findings = Findings(("Mass", "Nodule"))
    assert printed_mean({"macro": 0.7, "Mass": 0.1}, findings) == (0.7, True)
    assert printed_mean({"Mass": 0.7}, findings) is None
