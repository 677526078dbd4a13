"""Compare ptts_np with PyTorch's pocket-tts on the released shapes at full size.

    python scripts/check_reference.py PYTHON [MODEL ...] [--backends numba rust ...]

PYTHON is an interpreter that has pocket-tts installed. The weights are random (random_model.py).
pocket-tts records what `tests/golden` holds of tiny models: each step is fed the recorded latent
of the step before, since running free amplifies rounding. The figures are the largest differences
as parts of the largest value. Voice files written on either side are read on the other.
"""

import argparse
import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

TEXT = "The quick brown fox jumps over the lazy dog."
FRAMES = 24
TEMPERATURE = 0.3
DECODE_STEPS = 2
BOUND = 1e-5
SHAPES = (
    "english",
    "english_2026-01",
    "english_2026-04_24l",
    "english_drifting_26-09",
    "english_18m_2026-10",
    "english_7m_2026-10",
    "english_2m_2026-10",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer")
    parser.add_argument("models", nargs="*", default=SHAPES)
    parser.add_argument("--backends", nargs="+", default=["numba"])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ptts-bench")
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).parent))
    from random_model import write

    worst = 0.0
    for name in options.models:
        config = write(name, options.folder / name)
        recorded = options.folder / f"{name}.npz"
        voice = options.folder / f"{name}.voice.safetensors"
        ptts_np.save_voice(clone(config, options.backends[0]), voice)
        command = [options.peer, __file__, "--record", *map(str, (config, voice, recorded))]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with np.load(recorded) as expected:
            for backend in options.backends:
                found = differences(config, backend, dict(expected), voice)
                worst = max(worst, *found.values())
                print(name, backend, json.dumps({k: f"{v:.1e}" for k, v in found.items()}))
    print(f"largest difference: {worst:.1e}")
    sys.exit(worst > BOUND)


def prompt() -> np.ndarray:
    """Two seconds of something that is neither silent nor periodic."""
    time = np.arange(48000, dtype=np.float64) / 24000
    return (0.3 * np.sin(2 * np.pi * (150 + 40 * time) * time)).astype(np.float32)


def record(config: Path, ours: Path, path: Path) -> None:
    """What the reference computes, with the interpreter that has it; it speaks with our voice."""
    import torch
    from pocket_tts import TTSModel
    from pocket_tts.models import flow_lm as heads
    from pocket_tts.models.model_state import export_model_state
    from pocket_tts.modules.stateful_module import increment_steps, init_states

    torch.set_grad_enabled(False)
    model = TTSModel.load_model(config=config)
    lm, mimi = model.flow_lm, model.mimi
    audio = torch.from_numpy(prompt())[None]
    cloned = model.get_state_for_audio_prompt(audio)
    export_model_state(cloned, path.with_suffix(".safetensors"))
    caches = [state["cache"].numpy() for state in cloned.values()]
    state = model.get_state_for_audio_prompt(ours)
    length = next(iter(state.values()))["cache"].shape[2]
    tokens = lm.conditioner.prepare(TEXT)
    model._expand_kv_cache(state, sequence_length=length + tokens.shape[1] + FRAMES)
    model._run_flow_lm_and_increment_step(model_state=state, text_tokens=tokens)
    decode = {
        "lsd": heads.lsd_decode,
        "flow_matching": heads.ot_decode,
        "drifting": heads.drifting_decode,
        "pointwise": heads.pointwise_decode,
    }[lm.flow_type]
    steps: dict[str, list[Any]] = {
        name: [] for name in ("backbone", "eos_logit", "latents", "audio")
    }
    decoder = init_states(mimi, batch_size=1, sequence_length=FRAMES * 16)
    latent, nothing = lm.bos_emb[None, None], torch.zeros((1, 0, lm.dim))
    draws = np.random.default_rng(0).standard_normal((FRAMES, 1, lm.ldim), np.float32)
    for noise in torch.from_numpy(draws * np.float32(TEMPERATURE**0.5)):
        c = lm.backbone(lm.input_linear(latent), nothing, latent, state)[:, -1]
        increment_steps(lm, state, increment=1)
        latent = decode(functools.partial(lm.flow_net, c), noise, DECODE_STEPS)[:, None]
        sound = mimi.decode_from_latent(latent * lm.emb_std + lm.emb_mean, decoder)
        increment_steps(mimi, decoder, increment=16)
        found = (c[0], lm.out_eos(c)[0, 0], latent[0, 0], sound[0, 0])
        for name, value in zip(steps, found, strict=True):
            steps[name].append(value.numpy())
    np.savez(
        path,
        first_cache=caches[0][:, 0],
        last_cache=caches[-1][:, 0],
        tokens=tokens[0].numpy(),
        embedding=lm.conditioner(tokens)[0].numpy(),
        noise=draws,
        backbone=np.stack(steps["backbone"]),
        eos_logit=np.stack(steps["eos_logit"]),
        latents=np.stack(steps["latents"]),
        audio=np.concatenate(steps["audio"]),
    )


def clone(config: Path, backend: str) -> Any:
    """Our own voice of the prompt."""
    return ptts_np.load_voice(ptts_np.load_model(str(config), backend=backend), prompt())


def differences(
    config: Path, backend: str, expected: dict[str, np.ndarray], ours: Path
) -> dict[str, float]:
    """Each recorded array against the same from here, as parts of its largest value."""
    model = ptts_np.load_model(str(config), backend=backend)
    ops, params, lm = model.ops, model.params, model.config.flow_lm
    weights = params.flow_lm
    voice = ptts_np.load_voice(model, prompt())
    read = ptts_np.load_voice(model, ours.with_name(f"{ours.name.split('.voice')[0]}.safetensors"))
    assert read["length"] == voice["length"]
    tokens = np.array(model.tokenizer.encode(TEXT), np.int64)
    embedding = flow_lm.embed_text(ops, weights, tokens)
    state = flow_lm.copy_state(ptts_np.load_voice(model, ours), spare=len(tokens) + FRAMES)
    _, state = flow_lm.prefill(ops, lm, weights, state, embedding)
    times = flow_head.time_embeddings(ops, lm.flow, weights.flow_net, DECODE_STEPS)
    decoder = mimi.decoder_state(model.config.mimi, params.mimi)
    backbone, logits, latents, audio = [], [], [], []
    last = weights.bos_emb[None].copy()
    for noise, given in zip(expected["noise"], expected["latents"], strict=True):
        fork, fed = flow_lm.copy_state(state, spare=1), flow_lm.embed_latent(ops, weights, last)
        backbone.append(flow_lm.prefill(ops, lm, weights, fork, fed)[0][0])
        noise = noise * np.float32(TEMPERATURE**0.5)
        latent, logit, (state,) = flow_lm.step(ops, lm, weights, [state], last, noise, times)
        latents.append(latent[0])
        logits.append(logit[0])
        last = given[None]
        scaled = last * weights.emb_std + weights.emb_mean
        sound, decoder = mimi.decode(ops, model.config.mimi, params.mimi, decoder, scaled)
        audio.append(sound)
    rows = voice["length"]
    found = {
        "tokens": tokens,
        "first_cache": voice["cache"][0, :, :rows],
        "last_cache": voice["cache"][-1, :, :rows],
        "voice_file": read["cache"][-1],
        "embedding": embedding,
        "backbone": np.stack(backbone),
        "eos_logit": np.array(logits),
        "latents": np.stack(latents),
        "audio": np.concatenate(audio),
    }
    expected["voice_file"] = expected["last_cache"]
    return {name: _difference(value, expected[name]) for name, value in found.items()}


def _difference(value: np.ndarray, expected: np.ndarray) -> float:
    assert value.shape == expected.shape
    return float(np.abs(value - expected).max() / np.abs(expected).max())


if __name__ == "__main__":
    if sys.argv[1:2] == ["--record"]:
        record(*map(Path, sys.argv[2:]))
    else:
        import ptts_np
        from ptts_np.model import flow_head, flow_lm, mimi

        main()
