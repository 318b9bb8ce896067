import numpy as np
import pytest

from hilum.phantom.patient import APART, COURSES, Patient, patient
from hilum.phantom.roster import held_out, people

CROWD = [patient(0, number) for number in range(1, 2001)]


def test_a_patient_is_the_same_whoever_else_is_drawn() -> None:
    assert patient(3, 8) == patient(3, 8)
    assert patient(3, 8) != patient(4, 8)
    assert people(50, 3)[:20] == people(20, 3)


def test_visits_run_from_one_to_eight_in_order() -> None:
    counts = [len(person.visits) for person in CROWD]
    assert min(counts) == 1
    assert max(counts) == 8
    assert 1.6 < np.mean(counts) < 2.4
    for person in CROWD:
        assert [visit.number for visit in person.visits] == list(range(len(person.visits)))
        ages = [visit.age_years for visit in person.visits]
        assert ages == sorted(ages)


def test_findings_are_frequent_enough_to_learn_and_many_images_have_none() -> None:
    images = [visit for person in CROWD for visit in person.visits]
    for name in COURSES:
        assert 0.05 < np.mean([name in visit.findings for visit in images]) < 0.25, name
    assert 0.33 < np.mean([not visit.findings for visit in images]) < 0.47


@pytest.mark.parametrize("name", COURSES)
def test_findings_stay_as_long_as_their_course_says(name: str) -> None:
    """What brings a finding back, and what it may not stand beside, blur the rate a little."""
    pairs = [
        (before.findings, after.findings)
        for person in CROWD
        for before, after in zip(person.visits, person.visits[1:], strict=False)
    ]
    stayed = [name in after for before, after in pairs if name in before]
    came = [name in after for before, after in pairs if before and name not in before]
    assert np.mean(stayed) > 2 * np.mean(came)
    assert abs(np.mean(stayed) - COURSES[name].stay) < 0.13


def test_a_finding_that_stays_keeps_side_and_seed() -> None:
    kept = 0
    for person in CROWD:
        for before, after in zip(person.visits, person.visits[1:], strict=False):
            old = {(found.finding, found.side): found.seed for found in before.found}
            for found in after.found:
                if found.finding in ("Mass", "Nodule") and found.finding in before.findings:
                    kept += old.get((found.finding, found.side)) == found.seed
    assert kept > 100


def test_what_excludes_each_other_is_never_together() -> None:
    assert APART
    for person in CROWD:
        for visit in person.visits:
            assert not [pair for pair in APART if set(pair) <= set(visit.findings)]


def test_portable_images_carry_devices() -> None:
    images = [visit for person in CROWD for visit in person.visits]
    assert 0.2 < np.mean([visit.view == "AP" for visit in images]) < 0.5
    assert np.mean([bool(visit.devices) for visit in images if visit.view == "AP"]) > 0.5
    assert {device for visit in images if visit.view == "PA" for device in visit.devices} == {"pacemaker"}


def test_one_patient_of_five_is_held_out() -> None:
    images = people(800, 0)
    test, patients = held_out(images), {person.number: person for person, _ in images}
    assert 0.17 < len(test) / len(patients) < 0.22
    for name in COURSES:
        having = {
            number for number, person in patients.items() if any(name in visit.findings for visit in person.visits)
        }
        assert 0.12 < len(having & test) / len(having) < 0.30, name


def test_the_smallest_phantom_has_a_test_side_and_a_longer_one_moves_nobody() -> None:
    assert held_out(people(1, 0)) == {1}
    short, long = people(60, 0), people(300, 0)
    last = short[-1][0].number
    assert {number for number in held_out(long) if number <= last} == held_out(short)


def test_both_sexes_and_many_ages() -> None:
    assert 0.4 < np.mean([person.sex == "M" for person in CROWD]) < 0.7
    ages = [person.visits[0].age_years for person in CROWD if isinstance(person, Patient)]
    assert min(ages) >= 18
    assert np.ptp(ages) > 60
