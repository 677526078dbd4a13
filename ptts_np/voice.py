"""A voice prompt, a voice file or a name to a voice state, and back to a file.

A voice state is FlowLM's state after it has read the voice: `{"cache", "length", "position",
"model"}`, see `ptts_np.model.transformer`. It is never written to: a stream copies it.
"""

import re
from collections.abc import Generator
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float32
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ptts_np import catalog
from ptts_np.audio.prompt import prompt_from_audio, prompt_from_samples
from ptts_np.audio.read import PROMPT_SECONDS
from ptts_np.audio.samples import SAMPLE_RATE, check_samples
from ptts_np.errors import AudioError, OutputError, VoiceError, WeightsError
from ptts_np.fetch.atomic import write_bytes
from ptts_np.fetch.cache import cached, fetch
from ptts_np.fetch.locations import Local, parse
from ptts_np.loading import Model
from ptts_np.model import flow_lm, mimi
from ptts_np.pipeline import run_ahead
from ptts_np.weights.file import describe

VoiceState = dict[str, Any]
Samples = Float32[np.ndarray, "samples"]
Features = Float32[np.ndarray, "time dimension"]
Latents = Float32[np.ndarray, "frames inner_dim"]

MAX_VOICE_ROWS = 4096
FRAMES_AT_ONCE = 12
"""Of a prompt in Mimi's encoder: bounds its memory for one of any length."""
_LAYER = re.compile(r"transformer\.layers\.(\d{1,4})\.self_attn/(cache|offset|pad|current_end)")


def voice_names(name: str, folder: Path | None) -> list[str]:
    """The voices of the model called `name` whose own voice files are in `folder`."""
    own = sorted(path.stem for path in folder.glob("*.safetensors")) if folder else []
    return own + (sorted(catalog.voices()["audio"]) if name in catalog.model_names() else [])


def default_voice(model: Model) -> str:
    """The name of the voice a model speaks with when none is asked for.

    Raises VoiceError for a model without any.
    """
    if model.name in catalog.model_names():
        released = catalog.voices()
        language = model.name.split("_")[0]
        return str(released["default_by_language"].get(language, released["fallback"]))
    if names := voice_names(model.name, model.voices):
        return names[0]
    raise VoiceError(f"the model {model.name} has no voice of its own: give an audio or voice file")


def load_voice(
    model: Model, voice: str | PathLike[str] | bytes | np.ndarray | None = None
) -> VoiceState:
    """The voice state a stream of `model` starts from.

    `voice` is a name (see `voice_names`), a voice file (`.safetensors`), an audio file or its
    bytes, either of them also as `https://` or `hf://`, samples `[n]` at 24 kHz, or None for the
    model's default. Raises VoiceError, AudioError or FetchError.
    """
    if voice is None:
        voice = default_voice(model)
    if isinstance(voice, np.ndarray):
        return clone_voice(model, _prompt_from_samples(voice))
    if isinstance(voice, bytes):
        return clone_voice(model, prompt_from_audio(voice))
    location = _locate(model, str(voice))
    path = fetch(location)
    if path.suffix == ".safetensors":
        return read_voice(model, path)
    return clone_voice(model, prompt_from_audio(path))


def _prompt_from_samples(samples: np.ndarray) -> Samples:
    if samples.ndim != 1 or samples.dtype.kind != "f":
        raise AudioError(
            f"a voice prompt is float samples [n], not {samples.dtype} {samples.shape}"
        )
    with np.errstate(over="ignore"):  # refused below, as not finite
        prompt = samples[: int(PROMPT_SECONDS * SAMPLE_RATE)].astype(np.float32)
    check_samples(prompt, "the voice prompt")
    return prompt_from_samples(prompt, SAMPLE_RATE)


def clone_voice(model: Model, prompt: Samples) -> VoiceState:
    """The state after reading a prompt, samples `[n]` at 24 kHz as `audio` prepares them."""
    if not model.config.voice_cloning:
        raise VoiceError(
            f"the model {model.name} speaks with its own voices only: to clone one, use a released "
            "model, for example --model english"
        )
    if not model.can_clone:
        raise VoiceError(
            f"the weights of {model.name} found here can't clone voices. Accept the terms at "
            "https://huggingface.co/kyutai/pocket-tts and run `hf auth login`, or use one of its "
            "voices: `ptts-np voices`"
        )
    ops, config, params = model.ops, model.config.flow_lm, model.params.flow_lm
    state = flow_lm.new_state(config, params)
    # each half of Mimi's encoder and FlowLM in a thread of its own, a piece ahead of the next
    with closing(run_ahead(_latents(model, run_ahead(_features(model, prompt), 1)), 1)) as pieces:
        for index, latents in enumerate(pieces):
            embedded = flow_lm.embed_voice(ops, params, latents, begins=index == 0)
            _, state = flow_lm.prefill(ops, config, params, state, embedded)
    return {**state, "model": model.name}


def _features(model: Model, prompt: Samples) -> Generator[Features, None, None]:
    """The first half of Mimi's encoder, on a piece of the prompt at a time."""
    ops, config, params = model.ops, model.config.mimi, model.params.mimi
    state = mimi.encoder_state(config, params)
    samples = mimi.whole_frames(config, prompt)
    size = FRAMES_AT_ONCE * config.samples_per_frame
    for start in range(0, len(samples), size):
        piece = samples[start : start + size]
        x, state = mimi.encode_features(ops, config, params, state, piece)
        yield x


def _latents(
    model: Model, pieces: Generator[Features, None, None]
) -> Generator[Latents, None, None]:
    """The second half of Mimi's encoder."""
    ops, config, params = model.ops, model.config.mimi, model.params.mimi
    state = mimi.encoder_state(config, params)
    with closing(pieces):
        for x in pieces:
            latents, state = mimi.encode_latents(ops, config, params, state, x)
            yield latents


def read_voice(model: Model, path: Path) -> VoiceState:
    """A voice file of this model, in today's layout or the older one.

    Raises VoiceError for one that is damaged or belongs to another model.
    """
    tensors, owner = _read_tensors(path)
    if owner not in (None, model.name):
        raise VoiceError(f"{path} is a voice of the model {owner}, not of {model.name}")
    layers: dict[int, dict[str, np.ndarray]] = {}
    for (index, name), tensor in tensors.items():
        layers.setdefault(index, {})[name] = tensor
    transformer = model.config.flow_lm.transformer
    shape = (transformer.num_layers, transformer.num_kv_heads, transformer.head_dim)
    if sorted(layers) != list(range(transformer.num_layers)):
        raise VoiceError(f"{path} has {len(layers)} layers, the model {model.name} {shape[0]}")
    lengths = {_length(path, layer, shape[1:]) for layer in layers.values()}
    if len(lengths) != 1:
        raise VoiceError(f"{path} is damaged: its layers are of different lengths")
    length = lengths.pop()
    cache = np.stack([layers[index]["cache"][:, 0, :length] for index in range(len(layers))])
    if not np.isfinite(cache).all():
        raise VoiceError(f"{path} is damaged: it has values that are not finite numbers")
    return {"cache": cache, "length": length, "position": length, "model": model.name}


def _read_tensors(path: Path) -> tuple[dict[tuple[int, str], np.ndarray], str | None]:
    """The tensors by layer and name, and the model that the file says it is for."""
    try:
        named = {name: _LAYER.fullmatch(name) for name in describe(path)}
        if foreign := [name for name, match in named.items() if match is None]:
            raise VoiceError(f"{path} is not a voice file: it has a tensor {foreign[0][:80]!r}")
        with safe_open(path, framework="numpy") as file:
            tensors = {
                (int(match[1]), match[2]): file.get_tensor(name)
                for name, match in named.items()
                if match
            }
            return tensors, (file.metadata() or {}).get("model")
    except (WeightsError, SafetensorError, TypeError) as error:
        raise VoiceError(f"{path} is not a usable voice file: {error}") from error
    except OSError as error:
        raise VoiceError(f"cannot read the voice {path}: {error.strerror or error}") from error


def _length(path: Path, layer: dict[str, np.ndarray], heads: tuple[int, int]) -> int:
    """Rows in use in one layer of a voice file, checked."""
    cache = layer.get("cache")
    if cache is None or cache.dtype != np.float32 or cache.ndim != 5 or cache.shape[:2] != (2, 1):
        raise VoiceError(f"{path} is not a voice file: a layer has no usable cache")
    if cache.shape[3:] != heads:
        raise VoiceError(
            f"{path} belongs to another model: its heads are {cache.shape[3:]}, not {heads}"
        )
    pad = layer.get("pad")
    if pad is not None and pad.any():
        raise VoiceError(f"{path} has padding in its caches, which is not supported")
    if "offset" in layer:
        if layer["offset"].shape != (1,) or layer["offset"].dtype.kind not in "iu":
            raise VoiceError(f"{path} is damaged: an offset is not one whole number")
        length = int(layer["offset"][0])
    elif "current_end" in layer and layer["current_end"].ndim > 0:
        length = layer["current_end"].shape[0]
    else:
        raise VoiceError(f"{path} does not say how long its voice is")
    if not 0 < length <= min(cache.shape[2], MAX_VOICE_ROWS):
        raise VoiceError(f"{path} is damaged: a length of {length} in {cache.shape[2]} rows")
    return length


def save_voice(voice: VoiceState, path: str | PathLike[str]) -> None:
    """Write a voice state as a voice file that pocket-tts reads, too. Raises OutputError."""
    length = voice["length"]
    tensors = {}
    for index, layer in enumerate(voice["cache"]):
        name = f"transformer.layers.{index}.self_attn"
        tensors[f"{name}/cache"] = np.ascontiguousarray(layer[:, None, :length])
        tensors[f"{name}/offset"] = np.array([length], np.int64)
        tensors[f"{name}/pad"] = np.zeros(1, np.int64)
    if Path(path).suffix != ".safetensors":
        raise OutputError(f"a voice file is named *.safetensors, not {str(path)!r}")
    write_bytes(Path(path), save(tensors, metadata={"model": voice["model"]}))


def _locate(model: Model, voice: str) -> str:
    """Where the voice called `voice` is: names first, then files and addresses."""
    if not voice:
        raise VoiceError("the voice's name is empty: leave it out for the default")
    if model.voices and voice in voice_names(model.name, model.voices):
        return str(model.voices / f"{voice}.safetensors")
    released = catalog.voices()
    if voice in released["audio"]:
        if model.name in catalog.model_names():
            return str(released["embedding"].format(language=model.name, name=voice))
        if not model.can_clone:
            raise VoiceError(_unknown(model, voice))
        return str(released["audio"][voice])
    if isinstance(parse(voice), Local) and cached(voice) is None:
        raise VoiceError(_unknown(model, voice))
    return voice


def _unknown(model: Model, voice: str) -> str:
    names = ", ".join(voice_names(model.name, model.voices)) or "none"
    return f"there is no voice or file {voice!r}; voices of the model {model.name}: {names}"
