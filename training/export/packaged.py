"""Where training begins: a stage's own checkpoint, else the weights in the package.

The package's sound is louder than the teachers' that training knows, by the `gain` in the metadata
of its file: the first and the last convolution carry it, and nothing else is changed by it.
"""

import torch
from safetensors import safe_open
from torch import nn

from training.codec.grow import grow
from training.networks import Decoder, Encoder
from training.settings import ASSETS, Settings


@torch.no_grad()
def louder(module: nn.Module, gain: float) -> None:
    """Scale the sound a decoder makes, or what an encoder takes sound to be."""
    if isinstance(module, Decoder):
        for weight in module.decoder.model[-1].parameters():
            weight.mul_(gain)
    elif isinstance(module, Encoder):
        module.encoder.model[0].conv.weight.div_(gain)


def load_packaged(module: nn.Module, prefix: str) -> None:
    """Give a part of the model (`flow_lm.` or `mimi.`) the weights that the package ships.

    A larger part begins as the shipped one.
    """
    with safe_open(ASSETS / "model.safetensors", framework="pt") as file:
        names = [name for name in module.state_dict() if prefix + name in file.keys()]  # noqa: SIM118
        device = torch.get_default_device()
        grow(module, {name: file.get_tensor(prefix + name).float().to(device) for name in names})
        louder(module, 1 / float(file.metadata().get("gain", 1)))


def load_averaged(settings: Settings, name: str, module: nn.Module) -> bool:
    """Load a stage's averaged weights, if it has a checkpoint."""
    path = settings.path("checkpoints", f"{name}.pt")
    if path.exists():
        module.load_state_dict(
            torch.load(path, weights_only=True, map_location=torch.get_default_device())["average"]
        )
    return path.exists()


def load_start(
    settings: Settings, name: str, module: nn.Module, prefix: str, part: nn.Module | None = None
) -> None:
    """A stage's averaged weights, else the package's (for the `part` of it that is shipped)."""
    if not load_averaged(settings, name, module):
        print(f"{name}: no checkpoint, the package's weights", flush=True)
        load_packaged(part or module, prefix)
