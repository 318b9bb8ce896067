"""Open-i: findings from hand-indexed terms, where silence counts and where it does not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hilum.datasets import datasets
from hilum.datasets.openi import FINDINGS, TERMS, _indexed
from hilum.schema import Cohort, DataError
from hilum.schema.findings import NIH14, Findings

Make = Callable[[str], Path]
openi = datasets["openi"]


@pytest.fixture
def root(owners_folder: Make) -> Path:
    return owners_folder("openi")


@pytest.fixture
def cohort(root: Path) -> Cohort:
    return openi(root)


def labeled(terms: str) -> dict[str, float]:
    values = _indexed([term.split("/") for term in terms.split(";") if term])
    return {name: float(value) for name, value in zip(FINDINGS, values, strict=True) if value != 0}


def test_one_row_an_image_with_its_report(cohort: Cohort) -> None:
    images = cohort.images
    assert images.image_id.tolist() == [
        "CXR1_1_IM-0001-3001",
        "CXR1_1_IM-0001-4001",
        "CXR2_IM-0652-1001",
        "CXR3_IM-1384-1001",
    ]
    assert images.patient_id.tolist() == ["1", "1", "2", "3"]
    assert images.impression[0] == "Normal chest."
    assert "4 reports are there, 1 of them name no image; 4 images are listed." in cohort.notes


def test_terms_become_labels(cohort: Cohort) -> None:
    second = cohort.labels.iloc[2]
    present = {"Effusion", "Pleural_Thickening", "Lung Opacity"}
    assert set(second.index[second == 1]) == present
    assert set(second.index[second == -1]) == {"Cardiomegaly"}
    assert (second.drop([*present, "Cardiomegaly"]) == 0).all()
    assert cohort.labels["No Finding"].fillna(9).tolist() == [1, 1, 0, 9]
    assert cohort.labels.iloc[3].isna().all()


def test_automatic_terms_are_not_used(cohort: Cohort) -> None:
    assert cohort.labels["Pneumothorax"].fillna(0).sum() == 0


def test_qualifiers() -> None:
    assert labeled("thickening/trachea") == {}
    assert labeled("opacity/lung/apex") == {"Lung Opacity": 1}
    assert labeled("cardiomegaly;cardiomegaly/borderline") == {"Cardiomegaly": 1}
    assert labeled("cardiomegaly/borderline;cardiomegaly") == {"Cardiomegaly": 1}
    assert labeled("hydropneumothorax/left") == {"Pneumothorax": 1, "Effusion": 1}


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("cardiac shadow/enlarged/mild", {"Cardiomegaly": 1}),
        ("cardiac shadow/enlarged/borderline", {"Cardiomegaly": -1}),
        ("cardiac shadow/borderline", {"Cardiomegaly": -1}),
        ("cardiac shadow/obscured/severe", {}),
        ("heart/small", {}),
        ("granulomatous disease/chronic", {"Granuloma": 1}),
        ("mass/lung/hilum/right", {"Mass": 1}),
        ("mass", {"Mass": 1}),
        ("mass/breast/large", {}),
        ("mass/thorax/right", {}),
        ("mass/mediastinum/right", {}),
        ("nodule/multiple", {"Nodule": 1}),
        ("nodule/lung/pleura", {"Nodule": 1}),
        ("nodule/pleura/left", {}),
        ("nodule/heart/left/small", {}),
        ("fibrosis/lung", {"Fibrosis": 1}),
        ("cystic fibrosis", {}),
        ("subcutaneous  emphysema", {}),
    ],
)
def test_where_a_term_lies_decides_what_it_is(term: str, expected: dict[str, float]) -> None:
    assert labeled(term) == expected


def test_the_copy_in_two_tables_gives_the_owners_ids_and_labels(root: Path, tmp_path: Path, cohort: Cohort) -> None:
    copy = tmp_path / "copy"
    images = copy / "images" / "images_normalized"
    images.mkdir(parents=True)
    (images / "1_IM-0001-3001.dcm.png").touch()
    (images / "3_IM-1384-1001.dcm.png").touch()  # in no table of projections
    (copy / "indiana_reports.csv").write_text(
        "uid,MeSH,Problems,image,indication,comparison,findings,impression\n"
        "1,normal,normal,Xray Chest PA and Lateral,Drawn for a test,None.,The lungs are clear.,Normal chest.\n"
        "2,Cardiomegaly/borderline;Pleural Effusion/left/small;Thickening/pleura/apex/bilateral;"
        "Opacity/lung/base/left;Scoliosis,Cardiomegaly,PA,,,,\n"
        "3,No Indexing,No Indexing,,,,,\n4,normal,normal,,,,,\n"
    )
    (copy / "indiana_projections.csv").write_text(
        "uid,filename,projection\n1,1_IM-0001-3001.dcm.png,Frontal\n1,1_IM-0001-4001.dcm.png,Lateral\n"
        "2,2_IM-0652-1001.dcm.png,Frontal\n"
    )
    again = openi(copy)
    assert again.images.image_id.tolist() == [*cohort.images.image_id, "CXR4"]
    assert again.images.patient_id.tolist() == ["1", "1", "2", "3", "4"]
    assert again.images.path.notna().tolist() == [True, False, False, True, False]
    assert again.images["view"].fillna("-").tolist() == ["FRONTAL", "LATERAL", "FRONTAL", "-", "-"]
    assert again.images.impression[0] == "Normal chest."
    assert again.labels.iloc[:4].equals(cohort.labels)
    assert any("1 reports name no image: each keeps its labels" in note for note in again.notes)


def test_reports_alone_are_a_cohort_without_files(tmp_path: Path) -> None:
    (tmp_path / "indiana_reports.csv").write_text("uid,MeSH\n7,Mass/breast/left\n8,\n")
    cohort = openi(tmp_path)
    assert cohort.images.image_id.tolist() == ["CXR7", "CXR8"]
    assert cohort.images.path.isna().all()
    assert cohort.labels["Mass"].fillna(9).tolist() == [0, 9]
    (tmp_path / "indiana_reports.csv").write_text("uid,MeSH\n7,Mass\n7,normal\n")
    with pytest.raises(DataError, match="a report stands twice"):
        openi(tmp_path)


def test_unsatisfactory_images_say_only_what_they_name() -> None:
    said = labeled("technical quality of image unsatisfactory;pneumonia")
    assert said.pop("Pneumonia") == 1
    assert len(said) == len(FINDINGS) - 1  # all the others missing, none absent
    assert all(value != value for value in said.values())


def test_all_of_nihs_findings_are_mapped() -> None:
    assert set(NIH14) <= set(FINDINGS)
    assert all(term == term.lower() for term in TERMS)
    assert len(Findings(FINDINGS)) == len(FINDINGS)


def test_dicom_files_and_projections_go_by_their_short_names(root: Path) -> None:
    (root / "NLMCXR_png").rename(root / "aside")
    (root / "NLMCXR_dcm" / "1").mkdir(parents=True)
    (root / "NLMCXR_dcm" / "1" / "1_IM-0001-4001.dcm").touch()
    (root / "NLMCXR_dcm" / "2").mkdir()
    (root / "NLMCXR_dcm" / "2" / "2_IM-0652-1001.dcm").touch()
    (root / "indiana_projections.csv").write_text(
        "uid,filename,projection\n1,1_IM-0001-4001.dcm.png,Lateral\n1,1_IM-0001-3001.dcm.png,Frontal\n"
        "2,2_IM-0652-1001.dcm.png,Frontal\n"
    )
    images = openi(root).images
    assert images.path.notna().tolist() == [False, True, True, False]
    assert images["view"].fillna("-").tolist() == ["FRONTAL", "LATERAL", "FRONTAL", "-"]
    assert images.projection.fillna("-").tolist() == ["Frontal", "Lateral", "Frontal", "-"]


def test_a_broken_report_is_refused_by_name(root: Path) -> None:
    (root / "ecgen-radiology" / "2.xml").write_text("<eCitation>")
    with pytest.raises(DataError, match=r"2\.xml: not a readable report"):
        openi(root)


@pytest.mark.real
def test_the_real_reports(real_data: Path) -> None:
    cohort = openi(real_data / "openi_reports")
    assert (cohort.labels == 1).any().all()
    assert cohort.images.path.isna().all()
    assert cohort.images.mesh[cohort.labels["Cardiomegaly"] == 1].str.contains("Cardiomegaly|Cardiac Shadow").all()
