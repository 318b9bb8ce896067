from pathlib import Path

from tests.cli.conftest import Hilum


def test_a_page_of_a_recipe_and_a_folder(hilum: Hilum, phantoms: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    settings = ("--set", "preprocess.size=32", "--set", "augment.mixup.alpha=0.5")
    said = hilum("augment", "nih14-small", phantoms, "-o", page, "--images", 2, "--draws", 2, *settings)
    assert said.code == 0, said.err
    assert said.out.strip() == str(page)
    html = page.read_text(encoding="utf-8")
    assert "Augmentation of nih14-small" in html
    assert "For research, not a medical device" in html
    assert "<h3>mixup</h3>" in html
    wrong = hilum("augment", "nih14-small", phantoms, "-o", page, "--set", "augment.gama.log_gamma=1")
    assert (wrong.code, "Nearest: gamma" in wrong.err) == (2, True), wrong.err
