"""API keys: who has them, what each may do, and how much of it.

The file of `--keys` is YAML:

    keys:
      - name: kitchen
        key: a long secret            # or sha256: its digest in hexadecimal
        scopes: [speak, voices]       # of speak, voices, metrics, admin; default speak
        requests: 60                  # a minute
        characters: 20000             # a minute
        uploads: 5                    # voices in memory
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ptts_np.errors import InputError
from ptts_np.serve.sources import read_mapping

Scope = Literal["speak", "voices", "metrics", "admin"]


@dataclass(frozen=True)
class Key:
    """One client's key. Only its digest is kept; None is no limit."""

    name: str
    digest: bytes
    scopes: frozenset[Scope]
    requests: float | None = None
    characters: float | None = None
    uploads: int | None = None

    def may(self, scope: Scope) -> bool:
        """Whether it opens what needs `scope`; admin opens all."""
        return scope in self.scopes or "admin" in self.scopes


def digest(secret: bytes) -> bytes:
    """What is kept of a key: long random ones can't be guessed from it."""
    return hashlib.sha256(secret).digest()


def operator_key(secret: str) -> Key:
    """The key of `--api_key`: it may do everything."""
    return Key("operator", digest(secret.encode("utf-8", "surrogateescape")), frozenset({"admin"}))


def find(keys: Iterable[Key], secret: bytes) -> Key | None:
    """The key that was given. Takes the same time for each and for none."""
    given, found = digest(secret), None
    for key in keys:
        if hmac.compare_digest(given, key.digest):
            found = key
    return found


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    name: Annotated[str, StringConstraints(pattern=r"^[\w.@-]{1,64}$")]
    key: Annotated[str, StringConstraints(min_length=8, max_length=1000)] | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")] | None = None
    scopes: list[Scope] = Field(default=["speak"], min_length=1)
    requests: float | None = Field(default=None, gt=0)
    characters: float | None = Field(default=None, gt=0)
    uploads: int | None = Field(default=None, ge=0)

    def read(self) -> Key:
        if (self.key is None) == (self.sha256 is None):
            raise ValueError("give key or sha256, one of them")
        kept = digest(self.key.encode()) if self.key else bytes.fromhex(str(self.sha256))
        scopes = frozenset(self.scopes)
        return Key(self.name, kept, scopes, self.requests, self.characters, self.uploads)


def read_keys(path: Path) -> tuple[Key, ...]:
    """The keys of a file. Raises InputError, which never shows a key."""
    values = read_mapping(path)
    entries = values.get("keys")
    if set(values) != {"keys"} or not isinstance(entries, list) or not entries:
        raise InputError(f"{path}: must hold `keys:` with a list of at least one key")
    keys = tuple(_read_entry(path, number, entry) for number, entry in enumerate(entries, 1))
    names = Counter(key.name for key in keys)
    if twice := [name for name, times in names.items() if times > 1]:
        raise InputError(f"{path}: two keys are called {twice[0]}")
    if len({key.digest for key in keys}) < len(keys):
        raise InputError(f"{path}: two names have the same key")
    return keys


def _read_entry(path: Path, number: int, entry: Any) -> Key:
    try:
        return _Entry.model_validate(entry).read()
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "it"
        raise InputError(f"{path}: key {number}: {place}: {first['msg']}") from None
    except ValueError as error:
        raise InputError(f"{path}: key {number}: {error}") from None
