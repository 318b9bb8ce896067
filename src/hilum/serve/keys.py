"""API keys: shown once, kept as hashes, each with a name and what it may do."""

import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from hilum.schema import ConfigError
from hilum.schema.files import write_json

SCOPES = {
    "submit": "send images",
    "read": "see the worklist, readings and objects",
    "feedback": "agree or disagree with readings",
    "admin": "metrics, exports, and reading an image again",
}
FILE = "keys.json"
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
FORM = re.compile(r"hilum_([0-9a-f]{8})_([A-Za-z0-9_-]{43})")
NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True)
class Key:
    """What is kept of a key.

    Args:
        key_id: its public part.
        name: whose it is.
        scopes: what it may do.
        sha256: of its secret part, which has 256 random bits and so needs no slow hash.
        made: when, in seconds since 1970.
    """

    key_id: str
    name: str
    scopes: tuple[str, ...]
    sha256: str
    made: float


class Keys:
    """The keys of one server; read anew when their file changes, so that a revoked one is refused at once.

    Args:
        folder: of the server.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE
        self._kept: dict[str, Key] = {}
        self._stated: tuple[int, int] | None = None

    def all(self) -> list[Key]:
        """Those that are valid."""
        stated = (self._file.stat().st_mtime_ns, self._file.stat().st_ino) if self._file.is_file() else None
        if stated != self._stated:
            values = json.loads(self._file.read_text(encoding="utf-8")) if stated else []
            self._kept = {key["key_id"]: Key(**{**key, "scopes": tuple(key["scopes"])}) for key in values}
            self._stated = stated
        return list(self._kept.values())

    def add(self, name: str, scopes: list[str]) -> str:
        """Make a key and give it; it cannot be shown again.

        Raises:
            ConfigError: for a name in use, or a scope that does not exist.
        """
        if not NAME.fullmatch(name) or any(key.name == name for key in self.all()):
            raise ConfigError(f"{name}: expected a new name of 1 to 40 letters, digits, - and _; hilum key lists them.")
        unknown = [scope for scope in scopes if scope not in SCOPES]
        if unknown or not scopes:
            raise ConfigError(f"{', '.join(unknown) or 'no scope'}: expected any of {', '.join(SCOPES)}.")
        key_id, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
        key = Key(key_id, name, tuple(scopes), hashlib.sha256(secret.encode()).hexdigest(), time.time())
        self._write([*self.all(), key])
        return f"hilum_{key_id}_{secret}"

    def revoke(self, name: str) -> None:
        """Make a key worthless.

        Raises:
            ConfigError: when there is none of that name.
        """
        kept = [key for key in self.all() if key.name != name]
        if len(kept) == len(self.all()):
            raise ConfigError(f"{name}: no such key. Expected one of: {', '.join(key.name for key in kept) or 'none'}.")
        self._write(kept)

    def check(self, said: str) -> Key | None:
        """The key that was shown, or None; as fast for a wrong one as for a right one."""
        self.all()
        found = FORM.fullmatch(said)
        key_id, secret = (found[1], found[2]) if found else ("", "")
        key = self._kept.get(key_id)
        shown = hashlib.sha256(secret.encode()).hexdigest()
        right = hmac.compare_digest(shown, key.sha256 if key else NOBODY)
        return key if right and found else None

    def _write(self, keys: list[Key]) -> None:
        write_json(self._file, [asdict(key) for key in keys])
        self._file.chmod(0o600)
