"""Where settings come from: flags, then the environment, then a YAML file, then the defaults.

All of them use the names that `settings.py` declares: `--voice_folder`, `PTTS_SERVE_VOICE_FOLDER`
and `voice_folder:` are one setting.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml
from pydantic.fields import FieldInfo

from ptts_np.errors import InputError
from ptts_np.serve.settings import Group, ServeSettings, check_settings

PREFIX = "PTTS_SERVE_"
API_KEY = "PTTS_API_KEY"  # as it is called where it is not the server that reads it
FILE_BYTES = 1 << 20


class Setting(NamedTuple):
    """One setting: its name, the group it belongs to (None: no group) and its declaration."""

    name: str
    group: str | None
    field: FieldInfo

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return API_KEY if self.name == "api_key" else PREFIX + self.name.upper()


def _declared() -> Iterator[Setting]:
    for name, field in ServeSettings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Group):
            for inner, declaration in kind.model_fields.items():
                yield Setting(inner, name, declaration)
        else:
            yield Setting(name, None, field)


SETTINGS = {setting.name: setting for setting in _declared()}


def gather(
    flags: Mapping[str, Any], environment: Mapping[str, str], file: Path | None
) -> ServeSettings:
    """Settings from all sources; a flag that is None was not given. Raises InputError."""
    values = {} if file is None else read_file(file)
    values |= from_environment(environment)
    values |= {name: value for name, value in flags.items() if value is not None}
    grouped: dict[str, Any] = {}
    for name, value in values.items():
        group = SETTINGS[name].group
        target = grouped if group is None else grouped.setdefault(group, {})
        target[name] = value
    return check_settings(grouped)


def from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Settings by name. Raises InputError for a variable of ours that none has."""
    known = {setting.variable: setting.name for setting in SETTINGS.values()}
    for variable in environment:
        if variable.startswith(PREFIX) and variable not in known:
            _refuse(f"the environment's {variable} is no setting", variable, known)
    return {name: environment[key] for key, name in known.items() if environment.get(key)}


def read_file(path: Path) -> dict[str, Any]:
    """Settings by name, from YAML; null is as good as absent.

    Raises InputError for a file that can't be read, is not a mapping, or has other names.
    """
    values = read_mapping(path)
    for name in values:
        if name not in SETTINGS:
            _refuse(f"{path}: there is no setting {name!r}", str(name), SETTINGS)
    return {name: value for name, value in values.items() if value is not None}


def read_mapping(path: Path) -> dict[Any, Any]:
    """The mapping that a YAML file holds; an empty file holds an empty one. Raises InputError."""
    try:
        with path.open(encoding="utf-8") as stream:
            text = stream.read(FILE_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise InputError(f"{path}: {reason}") from error
    if len(text) > FILE_BYTES:
        raise InputError(f"{path}: larger than {FILE_BYTES} characters")
    try:
        values = yaml.load(text, _Unique)
    except (yaml.YAMLError, RecursionError) as error:
        # the text around the error may be a key, so only its place is told
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "not YAML"
        place = "" if mark is None else f", line {mark.line + 1}"
        raise InputError(f"{path}{place}: {problem}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise InputError(f"{path}: must hold `name: value` lines")
    return values


class _Unique(yaml.SafeLoader):
    """Refuses a name that comes twice: the first would be lost without a word."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem="a name comes twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _refuse(message: str, word: str, known: Collection[str]) -> NoReturn:
    near = difflib.get_close_matches(word, list(known), n=1)
    raise InputError(f"{message}; did you mean {near[0]}?" if near else message)
