"""All commands. Fire turns these functions into a command line; `fire.py` guards its traps."""

import sys
from pathlib import Path

from ptts_np.cli.book import book
from ptts_np.cli.corpus import corpus
from ptts_np.cli.fire import Group
from ptts_np.cli.say import say
from ptts_np.cli.serve import serve
from ptts_np.errors import InputError, PttsError

COMMANDS = Group(
    "ptts-np",
    "Text to speech that runs anywhere Python runs.",
    example='ptts-np say "Hello."',
)
COMMANDS.add(say)
COMMANDS.add(book)
COMMANDS.add(corpus)
COMMANDS.add(serve)


@COMMANDS.add
def voices(model: str | None = None) -> None:
    """List the voices of a model.

    Examples:
        ptts-np voices
        ptts-np voices --model english

    Args:
        model: Name or configuration of a model.
    """
    from ptts_np.loading import find_config, voice_folder
    from ptts_np.voice import voice_names

    name, _, place = find_config(model)
    for voice in voice_names(name, voice_folder(place)):
        print(voice)


@COMMANDS.add
def models() -> None:
    """List the models, their sizes and where they are.

    Examples:
        ptts-np models
    """
    from ptts_np.cli.inspection import model_table

    for row in model_table():
        print(row)


@COMMANDS.add
def export_voice(source: str, target: str, *, model: str | None = None) -> None:
    """Turn a recording of a voice into a voice file, which loads faster.

    Examples:
        ptts-np export_voice me.wav me.safetensors --model english

    Args:
        source: An audio file of some seconds of speech, or any voice `say` takes.
        target: The voice file to write, *.safetensors; pocket-tts reads it, too.
        model: The model the voice is for.
    """
    from ptts_np.loading import load_model
    from ptts_np.voice import load_voice, save_voice

    if Path(target).suffix != ".safetensors":
        raise InputError(f"a voice file is named *.safetensors, not {target!r}")
    loaded = load_model(model)
    voice = load_voice(loaded, source)
    save_voice(voice, target)
    print(f"{voice['length']} frames of voice -> {target}", file=sys.stderr)


@COMMANDS.add
def doctor() -> None:
    """Tell what is installed, what this machine can do, and what is missing.

    Examples:
        ptts-np doctor
    """
    from ptts_np.cli.inspection import report

    for row in report():
        print(row, flush=True)


@COMMANDS.add
def bench(
    *,
    model: str | None = None,
    backend: str | None = None,
    quantize: str | None = None,
    threads: int = 1,
    runs: int = 5,
) -> None:
    """Measure how fast a model speaks on this machine.

    Examples:
        ptts-np bench
        ptts-np bench --model english --backend numba

    Args:
        model: Name or configuration of a model.
        backend: numpy, numba or rust.
        quantize: bf16 or int8.
        threads: How many threads one product of matrices may use.
        runs: How often; the median is told.
    """
    from ptts_np.cli.inspection import measure
    from ptts_np.loading import load_model

    if not 1 <= runs <= 1000:
        raise InputError(f"runs must be from 1 to 1000, not {runs}")
    loaded = load_model(model, backend=backend, quantize=quantize, threads=threads)
    speed, first = measure(loaded, runs)
    print(
        f"{loaded.name} on {loaded.backend.name}: {speed:.1f} times real time, first sound after "
        f"{first * 1e3:.0f} ms (median of {runs})"
    )


def run(arguments: list[str]) -> int:
    """Carry out one command; its exit code."""
    try:
        COMMANDS.run(arguments)
        sys.stdout.flush()
    except PttsError as error:
        print(f"ptts-np: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # whoever read our output has gone; python would complain once more at exit
        sys.stdout = None
        return 1
    except OSError as error:
        print(f"ptts-np: {error.strerror or error}", file=sys.stderr)
        sys.stdout = None
        return 1
    except MemoryError:
        print("ptts-np: out of memory: use a smaller model or a shorter text", file=sys.stderr)
        return 1
    return 0
