from pathlib import Path

from hilum.data.registries import transforms
from hilum.runs.recipes import known_settings
from hilum.training.config_reference import page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "docs/reference/configuration.md is out of date. Run "
        "`python -m hilum.training.config_reference docs/reference/configuration.md`."
    )


def test_every_setting_stands_on_it_and_says_what_it_is() -> None:
    rows = [line for line in page().splitlines() if line.startswith("| `")]
    listed = {line.split("`")[1] for line in rows}
    assert set(known_settings()) <= listed
    assert {f"augment.{name}" for name in transforms} <= {name.rpartition(".")[0] for name in listed}
    assert not [line for line in rows if line.endswith("|  |")]
