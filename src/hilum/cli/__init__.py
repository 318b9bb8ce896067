"""The command line: one short function a command; each calls one Python function of the same name.

Heavy packages are imported inside the command that needs them, so that `hilum --help` answers at once.
"""

import os
import sys
from typing import NoReturn

from rich.console import Console

from hilum.cli import (  # noqa: F401  each adds its command
    augment,
    calibrate,
    check,
    compare,
    convert_boxes,
    cp,
    demo,
    ensemble,
    evaluate,
    explain,
    features,
    fuse,
    import_weights,
    lr,
    ls,
    phantom,
    predict,
    read,
    readers,
    reproduce,
    store,
    summary,
    sweep,
    train,
)
from hilum.cli.app import app
from hilum.schema.errors import HilumError
from hilum.schema.files import FULL


def main() -> None:
    """Run the command; what Hilum refuses is one clear message on stderr and exit code 2."""
    # PyTorch's threads would wait for each other in a loop and hold the core that the other needs: docs/decisions/0007
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        app()
    except HilumError as error:
        _refuse(str(error))
    except OSError as error:
        if error.errno not in FULL:
            raise
        _refuse("The disk is full, for the output or for temporary files (TMPDIR says where). Free some space.")


def _refuse(message: str) -> NoReturn:
    Console(stderr=True, soft_wrap=True).print(f"[bold red]Error:[/] {_plain(message)}", highlight=False)
    sys.exit(2)


def _plain(message: str) -> str:
    """The message with brackets kept from being read as markup."""
    return message.replace("[", r"\[")
