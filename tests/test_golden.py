"""The whole model against the recorded reference, each variant on each backend."""

import math

import numpy as np

from ptts_np.model import flow_head, flow_lm, mimi
from tests.conftest import Golden, assert_close


def test_encoder(golden: Golden, ops) -> None:
    config, params = golden.config.mimi, golden.params.mimi
    samples = mimi.whole_frames(config, golden.expected["voice.audio_on_pause"])
    latents, _ = mimi.encode(ops, config, params, mimi.encoder_state(config, params), samples)
    assert_close(latents, golden.expected["voice.latents"])


def voice_state(golden: Golden, ops):
    config, params = golden.config.flow_lm, golden.params.flow_lm
    embedded = flow_lm.embed_voice(ops, params, golden.expected["voice.latents"])
    return flow_lm.prefill(ops, config, params, flow_lm.new_state(config, params), embedded)[1]


def test_voice_state(golden: Golden, ops) -> None:
    state = voice_state(golden, ops)
    length = state["length"]
    assert length == state["position"] == golden.expected["voice.state.first_cache"].shape[2]
    for layer, name in ((0, "first_cache"), (-1, "last_cache")):
        assert_close(
            state["cache"][layer][:, None, :length], golden.expected[f"voice.state.{name}"]
        )


def test_text_and_steps(golden: Golden, ops) -> None:
    """Teacher forcing: each step is fed the recorded latent of the step before."""
    config, params, expected = golden.config.flow_lm, golden.params.flow_lm, golden.expected
    embedding = flow_lm.embed_text(ops, params, expected["text.tokens"])
    assert_close(embedding, expected["text.embedding"])
    _, state = flow_lm.prefill(ops, config, params, voice_state(golden, ops), embedding)
    noise = expected["steps.noise"] * np.float32(math.sqrt(golden.cases["temperature"]))
    steps = golden.cases["sampler_decode_steps"]
    times = flow_head.time_embeddings(ops, config.flow, params.flow_net, steps)
    backbone, logits, latents = [], [], []
    for index in range(len(noise)):
        last = params.bos_emb[None] if index == 0 else expected["steps.latents"][index - 1, None]
        fed = flow_lm.embed_latent(ops, params, last)
        c, _ = flow_lm.prefill(ops, config, params, flow_lm.copy_state(state), fed)
        backbone.append(c[0])
        latent, logit, (state,) = flow_lm.step(
            ops, config, params, [state], last, noise[index, None], times
        )
        latents.append(latent[0])
        logits.append(logit[0])
    first, logit, begun = flow_lm.begin(
        ops, ops, config, params, voice_state(golden, ops), embedding, noise[:1], times
    )
    assert begun["position"] == state["position"] - len(noise) + 1
    assert_close(first, expected["steps.latents"][:1])
    assert_close(np.array([logit, *logits[1:]]), expected["steps.eos_logit"])
    assert_close(np.stack(backbone), expected["steps.backbone"])
    assert_close(np.asarray(logits), expected["steps.eos_logit"])
    assert_close(np.stack(latents), expected["steps.latents"])


def test_decoder_frame_by_frame(golden: Golden, ops) -> None:
    params, config = golden.params, golden.config.mimi
    lm = params.flow_lm
    latents = golden.expected["steps.latents"] * lm.emb_std + lm.emb_mean
    state = mimi.decoder_state(config, params.mimi)
    audio = []
    for latent in latents:
        samples, state = mimi.decode(ops, config, params.mimi, state, latent[None])
        audio.append(samples)
    assert_close(np.concatenate(audio), golden.expected["steps.audio"])
