"""Where training begins: a stage's own checkpoint, else the weights in the package."""

import torch
from safetensors.torch import load_file
from torch import nn

from scripts.voice.settings import ASSETS, Settings


def load_packaged(module: nn.Module, prefix: str) -> None:
    """Give a part of the model (`flow_lm.` or `mimi.`) the weights that the package ships."""
    named = load_file(ASSETS / "model.safetensors")
    own = module.state_dict()
    module.load_state_dict({name: named[prefix + name].float() for name in own})


def load_averaged(settings: Settings, name: str, module: nn.Module) -> bool:
    """Load a stage's averaged weights, if it has a checkpoint."""
    path = settings.path("checkpoints", f"{name}.pt")
    if path.exists():
        module.load_state_dict(torch.load(path, weights_only=True)["average"])
    return path.exists()


def load_start(
    settings: Settings, name: str, module: nn.Module, prefix: str, part: nn.Module | None = None
) -> None:
    """A stage's averaged weights, else the package's (for the `part` of it that is shipped)."""
    if not load_averaged(settings, name, module):
        print(f"{name}: no checkpoint, the package's weights", flush=True)
        load_packaged(part or module, prefix)
