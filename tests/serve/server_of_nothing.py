"""The real server with the reading process of `reader_of_nothing.py`: `server_of_nothing.py FOLDER PORT RUN`."""

import sys
from pathlib import Path

from hilum.serve import server, supervisor
from hilum.serve.served import Served
from hilum.serve.settings import Settings

if __name__ == "__main__":
    folder, port, run = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    begin = supervisor.Supervisor.__init__

    def with_other_reader(self: supervisor.Supervisor, *parts: object) -> None:
        begin(self, *parts)  # type: ignore[arg-type]
        self.command = [sys.executable, str(Path(__file__).with_name("reader_of_nothing.py"))]

    supervisor.Supervisor.__init__ = with_other_reader  # type: ignore[method-assign]
    server.serve(
        Settings(folder=folder, runs=(Served(run),), port=port, dicom_port=0, least_free_bytes=4 * 10**6, seconds=20.0)
    )
