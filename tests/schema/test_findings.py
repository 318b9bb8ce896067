"""Findings: synonyms, order, and what is not mapped by likeness."""

import pytest

from hilum.schema import ConfigError, DataError, Findings
from hilum.schema.findings import SYNONYMS, VOCABULARIES, display, key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Infiltrate", "Infiltration"),
        ("Effusion", "Pleural Effusion"),
        ("pleural_effusion", "Pleural-Effusion"),
        ("Pleural_Thickening", "pleural thickening"),
        ("Normal", "No Finding"),
        ("No finding", "No Finding"),
        ("Pulmonary fibrosis", "Fibrosis"),
        ("Hiatal hernia", "Hernia"),
        ("Pulmonary Edema", "Edema"),
    ],
)
def test_synonyms_are_one_finding(one: str, other: str) -> None:
    assert key(one) == key(other)
    assert one in Findings((other,))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lung Opacity", "Infiltration"),
        ("Lung Lesion", "Mass"),
        ("Mass", "Nodule"),
        ("Nodule/Mass", "Nodule"),
        ("Pleural Other", "Pleural_Thickening"),
        ("Consolidation", "Pneumonia"),
        ("Enlarged Cardiomediastinum", "Cardiomegaly"),
    ],
)
def test_what_is_only_alike_stays_apart(one: str, other: str) -> None:
    assert one not in Findings((other,))


def test_synonyms_lead_to_a_name_that_leads_nowhere_else() -> None:
    for word, meaning in SYNONYMS.items():
        assert word == word.lower().replace(" ", "")
        assert meaning not in SYNONYMS


def test_vocabularies_are_valid_and_of_their_size() -> None:
    assert {name: len(Findings.of(name)) for name in VOCABULARIES} == {
        "nih14": 14, "nih15": 15, "chexpert14": 14, "chexpert5": 5, "rsna": 1,
    }  # fmt: skip
    with pytest.raises(ConfigError, match=r"no vocabulary 'nih16'\. Expected one of: nih14"):
        Findings.of("nih16")
    assert Findings.of(["Mass", "Edema"]).names == ("Mass", "Edema")


def test_order_and_positions() -> None:
    findings = Findings(("Mass", "Effusion"))
    assert list(findings) == ["Mass", "Effusion"]
    assert findings[1] == "Effusion"
    assert findings.position("Pleural Effusion") == 1
    assert findings.find("Hernia") is None
    with pytest.raises(ConfigError, match=r"no finding 'Hernia' here\. Expected one of: Mass, Effusion"):
        findings.position("Hernia")
    assert 3 not in findings


def test_one_thing_twice_is_refused() -> None:
    with pytest.raises(DataError, match="name one thing twice: Effusion, pleural effusion"):
        Findings(("Effusion", "Mass", "pleural effusion"))


def test_shared_keeps_the_first_ones_order_and_spelling() -> None:
    nih, chexpert = Findings.of("nih14"), Findings.of("chexpert14")
    assert nih.shared(chexpert).names == (
        "Atelectasis", "Cardiomegaly", "Effusion", "Pneumonia", "Pneumothorax", "Consolidation", "Edema",
    )  # fmt: skip
    assert set(map(key, chexpert.shared(nih))) == set(map(key, nih.shared(chexpert)))
    assert "Pleural Effusion" in chexpert.shared(nih).names


def test_display() -> None:
    assert display("Pleural_Thickening") == "Pleural thickening"
