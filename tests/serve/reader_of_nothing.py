"""A reading process without a network: it says the same of every image, slowly enough to be killed at it.

Started as the server starts its own, so that all but the model is the real thing. An image whose bytes hold `CRASH`
ends the process as a broken decoder would; one with `HANG` takes for ever.
"""

import os
import select
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hilum.serve import model, queue, results, worker

SUMMARY = {"probabilities": {"Mass": 0.7}, "points": {"Mass": 0.5}, "called": ["Mass"], "view": None, "seconds": {}}


def make(_: Any, claim: queue.Claim, file: Path, __: object) -> tuple[queue.Outcome, dict[str, bytes]]:
    content = file.read_bytes()
    if b"CRASH" in content:
        os.kill(os.getpid(), signal.SIGSEGV)
    select.select([], [], [], 3600 if b"HANG" in content else 0.02)  # faketime breaks time.sleep
    objects = ({"sop_uid": f"2.25.{int(claim.image_id, 16)}", "sop_class": "", "study_uid": "1.2", "series_uid": "1.3",
                "modality": "SR", "member": "objects/a.dcm"},)  # fmt: skip
    members = {results.READING: b"{}", "objects/a.dcm": b"object"}
    return queue.Outcome(results.new_name(claim.image_id), "w", 1, SUMMARY, objects), members


if __name__ == "__main__":
    sys.modules["hilum.serve.made"] = SimpleNamespace(make=make)  # type: ignore[assignment]  # it brings Matplotlib
    worker.open_runs = lambda settings: [SimpleNamespace(folder=each.folder, members=()) for each in settings.served]
    worker.open_readers = lambda *_: None
    assert model.signature([])
    worker.main()
