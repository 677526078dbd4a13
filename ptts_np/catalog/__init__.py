"""The released models and voices as data."""

import functools
from importlib.resources import files
from typing import Any

import yaml

from ptts_np.model.config import ModelConfig, parse_config


def _read(name: str) -> dict[str, Any]:
    text = (files("ptts_np.catalog") / name).read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return data


@functools.cache
def _models() -> dict[str, Any]:
    return _read("models.yaml")


@functools.cache
def voices() -> dict[str, Any]:
    """`{"audio": {name: place}, "embedding": pattern, "default_by_language", "fallback"}`."""
    return _read("voices.yaml")


def model_names() -> list[str]:
    """The released models."""
    return sorted(_models()["models"])


def model_config(name: str) -> ModelConfig:
    """The configuration of a released model; KeyError for another name."""
    entry = dict(_models()["models"][name])
    places = _models()["places"]
    architecture = _read("architectures.yaml")["architectures"][entry.pop("architecture")]
    flow_lm = dict(architecture["flow_lm"])
    revisions = {key: entry.pop(key) for key in ("weights", "open_weights", "tokenizer")}
    suffix = "json" if flow_lm["lookup_table"]["tokenizer"] == "tokenizers" else "model"
    tokenizer_file = entry.pop("tokenizer_file", f"languages/{name}/tokenizer.{suffix}")
    found = {
        key: place.format(name=name, tokenizer_file=tokenizer_file, **revisions)
        for key, place in places.items()
    }
    flow_lm["lookup_table"] = {**flow_lm["lookup_table"], "tokenizer_path": found["tokenizer"]}
    data = {
        "weights_path": found["weights"],
        "weights_path_without_voice_cloning": found["open_weights"],
        "flow_lm": flow_lm,
        "mimi": architecture["mimi"],
        **entry,
    }
    return parse_config(data, f"the catalog's {name}")
