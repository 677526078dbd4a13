"""The command `serve`: its flags are the settings that `serve/settings.py` declares."""

import inspect
import os
import sys
import textwrap
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo

from ptts_np.cli.console import Notes
from ptts_np.errors import InputError
from ptts_np.serve.sources import SETTINGS, gather

_SERVE_MODULES = ("fastapi", "prometheus_client", "python_multipart", "uvicorn", "websockets")
_LINE = 92


def _with_settings(function: Callable[..., None]) -> Callable[..., None]:
    """Give a command a flag for each setting, with its help."""
    own = list(inspect.signature(function).parameters.values())[:-1]
    flags = [
        inspect.Parameter(
            setting.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=_flag_type(setting.field),
        )
        for setting in SETTINGS.values()
    ]
    function.__signature__ = inspect.Signature([*own, *flags])  # type: ignore[attr-defined]
    helps = [_help_line(setting.name, setting.field) for setting in SETTINGS.values()]
    function.__doc__ = "\n".join([(function.__doc__ or "").rstrip(), *helps, "    "])
    return function


def _flag_type(field: FieldInfo) -> Any:
    """Numbers and switches are read as such, all else as text."""
    kinds = {field.annotation, *get_args(field.annotation)}
    return next((kind for kind in (bool, int, float) if kind in kinds), str) | None


def _help_line(name: str, field: FieldInfo) -> str:
    return textwrap.fill(
        f"{name}: {field.description}", _LINE, initial_indent=" " * 8, subsequent_indent=" " * 12
    )


@_with_settings
def serve(*, config: str | None = None, **flags: Any) -> None:
    """Serve a page, the speech APIs of OpenAI and ElevenLabs, Wyoming, and pocket-tts's form.

    Each setting is a flag, a variable (--voice_folder is PTTS_SERVE_VOICE_FOLDER) and a line of
    the file of --config. A flag wins over a variable, a variable over the file.

    Examples:
        ptts-np serve
        ptts-np serve --port 8000 --model english --voice_folder voices
        ptts-np serve --config serve.yaml
        PTTS_API_KEY=long-secret ptts-np serve --host 0.0.0.0

    Args:
        config: YAML file of these settings, a line `name: value` each.
    """
    _need("serve", _SERVE_MODULES, "serve")
    from ptts_np.serve.start import start

    settings = gather(flags, os.environ, None if config is None else Path(config))
    if settings.network.wyoming is not None:
        _need("--wyoming", ("wyoming", "zeroconf"), "wyoming")
    notes = Notes(quiet=settings.watching.log_format == "json")
    if code := start(settings, notes.first_compile):
        sys.exit(code)


def _need(what: str, modules: tuple[str, ...], extra: str) -> None:
    """Raises InputError if a module is missing."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise InputError(
            f'{what} needs {", ".join(missing)}: pip install "ptts-np[{extra}]" installs all of it'
        )
