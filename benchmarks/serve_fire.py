"""The door under fire: kills, overload, a PACS beside it, and how fast it is. See results/serving.md.

    python benchmarks/serve_fire.py kills --images 200 --kills 100 --stand-in
    python benchmarks/serve_fire.py overload --seconds 60
    python benchmarks/serve_fire.py disasters
    python benchmarks/serve_fire.py pacs
    python benchmarks/serve_fire.py speed --images 40

Images are drawn. `--stand-in`: read by a process that says the same of every image (tests/serve/reader_of_nothing.py);
what a kill can break is the store and the queue, not the network. `pacs` needs Debian's orthanc and orthanc-dicomweb.
"""

import argparse
import io
import json
import os
import random
import resource
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from hilum.phantom import layouts

STAND_IN = Path(__file__).parents[1] / "tests/serve/server_of_nothing.py"
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")  # of Debian's faketime
ENDED = {"read", "failed", "dead"}


class Server:
    """`hilum serve` in a folder, started and killed as often as need be."""

    def __init__(
        self, folder: Path, *options: str, stand_in: bool = False, environment: dict[str, str] | None = None
    ) -> None:
        self.folder, self.port, self.dicom_port = folder, free_port(), free_port()
        self.options, self.stand_in, self.environment = options, stand_in, environment or {}
        self.process: subprocess.Popen[bytes] | None = None
        (folder.parent / "run").mkdir(exist_ok=True)

    def start(self, *, ready: bool = True) -> "Server":
        """Start it, and wait until it reads."""
        words = [sys.executable, str(STAND_IN), str(self.folder), str(self.port), str(self.folder.parent / "run")]
        if not self.stand_in:
            words = [sys.executable, "-c", "from hilum.cli import main; main()", "serve", "--folder", str(self.folder),
                     "--port", str(self.port), "--dicom-port", str(self.dicom_port), "--least-free-gb", "0.01",
                     *self.options]  # fmt: skip
        self.process = subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ | self.environment
        )
        while ready and self.get("/readyz")[0] != 200:
            time.sleep(0.1)
        return self

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it in order."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait()

    def reader(self) -> int | None:
        """Of the process that reads."""
        assert self.process is not None
        return next((number for number, parent in parents() if parent == self.process.pid), None)

    def get(self, path: str) -> tuple[int, bytes]:
        """Code and body."""
        return asked(f"http://127.0.0.1:{self.port}{path}")

    def send(self, content: bytes, wait: float = 0) -> tuple[int, bytes]:
        """Send an image over HTTP."""
        return asked(f"http://127.0.0.1:{self.port}/api/v1/images?wait={wait}", content)

    def rows(self) -> list[dict[str, Any]]:
        """All images, in the order of arrival."""
        connection = sqlite3.connect(self.folder / "index.sqlite", timeout=30)
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM images ORDER BY number")]
        connection.close()
        return found

    def wait_for_end(self, seconds: float = 600) -> list[dict[str, Any]]:
        """The rows once no image waits."""
        until = time.monotonic() + seconds
        while (rows := self.rows()) and {row["state"] for row in rows} - ENDED:
            assert time.monotonic() < until, Counter(row["state"] for row in rows)
            time.sleep(0.2)
        return rows


def asked(url: str, body: bytes | None = None, kind: str = "application/dicom") -> tuple[int, bytes]:
    """Code and body; 0 where no answer came."""
    request = urllib.request.Request(url, data=body, headers={"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=90) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def parents() -> list[tuple[int, int]]:
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            found.append((int(file.parent.name), int(file.read_text().rsplit(")", 1)[1].split()[1])))
        except OSError:
            continue
    return found


def drawn(number: int, side: int = 512, **header: Any) -> bytes:
    """A DX file of a drawn chest, 12 bits."""
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    values = {
        "SOPClassUID": DigitalXRayImageStorageForPresentation,
        "SOPInstanceUID": generate_uid(entropy_srcs=["fire", str(number)]),
        "StudyInstanceUID": generate_uid(entropy_srcs=["study", str(number)]),
        "SeriesInstanceUID": generate_uid(entropy_srcs=["series", str(number)]),
        "Modality": "DX", "PatientName": f"Drawn^{number}", "PatientID": f"D{number}", "PatientBirthDate": "",
        "PatientSex": "O", "StudyDate": "20260101", "StudyTime": "120000", "StudyID": "1", "AccessionNumber": "",
        "ReferringPhysicianName": "", "SeriesNumber": 1, "InstanceNumber": 1, "ViewPosition": "PA",
        "Rows": side, "Columns": side, "BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "SamplesPerPixel": 1,
        "PixelRepresentation": 0, "PhotometricInterpretation": "MONOCHROME2",
        "PixelData": (chest(number, side).astype("<u2") * 16).tobytes(),
    } | header  # fmt: skip
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    written = io.BytesIO()
    dataset.save_as(written, enforce_file_format=True)
    return written.getvalue()


@cache
def chests() -> list[Any]:
    """Ten drawn chests, (1024, 1024) uint8."""
    with tempfile.TemporaryDirectory() as folder:
        layouts["nih14"](Path(folder), images=10, seed=0, size=1024, workers=0)
        return [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in sorted(Path(folder).rglob("*.png"))]


def chest(number: int, side: int) -> Any:
    """One of them, in a size, with its number in its first pixels, so that no two images are the same."""
    found = chests()
    pixels = cv2.resize(found[number % len(found)], (side, side), interpolation=cv2.INTER_AREA)
    pixels[0, :8] = [number >> shift & 255 for shift in range(0, 64, 8)]
    return pixels


def kills(work: Path, images: int, kills: int, stand_in: bool) -> None:
    """Kill -9 of server and reading process, in turn, at random moments while images arrive."""
    draw = random.Random(0)
    contents = [drawn(number, 128) for number in range(images)]
    server = Server(work / "s", stand_in=stand_in).start()
    answered, killed, began = set(), Counter[str](), time.monotonic()
    moments, extra = Counter(draw.choices(range(images), k=kills)), images

    def send(content: bytes, number: int) -> None:
        if server.send(content)[0] in (200, 202):
            answered.add(number)
        else:
            time.sleep(0.05)

    for number, content in enumerate(contents):
        name = number
        for _ in range(moments[number]):
            while server.get("/readyz")[0] != 200:  # a kill while it starts hits nothing
                time.sleep(0.02)
            sending = threading.Thread(target=send, args=(content, name))
            sending.start()
            time.sleep(draw.random() * 0.15)  # what storing and reading one image take
            reader = server.reader() if sum(killed.values()) % 2 else None
            if reader is not None:
                os.kill(reader, signal.SIGKILL)
            else:
                server.kill()
                server.start(ready=False)
            killed["server" if reader is None else "reader"] += 1
            sending.join()
            name, extra = extra, extra + 1
            content = drawn(name, 128)
        while number not in answered:
            send(contents[number], number)
    rows, ended = server.wait_for_end(), time.monotonic() - began
    server.stop()
    results = Counter(path.name[:24] for path in (work / "s/results").glob("??/*.zip"))
    Server(work / "s", stand_in=stand_in).start().stop()  # a start removes what a killed reader left
    after = Counter(path.name[:24] for path in (work / "s/results").glob("??/*.zip"))
    states = dict(Counter(row["state"] for row in rows))
    print(
        f"{sum(killed.values())} kills {dict(killed)}, {len(answered)} images answered for, in {ended:.0f} s: {states}"
    )
    print(f"attempts at most {max(row['attempts'] for row in rows)}; result files {sum(results.values())}, after "
          f"the next start {sum(after.values())}")  # fmt: skip
    uids = {row["sop_uid"] for row in rows}
    assert {generate_uid(entropy_srcs=["fire", str(number)]) for number in answered} <= uids
    assert max(after.values()) == 1


def overload(work: Path, seconds: float) -> None:
    """Eight senders as fast as they can, against 40 places in the queue."""
    server = Server(work / "s", "--most-waiting", "40", "--objects", "sr").start()
    codes, until, most_memory, numbers = Counter[int](), time.monotonic() + seconds, 0, iter(range(10**6))
    contents = [drawn(number, 256) for number in range(20)]

    def send() -> None:
        while time.monotonic() < until:
            number = next(numbers)
            uid = generate_uid(entropy_srcs=["overload", str(number)])
            old = pydicom.dcmread(io.BytesIO(contents[number % 20]))
            old.SOPInstanceUID = old.file_meta.MediaStorageSOPInstanceUID = uid
            written = io.BytesIO()
            old.save_as(written)
            codes[server.send(written.getvalue())[0]] += 1

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most_memory = max(most_memory, memory_of(server.process.pid))
        time.sleep(0.5)
    rows = server.wait_for_end()
    states = Counter(row["state"] for row in rows)
    server.stop()
    print(f"{seconds:.0f} s: {sum(codes.values())} sent, answers {dict(codes)}, {len(rows)} kept: {dict(states)}; "
          f"server at most {most_memory / 1e6:.0f} MB")  # fmt: skip
    assert len(rows) == codes[202]
    assert set(codes) <= {202, 429}


def memory_of(pid: int) -> int:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * resource.getpagesize()


def disasters(work: Path) -> None:
    """A full disk, a damaged database, a clock set back, a file that ends the reader, a Run that changes."""
    small = work / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(small)], check=False).returncode == 0:
        server = Server(small / "s", stand_in=True).start()
        codes = Counter(server.send(drawn(number, 1024))[0] for number in range(20))
        rows = server.wait_for_end()
        print(f"full disk (30 MB, 20 images of 2 MB): answers {dict(codes)}; {Counter(r['state'] for r in rows)}; "
              f"ready: {json.loads(server.get('/readyz')[1])['troubles']}")  # fmt: skip
        assert len(rows) == codes[202]
        server.stop()
        subprocess.run(["umount", str(small)], check=True)
    server = Server(work / "s", stand_in=True).start()
    for number in range(10):
        server.send(drawn(number, 128))
    server.wait_for_end()
    server.stop()
    database = work / "s/index.sqlite"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # else the log would mend the damage
    connection.close()
    content = database.read_bytes()
    database.write_bytes(content[:4096] + bytes(len(content) - 4096))
    server.start()
    print(f"damaged database: after the next start {dict(Counter(row['state'] for row in server.rows()))}, old one in "
          f"{[path.name[:21] for path in (work / 's').glob('index.sqlite.damaged-*')]}")  # fmt: skip
    server.stop()
    if FAKETIME.exists():
        server.environment = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "-7d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        server.start()
        code = server.send(drawn(20, 128), wait=20)[0]
        last = server.wait_for_end(60)[-1]
        print(f"clock a week back: answer {code}, {last['state']} {last['reason'] or ''}")
        server.stop()
    server.environment = {}
    server.start()
    server.send(drawn(21, 128, StationName="CRASH"))
    server.send(drawn(22, 128))
    last = server.wait_for_end(120)[-2:]
    print(f"a file that ends the reader: {[(row['state'], row['reason']) for row in last]}")
    (work / "run/weights").write_text("other")
    server.send(drawn(23, 128))
    time.sleep(2)
    print(f"a Run that changes: {server.rows()[-1]['state']}, {json.loads(server.get('/readyz')[1])['troubles']}")
    server.stop()
    server.start()
    print(f"  after the next start: {dict(Counter(row['state'] for row in server.wait_for_end(60)))}")
    server.stop()


def pacs(work: Path) -> None:
    """Orthanc sends by C-STORE and by STOW, gets the objects, and finds them by QIDO."""
    from pynetdicom import AE

    http, dicom = free_port(), free_port()
    send_to = f"stow:http://127.0.0.1:{http}/dicom-web"
    server = Server(work / "s", "--send-to", send_to, "--send-to", f"dicom:ORTHANC@127.0.0.1:{dicom}")
    config = {
        "Name": "Fire", "StorageDirectory": str(work / "orthanc"),
        "IndexDirectory": str(work / "orthanc"),
        "HttpPort": http, "DicomPort": dicom, "DicomAlwaysAllowStore": True, "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False, "Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
        "DicomWeb": {"Enable": True, "Servers": {"hilum": [f"http://127.0.0.1:{server.port}/dicom-web/"]}},
        "DicomModalities": {"hilum": ["HILUM", "127.0.0.1", server.dicom_port]},
    }  # fmt: skip
    (work / "orthanc.json").write_text(json.dumps(config))
    orthanc = subprocess.Popen(
        ["Orthanc", str(work / "orthanc.json")], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    base = f"http://127.0.0.1:{http}"
    try:
        while asked(f"{base}/system")[0] != 200:
            time.sleep(0.2)
        server.start()
        ids = [json.loads(asked(f"{base}/instances", drawn(number))[1])["ID"] for number in range(4)]
        by_store = asked(f"{base}/modalities/hilum/store", json.dumps(ids[:2]).encode(), "application/json")[0]
        resources = json.dumps({"Resources": ids[2:], "Synchronous": True}).encode()
        by_stow = asked(f"{base}/dicom-web/servers/hilum/stow", resources, "application/json")[0]
        rows = server.wait_for_end()
        print(f"Orthanc sends: C-STORE {by_store}, STOW {by_stow}; "
              f"{[(row['source'], row['state'], row['modality']) for row in rows]}")  # fmt: skip
        again = asked(f"{base}/dicom-web/servers/hilum/stow",
                      json.dumps({"Resources": ids, "Synchronous": True}).encode(), "application/json")[0]  # fmt: skip
        print(f"the same four again by STOW: {again}; rows {len(server.rows())}")
        for _ in range(600):
            connection = sqlite3.connect(work / "s/index.sqlite")
            states = Counter(
                connection.execute("SELECT substr(destination, 1, 5), state, reason FROM pushes").fetchall()
            )
            connection.close()
            if all(state == "sent" for _, state, _ in states):
                break
            time.sleep(0.2)
        print(f"sent on: {dict(states)}")
        for row in rows:
            found = json.loads(asked(f"{base}/dicom-web/studies/{row['study_uid']}/series?includefield=00080060")[1])
            print(f"  QIDO of Orthanc, one study: {sorted(each['00080060']['Value'][0] for each in found)}")
        entity = AE()
        entity.add_requested_context("1.2.840.10008.1.1")
        echo = entity.associate("127.0.0.1", server.dicom_port, ae_title="HILUM")
        print(f"C-ECHO: 0x{echo.send_c_echo().Status:04X}")
        echo.release()
    finally:
        server.stop()
        orthanc.terminate()
        orthanc.wait()


def speed(work: Path, images: int) -> None:
    """One image at a time over HTTP, and a row of them by C-STORE."""
    from pynetdicom import AE

    server = Server(work / "s").start()
    pngs = [bytes(cv2.imencode(".png", chest(number, 1024))[1]) for number in range(images)]
    server.send(pngs[0], wait=60)
    seconds, used = [], cpu_seconds(server)
    for content in pngs[1:]:
        began = time.perf_counter()
        server.send(content, wait=60)
        seconds.append(time.perf_counter() - began)
    quantiles = np.percentile(seconds, [50, 90])
    used = (cpu_seconds(server) - used) / len(seconds)
    print(
        f"single PNG of 1024 px, HTTP to reading, {len(seconds)} images: p50 {quantiles[0] * 1e3:.0f} ms, "
        f"p90 {quantiles[1] * 1e3:.0f} ms, {used * 1e3:.0f} ms of processor each; {stages(server.rows()[1:])}"
    )
    known = len(server.rows())
    datasets = [pydicom.dcmread(io.BytesIO(drawn(number, 1024))) for number in range(images)]
    entity = AE()
    entity.add_requested_context(DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian)
    association = entity.associate("127.0.0.1", server.dicom_port, ae_title="HILUM")
    began, used = time.perf_counter(), cpu_seconds(server)
    assert {association.send_c_store(each).Status for each in datasets} == {0}
    stored = time.perf_counter() - began
    association.release()
    rows = server.wait_for_end()[known:]
    ended, used = time.perf_counter() - began, (cpu_seconds(server) - used) / images
    print(f"{images} DICOM of 1024 px by C-STORE: answered for at {images / stored:.1f}/s, read at "
          f"{images / ended:.2f} /s, {used * 1e3:.0f} ms of processor each; {stages(rows)}")  # fmt: skip
    server.stop()


def cpu_seconds(server: Server) -> float:
    """Of the server and the process that reads, so far; what other work on the machine leaves alone."""
    ticks = 0
    for pid in (server.process.pid, server.reader()):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def stages(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Median seconds by stage."""
    found = [json.loads(row["summary"])["seconds"] for row in rows if row["state"] == "read"]
    return {name: round(statistics.median(each[name] for each in found), 3) for name in found[0]}


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["kills", "overload", "disasters", "pacs", "speed"])
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--stand-in", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if given.what == "kills":
            kills(place, given.images, given.kills, given.stand_in)
        elif given.what == "overload":
            overload(place, given.seconds)
        elif given.what == "speed":
            speed(place, given.images)
        else:
            {"disasters": disasters, "pacs": pacs}[given.what](place)
