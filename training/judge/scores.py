"""How speech sounds to networks that learnt from listeners' votes: DNSMOS, P808 and DistillMOS.

All hear the same samples: 16 kHz, brought to one loudness, for DNSMOS hears the level, too.
"""

import sys
import types
from functools import lru_cache
from typing import Any

import numpy as np
import soxr
import torch
from speechmos import dnsmos

from training.data.spoken import RATE

LOW_RATE = 16000
LEVEL = -25.0  # dB below full scale, root mean square
SHORTEST = LOW_RATE  # samples the judges want


def leveled(audio: np.ndarray) -> np.ndarray:
    """Float32 audio (24 kHz) at 16 kHz and LEVEL, at least a second long; no peak above 1."""
    low = soxr.resample(audio, RATE, LOW_RATE).astype(np.float32)
    loud = float(np.sqrt(np.mean(low**2))) if low.size else 0.0
    low = low * (10 ** (LEVEL / 20) / (loud + 1e-9))
    low = np.pad(low, (0, max(0, SHORTEST - len(low))))
    return (low / max(1.0, float(np.abs(low).max()))).astype(np.float32)


@lru_cache
def distilled() -> Any:
    """DistillMOS, its weights inside the package."""
    # it imports torchaudio for nothing but its command line's reading of files
    sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
    from distillmos import ConvTransformerSQAModel

    return ConvTransformerSQAModel().eval()


def quality(audio: np.ndarray) -> dict[str, float]:
    """Scores from 1 to 5 of float32 audio at 24 kHz."""
    low = leveled(audio)
    scores = dnsmos.run(low, sr=LOW_RATE)
    with torch.no_grad():
        distil = float(distilled()(torch.from_numpy(low)[None])[0])
    return {
        "dnsmos": float(scores["ovrl_mos"]),
        "p808": float(scores["p808_mos"]),
        "distillmos": distil,
    }
