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
    assert images["view"].fillna("-").tolist() == ["-", "LATERAL", "-", "-"]
    assert images.projection.fillna("-").tolist() == ["Frontal", "Lateral", "Frontal", "-"]


def test_a_broken_report_is_refused_by_name(root: Path) -> None:
    (root / "ecgen-radiology" / "2.xml").write_text("<eCitation>")
    with pytest.raises(DataError, match=r"2\.xml: not a readable report"):
        openi(root)
