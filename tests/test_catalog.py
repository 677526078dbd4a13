"""The catalog says what the reference's own configurations say."""

import json

import pytest

from ptts_np.catalog import model_config, model_names, voices
from ptts_np.model.config import parse_config
from tests.conftest import GOLDEN

RELEASED = json.loads((GOLDEN / "catalog" / "models.json").read_text(encoding="utf-8"))


def test_every_released_model_is_listed() -> None:
    assert model_names() == sorted(RELEASED)


@pytest.mark.parametrize("name", sorted(RELEASED))
def test_configuration_equals_the_released_one(name: str) -> None:
    own = {"text_heads": ()}  # which the released files don't tell
    assert model_config(name).model_copy(update=own) == parse_config(RELEASED[name], name)


def test_voices() -> None:
    released = json.loads((GOLDEN / "catalog" / "voices.json").read_text(encoding="utf-8"))
    assert voices() == released
