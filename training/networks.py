"""The model in PyTorch, for training: whole sequences, weight names of the released files.

Every part follows the architecture that ptts_np runs; `check.py` compares the two.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rotate(x: Tensor, period: float) -> Tensor:
    """Rotary positions on interleaved pairs of `[batch, heads, time, d]`."""
    time, d = x.shape[-2:]
    rates = period ** (-torch.arange(0, d, 2) / d)
    angles = torch.arange(time)[:, None] * rates
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


class Attention(nn.Module):
    """Causal self-attention, over the last `context` positions if given."""

    def __init__(self, dim: int, heads: int, period: float, context: int | None) -> None:
        super().__init__()
        self.heads, self.period, self.context = heads, period, context
        self.in_proj = nn.Linear(dim, 3 * dim, bias=False)
        self.out_proj = nn.Linear(dim, dim, bias=False)

    def heads_of(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries and keys with positions, values: `[batch, heads, time, d]` each."""
        q, k, v = self.in_proj(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return rotate(q, self.period), rotate(k, self.period), v

    def mix(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """The attention's output from its heads."""
        if self.context is None or self.context >= q.shape[-2]:
            out = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            at = torch.arange(q.shape[-2])
            distance = at[:, None] - at
            mask = (distance >= 0) & (distance < self.context)
            out = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out_proj(out.transpose(1, 2).flatten(-2))


class Scale(nn.Module):
    """A learned factor for each channel."""

    def __init__(self, dim: int, start: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((dim,), start))

    def forward(self, x: Tensor) -> Tensor:
        return self.scale * x


class Layer(nn.Module):
    """One pre-norm transformer layer."""

    def __init__(
        self,
        dim: int,
        heads: int,
        hidden: int,
        period: float = 10000.0,
        context: int | None = None,
        layer_scale: float | None = None,
    ) -> None:
        super().__init__()
        self.self_attn = Attention(dim, heads, period, context)
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.linear1 = nn.Linear(dim, hidden, bias=False)
        self.linear2 = nn.Linear(hidden, dim, bias=False)
        scales = [nn.Identity() if layer_scale is None else Scale(dim, layer_scale) for _ in "12"]
        self.layer_scale_1, self.layer_scale_2 = scales

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The layer's output, and its first head's queries and keys for guidance."""
        q, k, v = self.self_attn.heads_of(self.norm1(x))
        x = x + self.layer_scale_1(self.self_attn.mix(q, k, v))
        hidden = F.gelu(self.linear1(self.norm2(x)), approximate="tanh")
        return x + self.layer_scale_2(self.linear2(hidden)), q[:, 0], k[:, 0]


class Transformer(nn.Module):
    """A stack of layers."""

    def __init__(self, layers: int, **layer: float | int | None) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(**layer) for _ in range(layers))

    def forward(self, x: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """The output and each layer's first head."""
        heads = []
        for layer in self.layers:
            x, q, k = layer(x)
            heads.append((q, k))
        return x, heads


class Projected(nn.Module):
    """A Mimi transformer whose width is that of its input."""

    def __init__(self, cfg: dict) -> None:
        super().__init__()
        self.transformer = Transformer(
            cfg["num_layers"],
            dim=cfg["d_model"],
            heads=cfg["num_heads"],
            hidden=cfg["dim_feedforward"],
            context=cfg["context"],
            layer_scale=cfg["layer_scale"],
        )

    def forward(self, x: Tensor) -> Tensor:
        """`[batch, channels, time]` to the same."""
        return self.transformer(x.transpose(1, 2))[0].transpose(1, 2)


class Conv(nn.Module):
    """A causal convolution."""

    def __init__(
        self,
        inp: int,
        out: int,
        kernel: int,
        stride: int = 1,
        bias: bool = True,
        edge: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv1d(inp, out, kernel, stride, bias=bias)
        self.pad, self.mode = kernel - stride, "replicate" if edge else "constant"

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.pad(x, (self.pad, 0), mode=self.mode))


class ConvUp(nn.Module):
    """A causal transposed convolution, kernel twice the stride."""

    def __init__(self, inp: int, out: int, stride: int, groups: int = 1, bias: bool = True) -> None:
        super().__init__()
        self.convtr = nn.ConvTranspose1d(inp, out, 2 * stride, stride, groups=groups, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.convtr(x)[..., : x.shape[-1] * self.convtr.stride[0]]


class Residual(nn.Module):
    """ELU, convolution, ELU, 1x1 convolution, added to the input."""

    def __init__(self, dim: int, kernel: int, compress: int) -> None:
        super().__init__()
        hidden = dim // compress
        self.block = nn.Sequential(
            nn.ELU(), Conv(dim, hidden, kernel), nn.ELU(), Conv(hidden, dim, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.block(x)


def seanet_decoder(cfg: dict) -> nn.Sequential:
    """Features at 200 Hz to a waveform."""
    width = cfg["n_filters"] * 2 ** len(cfg["ratios"])
    layers: list[nn.Module] = [Conv(cfg["dimension"], width, cfg["kernel_size"])]
    for ratio in cfg["ratios"]:
        width //= 2
        layers += [nn.ELU(), ConvUp(2 * width, width, ratio)]
        layers += [Residual(width, cfg["residual_kernel_size"], cfg["compress"])]
    return nn.Sequential(*layers, nn.ELU(), Conv(width, 1, cfg["last_kernel_size"]))


def seanet_encoder(cfg: dict) -> nn.Sequential:
    """A waveform to features at 200 Hz."""
    width = cfg["n_filters"]
    layers: list[nn.Module] = [Conv(1, width, cfg["kernel_size"])]
    for ratio in reversed(cfg["ratios"]):
        layers += [Residual(width, cfg["residual_kernel_size"], cfg["compress"]), nn.ELU()]
        layers += [Conv(width, 2 * width, 2 * ratio, ratio)]
        width *= 2
    return nn.Sequential(*layers, nn.ELU(), Conv(width, cfg["dimension"], cfg["last_kernel_size"]))


def named(module: nn.Module, **parts: nn.Module) -> nn.Module:
    """A bare module with these parts, for the nested names of the file."""
    for name, part in parts.items():
        module.add_module(name, part)
    return module


class Decoder(nn.Module):
    """Mimi's second half: latents `[batch, frames, latent]` to audio `[batch, samples]`."""

    def __init__(self, mimi: dict) -> None:
        super().__init__()
        size, outer = mimi["quantizer"]["dimension"], mimi["outer_dim"]
        dim = mimi["decoder_seanet"]["dimension"]
        self.quantizer = named(nn.Module(), output_proj=nn.Conv1d(size, outer, 1, bias=False))
        self.upsample = named(nn.Module(), convtr=ConvUp(outer, dim, 16, groups=dim, bias=False))
        self.decoder_transformer = Projected(mimi["decoder_transformer"])
        self.decoder = named(nn.Module(), model=seanet_decoder(mimi["decoder_seanet"]))

    def forward(self, latents: Tensor) -> Tensor:
        x = self.upsample.convtr(self.quantizer.output_proj(latents.transpose(1, 2)))
        return self.decoder.model(self.decoder_transformer(x))[:, 0]


class Encoder(nn.Module):
    """Mimi's first half: audio `[batch, samples]` to latents `[batch, frames, latent]`."""

    def __init__(self, mimi: dict) -> None:
        super().__init__()
        dim = mimi["seanet"]["dimension"]
        self.encoder = named(nn.Module(), model=seanet_encoder(mimi["seanet"]))
        self.encoder_transformer = Projected(mimi["transformer"])
        down = Conv(dim, mimi["inner_dim"], 32, 16, bias=False, edge=True)
        self.downsample = named(nn.Module(), conv=down)

    def forward(self, audio: Tensor) -> Tensor:
        x = self.encoder_transformer(self.encoder.model(audio[:, None]))
        return self.downsample.conv(x).transpose(1, 2)


class HeadBlock(nn.Module):
    """A residual block of the flow head."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.in_ln = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim))
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(dim, 3 * dim))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        shift, scale, gate = self.adaLN_modulation(y).chunk(3, dim=-1)
        return x + gate * self.mlp(self.in_ln(x) * (1 + scale) + shift)


class FinalLayer(nn.Module):
    """The flow head's last layer."""

    def __init__(self, dim: int, out: int) -> None:
        super().__init__()
        self.norm_final = nn.LayerNorm(dim, eps=1e-6, elementwise_affine=False)
        self.linear = nn.Linear(dim, out)
        self.adaLN_modulation = nn.Sequential(nn.SiLU(), nn.Linear(dim, 2 * dim))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        shift, scale = self.adaLN_modulation(y).chunk(2, dim=-1)
        return self.linear(self.norm_final(x) * (1 + scale) + shift)


class FlowHead(nn.Module):
    """Noise to a latent, given the transformer's output."""

    def __init__(self, size: int, dim: int, depth: int, cond: int) -> None:
        super().__init__()
        self.cond_embed = nn.Linear(cond, dim)
        self.input_proj = nn.Linear(size, dim)
        self.res_blocks = nn.ModuleList(HeadBlock(dim) for _ in range(depth))
        self.final_layer = FinalLayer(dim, size)

    def forward(self, cond: Tensor, noise: Tensor) -> Tensor:
        x, y = self.input_proj(noise), self.cond_embed(cond)
        for block in self.res_blocks:
            x = block(x, y)
        return self.final_layer(x, y)


class FlowLM(nn.Module):
    """Text and past latents to the next latent, for flow heads of one step without time."""

    def __init__(self, cfg: dict, size: int) -> None:
        super().__init__()
        layer = cfg["transformer"]
        dim = layer["d_model"]
        table = cfg["lookup_table"]
        embed = nn.Embedding(table["n_bins"] + 1, dim)
        self.conditioner = named(nn.Module(), embed=embed)
        self.input_linear = nn.Linear(size, dim, bias=False)
        self.bos_emb = nn.Parameter(torch.randn(size))
        self.bos_before_voice = nn.Parameter(torch.randn(1, 1, dim))
        self.speaker_proj_weight = nn.Parameter(torch.randn(dim, size) / size**0.5)
        self.transformer = Transformer(
            layer["num_layers"],
            dim=dim,
            heads=layer["num_heads"],
            hidden=layer["dim_feedforward"],
            period=float(layer["max_period"]),
        )
        self.out_norm = nn.LayerNorm(dim)
        self.out_eos = nn.Linear(dim, 1)
        self.flow_net = FlowHead(size, cfg["flow"]["dim"], cfg["flow"]["depth"], dim)
        self.register_buffer("emb_mean", torch.zeros(size))
        self.register_buffer("emb_std", torch.ones(size))

    def forward(self, x: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """The normalised output at every position of an embedded sequence, and first heads."""
        x, heads = self.transformer(x)
        return self.out_norm(x), heads

    def voice(self, latents: Tensor) -> Tensor:
        """The embedded prompt `[batch, 1 + frames, dim]` of a voice's latents."""
        first = self.bos_before_voice.expand(len(latents), -1, -1)
        return torch.cat([first, latents @ self.speaker_proj_weight.T], dim=1)
