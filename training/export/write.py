"""Stage 9: write the embedded voice's folder from the checkpoints.

config.yaml, model.safetensors (F16), tokenizer.json and the voices' states; lexicon.gz is there
already. A part without a checkpoint keeps the weights it has in the package, and without one of the
FlowLM so do the voices.
"""

import json
import shutil
from pathlib import Path

import torch
import yaml
from safetensors.torch import save_file
from torch import Tensor, nn

from training.data import spoken
from training.export.packaged import load_averaged, load_start, louder
from training.language_model.flow import Student, examples
from training.modelconfig import flow_lm_config, mimi_config
from training.networks import Decoder, Encoder
from training.settings import ASSETS, Settings, load, parser

NOTES = """# The embedded voice `mini`, made by training/; see docs/model-card-mini.md.
# Text is turned to phonemes by the lexicon before anything else (pronunciation).
"""


def parts(settings: Settings) -> tuple[nn.Module, nn.Module, nn.Module]:
    """FlowLM, decoder and encoder, with the weights there are."""
    torch.manual_seed(settings["seed"])
    mimi = mimi_config(settings)
    student, decoder, encoder = Student(settings), Decoder(mimi), Encoder(mimi)
    load_start(settings, "flow", student, "flow_lm.", student.lm)
    load_start(settings, "encoder", encoder, "mimi.")
    if not load_averaged(settings, "refine", decoder):
        load_start(settings, "decoder", decoder, "mimi.")
    for half in (encoder, decoder):
        louder(half, settings["export"]["gain"])
    return student.lm, decoder, encoder


def config(settings: Settings) -> dict:
    """The config file's content."""
    return {
        **settings["export"]["config"],
        "weights_path": "model.safetensors",
        "pronunciation": "lexicon.gz",
        "voice_cloning": False,
        "capitalize_first_letter": False,
        # one of the guided heads is enough: they differ by 4 ms
        "text_heads": [[settings["flow"]["guided"][-1], 0]],
        "flow_lm": flow_lm_config(settings),
        "mimi": mimi_config(settings),
    }


def tokenizer() -> dict:
    """One token a symbol, in the format of the `tokenizers` library."""
    vocabulary = {symbol: i for i, symbol in enumerate(spoken.SYMBOLS)}
    unknown = "<unk>"
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {"type": "Fuse"},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": unknown,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": vocabulary | {unknown: len(vocabulary)},
            "merges": [],
        },
    }


def weights(lm: nn.Module, decoder: nn.Module, encoder: nn.Module) -> dict[str, Tensor]:
    """All tensors under the names of the released files."""
    named = {f"flow_lm.{k}": v for k, v in lm.state_dict().items()}
    for half in (encoder, decoder):
        named |= {f"mimi.{k}": v for k, v in half.state_dict().items()}
    return named


@torch.no_grad()
def voice_state(lm: nn.Module, latents: Tensor) -> dict[str, Tensor]:
    """The FlowLM's caches after it has read a voice's latents `[frames, latent]`."""
    x = lm.voice(latents[None])
    state = {}
    for i, layer in enumerate(lm.transformer.layers):
        _, k, v = layer.self_attn.heads_of(layer.norm1(x))
        name = f"transformer.layers.{i}.self_attn"
        state[f"{name}/cache"] = torch.stack([k.transpose(1, 2), v.transpose(1, 2)])
        state[f"{name}/offset"] = torch.tensor([x.shape[1]])
        state[f"{name}/pad"] = torch.zeros(1, dtype=torch.int64)
        x = layer(x)[0]
    return state


def rounded(module: nn.Module) -> nn.Module:
    """The weights as the file holds them."""
    return module.half().float()


def export(settings: Settings, folder: Path) -> None:
    """Write all files; the lexicon and what is not trained come from the package."""
    lm, decoder, encoder = (rounded(m) for m in parts(settings))
    folder.mkdir(parents=True, exist_ok=True)
    kept = ["lexicon.gz"]  # not made here
    # a voice is what the FlowLM has read: it stays as long as the FlowLM does
    trained = settings.path("checkpoints", "flow.pt").exists()
    (folder / "voices").mkdir(exist_ok=True)
    if not trained:
        kept += [f"voices/{path.name}" for path in (ASSETS / "voices").iterdir()]
    for name in kept:
        if not (folder / name).exists():
            shutil.copyfile(ASSETS / name, folder / name)
    text = NOTES + yaml.safe_dump(config(settings), sort_keys=False, allow_unicode=True)
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    content = json.dumps(tokenizer(), ensure_ascii=False, indent=1)
    (folder / "tokenizer.json").write_text(content + "\n", encoding="utf-8")
    named = weights(lm, decoder, encoder)
    halves = {k: v.half().contiguous() for k, v in named.items()}
    if not all(bool(torch.isfinite(v).all()) for v in halves.values()):
        raise ValueError("a weight is too large for F16")
    metadata = {"format": "pt", "gain": str(settings["export"]["gain"])}
    save_file(halves, folder / "model.safetensors", metadata=metadata)
    heard = examples(settings, "dev") if trained else []
    voices = settings["export"]["voices"] if trained else {}
    for name, source in voices.items():
        end = source["start"] + settings["flow"]["voice"]
        # lone words are too short for it
        long = [e for e in heard if e.speaker == source["speaker"] and len(e.latents) >= end]
        prompt = long[source["utterance"]].latents[source["start"] : end]
        state = voice_state(lm, torch.from_numpy(prompt.copy()))
        state = {k: v.contiguous() for k, v in state.items()}
        save_file(state, folder / "voices" / f"{name}.safetensors")
    for path in folder.rglob("*.safetensors"):
        path.chmod(0o644)
    count = sum(v.numel() for v in named.values())
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    print(f"{count / 1e6:.2f}M parameters, {size / 1e6:.2f} MB in all")


def main() -> None:
    """Export into the package."""
    flags = parser(__doc__)
    flags.add_argument("--folder", type=Path, default=ASSETS)
    args = flags.parse_args()
    export(load(args), args.folder)


if __name__ == "__main__":
    main()
