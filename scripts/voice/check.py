"""Compare the trainer's networks with PyTorch pocket-tts on an exported folder."""

import tempfile
from pathlib import Path

import safetensors.torch
import torch
import yaml
from pocket_tts.models.tts_model import TTSModel
from pocket_tts.modules.stateful_module import init_states
from torch import Tensor

from scripts.voice.export import config, parts, rounded
from scripts.voice.settings import ASSETS, load, parser

OURS = ("pronunciation", "default_max_tokens", "voice_cloning")  # keys pocket-tts does not know


def reference(folder: Path, values: dict) -> TTSModel:
    """The exported model in pocket-tts."""
    values = {k: v for k, v in values.items() if k not in OURS}
    values["weights_path"] = str(folder / "model.safetensors")
    values["flow_lm"]["lookup_table"]["tokenizer_path"] = str(folder / "tokenizer.json")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place, "config.yaml")
        path.write_text(yaml.safe_dump(values), encoding="utf-8")
        return TTSModel.load_model(config=path)


@torch.no_grad()
def main() -> None:
    """Print the largest difference of each part, as a share of its largest value."""
    flags = parser(__doc__)
    flags.add_argument("--folder", type=Path, default=ASSETS)
    args = flags.parse_args()
    settings = load(args)
    model = reference(args.folder, config(settings))
    lm, decoder, encoder = (rounded(m) for m in parts(settings))
    torch.manual_seed(1)
    size = settings["model"]["latent"]

    def show(name: str, ours: Tensor, theirs: Tensor) -> None:
        print(f"{name}: {float((ours - theirs).abs().max() / theirs.abs().max()):.1e}")

    text = "həlˈO, mI fɹˈɛnd."
    tokens = model.flow_lm.conditioner.prepare(text)
    print("tokens decode:", model.flow_lm.conditioner.tokenizer.decode(tokens[0].tolist()) == text)
    latents = torch.randn(1, 20, size)
    x = torch.cat(
        [lm.voice(latents), lm.conditioner.embed(tokens), lm.input_linear(latents)], dim=1
    )
    cond = lm(x)[0]
    show("backbone", cond, model.flow_lm.out_norm(model.flow_lm.transformer(x, None)))
    noise = torch.randn(1, cond.shape[1], size)
    show("flow head", lm.flow_net(cond, noise), model.flow_lm.flow_net(cond, noise))
    state = init_states(model.mimi, batch_size=1, sequence_length=1000)
    show("decoder", decoder(latents), model.mimi.decode_from_latent(latents, state)[:, 0])
    audio = torch.randn(1, 1920 * 10) * 0.1
    show("encoder", encoder(audio), model.mimi.encode_to_latent(audio[:, None]))
    voice = next((args.folder / "voices").glob("*.safetensors"))
    caches = safetensors.torch.load_file(voice)
    print("voice:", {k: tuple(v.shape) for k, v in caches.items() if ".0." in k})


if __name__ == "__main__":
    main()
