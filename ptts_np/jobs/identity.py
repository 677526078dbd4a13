"""Which model and which voice: fingerprints of what decides the sound, cheap to make."""

import hashlib

import numpy as np

import ptts_np
from ptts_np.loading import Model
from ptts_np.voice import VoiceState
from ptts_np.weights.leaves import leaves

_SMALL_BYTES = 64 << 10


def model_print(model: Model) -> str:
    """Of the code's version, the backend, the configuration, and the weights.

    Of large weights only the kind and size are looked at: a model trained again differs in its
    small ones, too.
    """
    digest = hashlib.sha256(
        f"{ptts_np.__version__} {model.backend.name} {model.config.model_dump_json()}".encode()
    )
    for name, array in leaves(model.params):
        digest.update(f"{name} {type(array).__name__} {array.nbytes}".encode())
        if isinstance(array, np.ndarray) and array.nbytes <= _SMALL_BYTES:
            digest.update(array.tobytes())
    return digest.hexdigest()[:32]


def voice_print(voice: VoiceState) -> str:
    """Of the rows of the cache that are in use."""
    used = np.ascontiguousarray(voice["cache"][:, :, : voice["length"]])
    return hashlib.sha256(used.tobytes()).hexdigest()[:32]
