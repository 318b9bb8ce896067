"""The file of published weights: found where it lies, fetched where there is a network, else one error that helps."""

import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

from hilum.models.published import Weights, catalog, published
from hilum.models.published.places import at_hand, cache, place_of
from hilum.runs.run import sha256
from hilum.schema import ConfigError, DependencyError
from hilum.workflows.fetch_weights import weights_file

NAME = "txrv:densenet121-res224-all"


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user's folder with nothing in it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("HILUM_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def weights(tmp_path: Path) -> Weights:
    """Published at an address that needs no network."""
    (tmp_path / "owner").mkdir()
    (tmp_path / "owner" / "w.pt").write_bytes(b"weights" * 100)
    return replace(published(NAME), address=(tmp_path / "owner" / "w.pt").as_uri())


def test_the_cache_is_where_the_user_says(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache() == home / ".cache" / "hilum"
    monkeypatch.setenv("XDG_CACHE_HOME", "/elsewhere")
    assert cache() == Path("/elsewhere/hilum")
    monkeypatch.setenv("HILUM_CACHE", "/own")
    assert place_of(published(NAME)).is_relative_to("/own/weights/txrv")


def test_a_file_is_fetched_once_and_whole(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    assert at_hand(weights) is None
    place = weights_file(weights)
    assert place == place_of(weights) == at_hand(weights)
    assert place.read_bytes() == b"weights" * 100
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: pytest.fail("asked again"))
    assert weights_file(weights) == place


def test_a_fetch_that_breaks_off_leaves_nothing(weights: Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = urllib.request.urlopen

    def cut(*arguments: object, **keywords: object) -> object:
        answer = whole(*arguments, **keywords)  # type: ignore[arg-type]
        answer.headers.replace_header("Content-Length", "100000")
        return answer

    monkeypatch.setattr(urllib.request, "urlopen", cut)
    with pytest.raises(DependencyError, match="700 of 100000 bytes"):
        weights_file(weights)
    assert list(place_of(weights).parent.iterdir()) == []


def test_what_torchxrayvision_fetched_is_at_hand(home: Path) -> None:
    place = home / ".torchxrayvision" / "models_data" / published(NAME).file
    place.parent.mkdir(parents=True)
    place.write_bytes(b"")
    assert at_hand(published(NAME)) == place


def test_without_a_network_one_error_names_file_address_and_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(*_: object, **__: object) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    for weights in catalog():
        if weights.inside is None and weights.direct:
            with pytest.raises(DependencyError) as caught:
                weights_file(weights)
            said = str(caught.value)
            assert weights.address in said
            assert str(place_of(weights)) in said
            assert "--file" in said
            assert "no network" in said


def test_a_file_that_is_given_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.pt: no such file.*mlmed"):
        weights_file(published(NAME), tmp_path / "gone.pt")


def test_another_file_than_the_owner_s_is_refused(weights: Weights, tmp_path: Path) -> None:
    right = sha256(tmp_path / "owner" / "w.pt")
    assert weights_file(replace(weights, sha256=right)).is_file()
    with pytest.raises(ConfigError, match=rf"its sha256 is {right}, and txrv:.* has 000"):
        weights_file(replace(weights, sha256="000"))
