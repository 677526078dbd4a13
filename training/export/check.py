"""Compare the trainer's networks with PyTorch pocket-tts and with ptts_np on an exported folder."""

import tempfile
from pathlib import Path

import numpy as np
import safetensors.torch
import torch
import yaml
from pocket_tts.models.tts_model import TTSModel
from pocket_tts.modules.stateful_module import init_states
from torch import Tensor

import ptts_np
from ptts_np.model import flow_head, flow_lm, mimi
from training.export.write import config, parts, rounded
from training.modelconfig import latent_size
from training.settings import ASSETS, load, parser

# keys pocket-tts does not know
OURS = ("pronunciation", "default_max_tokens", "voice_cloning", "text_heads")


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
    size = latent_size(settings)

    here = ptts_np.load_model(str(args.folder / "config.yaml"), backend="numpy")
    own, ops = here.params, here.ops

    def show(name: str, trained: Tensor, theirs: Tensor, ours: np.ndarray) -> None:
        scale = float(theirs.abs().max())
        gaps = [float((trained - x).abs().max()) / scale for x in (theirs, torch.from_numpy(ours))]
        print(f"{name}: pocket-tts {gaps[0]:.1e}, ptts_np {gaps[1]:.1e}")

    text = "həlˈO, mI fɹˈɛnd."
    tokens = model.flow_lm.conditioner.prepare(text)
    same = here.tokenizer.encode(text) == tokens[0].tolist()
    print("tokens:", same and here.tokenizer.decode(tokens[0].tolist()) == text)
    latents = torch.randn(1, 20, size)
    embedded = [lm.voice(latents), lm.conditioner.embed(tokens), lm.input_linear(latents)]
    x = torch.cat(embedded, dim=1)
    cond = lm(x)[0]
    state = flow_lm.new_state(here.config.flow_lm, own.flow_lm)
    read, _ = flow_lm.prefill(ops, here.config.flow_lm, own.flow_lm, state, x[0].numpy())
    show("backbone", cond, model.flow_lm.out_norm(model.flow_lm.transformer(x, None)), read)
    noise = torch.randn(1, cond.shape[1], size)
    drawn = flow_head.sample(
        ops,
        here.config.flow_lm.flow,
        own.flow_lm.flow_net,
        cond[0].numpy(),
        noise[0].numpy(),
        [None],
    )
    show("flow head", lm.flow_net(cond, noise), model.flow_lm.flow_net(cond, noise), drawn)
    state = init_states(model.mimi, batch_size=1, sequence_length=1000)
    start = mimi.decoder_state(here.config.mimi, own.mimi)
    audio, _ = mimi.decode(ops, here.config.mimi, own.mimi, start, latents[0].numpy())
    show("decoder", decoder(latents), model.mimi.decode_from_latent(latents, state)[:, 0], audio)
    sound = torch.randn(1, 1920 * 10) * 0.1
    start = mimi.encoder_state(here.config.mimi, own.mimi)
    read, _ = mimi.encode(ops, here.config.mimi, own.mimi, start, sound[0].numpy())
    show("encoder", encoder(sound), model.mimi.encode_to_latent(sound[:, None]), read)
    voice = next((args.folder / "voices").glob("*.safetensors"))
    caches = safetensors.torch.load_file(voice)
    print("voice:", {k: tuple(v.shape) for k, v in caches.items() if ".0." in k})


if __name__ == "__main__":
    main()
