"""The model's config, in the released layout, from the settings."""

from training.data import pitch
from training.data.spoken import SYMBOLS
from training.settings import Settings


def latent_size(settings: Settings) -> int:
    """Numbers of a latent: what is heard, then what is told of the pitch."""
    return settings["model"]["heard"] + pitch.size(settings["model"]["motion"])


def flow_lm_config(settings: Settings) -> dict:
    """The `flow_lm` section: one token a symbol, and one for anything else."""
    cfg = settings["model"]["flow_lm"]
    dim = cfg["transformer"]["d_model"]
    table = {
        "dim": dim,
        "n_bins": len(SYMBOLS) + 1,
        "tokenizer": "tokenizers",
        "tokenizer_path": "tokenizer.json",
    }
    return {"insert_bos_before_voice": True, "dtype": "float32", **cfg, "lookup_table": table}


def mimi_config(settings: Settings) -> dict:
    """The `mimi` section."""
    cfg = settings["model"]["mimi"]
    seanet = {
        "channels": 1,
        "n_residual_layers": 1,
        "ratios": [6, 5, 4],
        "residual_kernel_size": 3,
        "last_kernel_size": 3,
        "dilation_base": 2,
        "pad_mode": "constant",
        "compress": 2,
    }

    def transformer(part: dict) -> dict:
        dim = part["d_model"]
        return {**part, "input_dimension": dim, "output_dimensions": [dim]}

    size, outer = latent_size(settings), cfg["decoder_seanet"]["dimension"]
    return {
        "dtype": "float32",
        "sample_rate": 24000,
        "inner_dim": size,
        "outer_dim": outer,
        "channels": 1,
        "frame_rate": 12.5,
        "seanet": seanet | cfg["seanet"],
        "transformer": transformer(cfg["transformer"]),
        "quantizer": {"dimension": size, "output_dimension": outer},
        "decoder_seanet": seanet | cfg["decoder_seanet"],
        "decoder_transformer": transformer(cfg["decoder_transformer"]),
    }
