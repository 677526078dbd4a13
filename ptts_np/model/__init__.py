"""The model: pure functions `y, state = f(ops, config, params, state, x)`, one file a layer.

    flow_lm.py       a voice and a text to latents, one per 80 ms frame
      transformer.py   its backbone, over a KV cache; Mimi's, too
      flow_head.py     noise to one latent
    mimi.py          latents to samples, and a voice prompt to latents
      seanet.py        the convolutional half
      convolution.py   causal convolutions that can be fed in pieces
    parts.py         what all layers are made of, and where their tensors come from
    config.py        the settings, in the reference's own key names

Each file of a layer holds its parameters (a NamedTuple and `build`, which names each tensor and its
shape), its state (`new_state`) and its formula. A formula is written in the primitives of
`ptts_np.ops`; where a backend has a faster whole (`ops.fused`), that is used instead.
"""
