"""The reading room in a real browser with the real server: upload, worklist, reading, a reader's word, a wrong key."""

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hilum.serve.keys import Keys

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
STARTS_SECONDS = 120


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("console", lambda said: page.troubles.append(said.text) if said.type == "error" else None)
    yield page
    context.close()


@pytest.fixture
def serve(tmp_path: Path, make_run: Callable[..., Any]) -> Iterator[Callable[[], str]]:
    started = []

    def start() -> str:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            port = int(taken.getsockname()[1])
        command = [sys.executable, "-m", "hilum", "serve", str(make_run("served").folder), "--dicom-port", "0"]
        command += ["--folder", str(tmp_path / "serve"), "--port", str(port), "--least-free-gb", "0", "--device", "cpu"]
        started.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + STARTS_SECONDS
        while time.monotonic() < until:
            try:
                urllib.request.urlopen(f"{address}/healthz", timeout=1).close()
            except OSError:
                time.sleep(0.1)
            else:
                return address
        pytest.fail("the server did not start")

    yield start
    for process in started:
        process.terminate()
        process.wait(30)


def test_an_image_is_dropped_read_shown_and_judged(page: Any, serve: Any, png: Any, tmp_path: Path) -> None:
    file = tmp_path / "chest.png"
    file.write_bytes(png(side=128))
    page.goto(serve())
    page.set_input_files("#files", file)
    page.click("#drop button")
    page.locator("#sent", has_text="1 image is kept.").wait_for()
    page.locator(".state.read").wait_for(timeout=STARTS_SECONDS * 1000)
    page.click("table.worklist tbody a")
    page.locator("#view[data-ready]").wait_for()
    black = page.locator("#picture").screenshot()
    page.keyboard.press("i")
    page.locator("#shown", has_text="inverted").wait_for()
    assert page.locator("#picture").screenshot() != black
    page.keyboard.press("h")
    page.locator("#shown", has_text="Heatmap: ").wait_for()
    page.keyboard.press("r")

    page.click(".finding:first-child [data-agrees=false]")
    page.locator("#kept", has_text="Write your name first").wait_for()
    page.fill("#reader", "Dr. Reader")
    page.click(".finding:first-child [data-agrees=false]")
    page.locator("#kept", has_text="Kept: Dr. Reader disagrees").wait_for()
    page.reload()
    assert "Dr. Reader: disagrees" in page.locator(".past").first.text_content()
    assert page.troubles == []


def test_nothing_is_wider_than_a_telephone(page: Any, serve: Any, png: Any, tmp_path: Path) -> None:
    file = tmp_path / "chest.png"
    file.write_bytes(png(side=128))
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(serve())
    page.set_input_files("#files", file)
    page.click("#drop button")
    page.locator(".state.read").wait_for(timeout=STARTS_SECONDS * 1000)

    def widest() -> int:
        return int(page.evaluate("document.documentElement.scrollWidth"))

    assert widest() <= 390
    page.click("table.worklist tbody a")
    page.locator("#view[data-ready]").wait_for()
    assert widest() <= 390


def test_a_wrong_key_is_said_and_a_right_one_lets_in(page: Any, serve: Any, tmp_path: Path) -> None:
    address = serve()
    key = Keys(tmp_path / "serve").add("me", ["read", "submit", "feedback"])
    page.goto(address)
    assert page.url.endswith("/key")
    page.fill("input[name=key]", "hilum_wrong")
    page.click("main button")
    page.locator("[role=alert]", has_text="not known").wait_for()
    page.fill("input[name=key]", key)
    page.click("main button")
    page.locator("#drop").wait_for()
