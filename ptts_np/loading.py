"""A model's name or location to everything needed to speak with it."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path, PurePath

from ptts_np import catalog
from ptts_np.engine.engine import Engine
from ptts_np.errors import AccessError, ConfigError, InputError
from ptts_np.fetch.cache import cached, fetch
from ptts_np.fetch.locations import Local, parse, short_name
from ptts_np.machine import cores
from ptts_np.model.config import ModelConfig, load_config
from ptts_np.ops import Backend, Ops, get_backend
from ptts_np.text.chunks import TextRules
from ptts_np.text.pronounce import Phonemes, load_lexicon, pronounced
from ptts_np.text.tokenizer import Tokenizer, load_tokenizer
from ptts_np.times.heads import Heads, find_heads
from ptts_np.weights.load import Params, load_params
from ptts_np.weights.quantize import QUANTIZERS

EMBEDDED = "mini"
STAGES = 2  # threads that one stream keeps busy


@dataclass(frozen=True, eq=False)
class Model:
    """One set of weights and what goes with it. Read-only: any number of streams may share it.

    `prefill_ops` are the operations a text is read with: `ops` with the help of threads, for the
    stage of the stream that still waits. `voices` is a folder of the model's own
    voice files, where it has one. `pronounce` turns plain text into what the tokenizer knows, for
    models that read phonemes.
    """

    name: str
    config: ModelConfig
    params: Params
    tokenizer: Tokenizer
    rules: TextRules
    backend: Backend
    ops: Ops
    prefill_ops: Ops
    can_clone: bool
    voices: Path | None
    pronounce: Callable[[str], Phonemes] | None
    engine: Engine = field(default_factory=Engine, init=False, repr=False)

    @cached_property
    def text_heads(self) -> Heads:
        """The attention heads that follow the text. Raises InputError where nobody knows them."""
        return find_heads(self.name, self.config, self.params.flow_lm)

    @property
    def sample_rate(self) -> int:
        return self.config.mimi.sample_rate


def load_model(
    name: str | None = None,
    *,
    backend: str | None = None,
    quantize: str | None = None,
    threads: int | None = 1,
) -> Model:
    """Load a model: a name of the catalog, or the location of a YAML configuration.

    Without a name it is `PTTS_MODEL`'s, else the embedded one, which needs no network. A location
    is a path, `https://...` or `hf://owner/name/file@revision`; files the configuration names
    relatively are looked for beside it. `backend` is "numpy", "numba" or "rust" (see
    `ptts_np.ops`). `quantize` keeps FlowLM's matrices as "bf16" or "int8", and those of Mimi's
    decoder as int16 where "rust" can multiply those: faster and smaller, at a small loss. `threads`
    is how many may work on one product, for BLAS in this process from here on; a stream is
    stages side by side, so one each is fastest on few cores. None leaves it.
    Raises InputError, ConfigError, WeightsError, FetchError or BackendError.
    """
    if quantize not in (None, *QUANTIZERS):
        raise InputError(f"quantize must be one of {', '.join(QUANTIZERS)}, not {quantize!r}")
    if threads is not None:
        _limit_blas(threads)
    chosen = get_backend(backend)
    name, config, location = find_config(name)
    weights, can_clone = _fetch_weights(config, location)
    table = config.flow_lm.lookup_table
    tokenizer_file = fetch(resolve(table.tokenizer_path, location))
    can_clone = can_clone and config.voice_cloning
    params = load_params(
        weights,
        config,
        cloning=can_clone,
        quantize=quantize,
        int16_decoder=quantize is not None and chosen.has_int16,
    )
    return Model(
        name=name,
        config=config,
        params=params,
        tokenizer=load_tokenizer(table.tokenizer, tokenizer_file, table.n_bins),
        rules=TextRules(
            replace_characters=config.replace_characters,
            remove_semicolons=config.remove_semicolons,
            capitalize_first_letter=config.capitalize_first_letter,
            append_terminal_punctuation=config.append_terminal_punctuation,
            pad_with_spaces_for_short_inputs=config.pad_with_spaces_for_short_inputs,
        ),
        backend=chosen,
        ops=chosen.operations(threads or 1),
        prefill_ops=chosen.operations(max(threads or 1, min(STAGES, cores()))),
        can_clone=can_clone,
        voices=voice_folder(location),
        pronounce=_pronouncer(config, location),
    )


def find_config(name: str | None) -> tuple[str, ModelConfig, str | None]:
    """A model's short name, its configuration, and where that came from (None: the catalog)."""
    if name is None:
        name = os.environ.get("PTTS_MODEL") or EMBEDDED
    if not name:
        raise InputError("the model's name is empty: leave it out for the default")
    if name == EMBEDDED:
        location = str(files("ptts_np") / "assets" / EMBEDDED / "config.yaml")
        return EMBEDDED, load_config(Path(location)), location
    if name in catalog.model_names():
        return name, catalog.model_config(name), None
    given = parse(name)
    if PurePath(given.path).suffix.lower() in (".yaml", ".yml"):
        return short_name(given), load_config(fetch(name)), name
    known = ", ".join([EMBEDDED, *catalog.model_names()])
    raise InputError(
        f"there is no model {name!r}: give the path or address of a .yaml file, or one of {known}"
    )


def voice_folder(location: str | None) -> Path | None:
    """The folder of voice files beside a local configuration, where there is one."""
    if location is None or not isinstance(local := parse(location), Local):
        return None
    folder = local.file.parent / "voices"
    return folder if folder.is_dir() else None


def resolve(path: str, location: str | None) -> str:
    """Where a file is that the configuration from `location` calls `path`.

    A configuration from the network may not name files of this computer: ConfigError.
    """
    if "://" in path or location is None:
        return path
    origin = parse(location)
    inside = not Path(path).is_absolute() and ".." not in Path(path).parts
    if not inside and not isinstance(origin, Local):
        raise ConfigError(f"{location} names {path!r}, which is outside its own folder")
    return origin.beside(path)


def _fetch_weights(config: ModelConfig, location: str | None) -> tuple[Path, bool]:
    """The weight file, and whether it is the one that can clone voices."""
    full, open_ = config.weights_path, config.weights_path_without_voice_cloning
    if open_ is None:
        return fetch(resolve(full, location)), True
    full, open_ = resolve(full, location), resolve(open_, location)
    # what is already here needs no network
    for location, can_clone in ((full, True), (open_, False)):
        if (path := cached(location)) is not None:
            return path, can_clone
    try:
        return fetch(full), True
    except AccessError:
        return fetch(open_), False


def _limit_blas(threads: int) -> None:
    if isinstance(threads, bool) or not 1 <= threads <= 1024:
        raise InputError(f"threads must be a number from 1 to 1024, or None, not {threads!r}")
    import numpy  # noqa: F401 - its BLAS must be there to be found
    import threadpoolctl

    threadpoolctl.threadpool_limits(threads, user_api="blas")


def _pronouncer(config: ModelConfig, location: str | None) -> Callable[[str], Phonemes] | None:
    if config.pronunciation is None:
        return None
    lexicon = load_lexicon(fetch(resolve(config.pronunciation, location)))
    return lambda text: pronounced(text, lexicon)
