"""Header values in the many ways in which they are written."""

import pydicom
import pytest
from pydicom.sr.codedict import codes

from hilum.images.dicom_facts import VIEW_CODES, age_years, laterality, sex, spacing_mm, spacing_source, view


def header(**values: object) -> pydicom.Dataset:
    dataset = pydicom.Dataset()
    with pydicom.config.disable_value_validation():
        for keyword, value in values.items():
            setattr(dataset, keyword, value)
    return dataset


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("PA", "PA"),
        ("AP", "AP"),
        ("LL", "LATERAL"),
        ("RL", "LATERAL"),
        ("lateral", "LATERAL"),
        ("LLD", None),
        ("", None),
    ],
)
def test_view_position(position: str, expected: str | None) -> None:
    assert view(header(ViewPosition=position)) == expected


def test_view_codes_are_those_of_the_standard() -> None:
    names = {
        "PA": ["PosteroAnterior"],
        "AP": ["AnteroPosterior"],
        "LATERAL": ["LateralProjection", "LeftLateral", "RightLateral"],
    }
    expected = {getattr(codes.cid4010, name).value: meaning for meaning, several in names.items() for name in several}
    assert {code: meaning for code, meaning in VIEW_CODES.items() if code.isdigit()} == expected
    for code, meaning in expected.items():
        item = header(CodeValue=code, CodingSchemeDesignator="SCT")
        assert view(header(ViewCodeSequence=pydicom.Sequence([item]))) == meaning


def test_the_view_position_counts_before_the_code() -> None:
    item = header(CodeValue="272479007", CodingSchemeDesignator="SCT")
    assert view(header(ViewPosition="AP", ViewCodeSequence=pydicom.Sequence([item]))) == "AP"


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("051Y", 51), ("51", 51), ("018M", 1.5), ("052W", 364 / 365.25), ("010D", 10 / 365.25), ("000Y", 0),
        ("", None), ("n/a", None), ("-5Y", None),
    ],
)  # fmt: skip
def test_ages(text: str, years: float | None) -> None:
    assert age_years(header(PatientAge=text)) == (None if years is None else pytest.approx(years))


def test_spacing_at_the_patient_counts_before_the_detector_s() -> None:
    both = header(PixelSpacing=[0.14, 0.15], ImagerPixelSpacing=[0.2, 0.2])
    assert (spacing_mm(both), spacing_source(both)) == ((0.14, 0.15), "PixelSpacing")
    zero = header(PixelSpacing=[0, 0], ImagerPixelSpacing=[0.2, 0.2])
    assert (spacing_mm(zero), spacing_source(zero)) == ((0.2, 0.2), "ImagerPixelSpacing")
    assert spacing_mm(header(PixelSpacing="0.2")) is None
    assert spacing_mm(header()) is None


def test_sex_and_side() -> None:
    assert [sex(header(PatientSex=said)) for said in ("F", "m", "O", "")] == ["F", "M", None, None]
    assert laterality(header(ImageLaterality="L", Laterality="R")) == "L"
    assert laterality(header(Laterality="R")) == "R"
    assert laterality(header(Laterality="")) is None
