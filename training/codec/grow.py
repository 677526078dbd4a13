"""A larger network that begins as the smaller one: the same sound, with room to learn more.

Old weights keep their places. New channels begin at random, but what is there already does not
listen to them yet, and new layers of the transformer add nothing yet.
"""

import torch
from torch import Tensor, nn


@torch.no_grad()
def place(old: Tensor, new: Tensor, inputs: int) -> Tensor:
    """A tensor of the new shape, the old one in its corner and deaf to new `inputs` (a dimension).

    Raises:
        ValueError: the old one does not fit into the new.
    """
    if old.dim() != new.dim() or any(a > b for a, b in zip(old.shape, new.shape, strict=True)):
        raise ValueError(f"shape {tuple(old.shape)} does not fit into {tuple(new.shape)}")
    corner = tuple(slice(n) for n in old.shape)
    found = new.clone()
    if old.dim() > 1:
        outputs = 1 - inputs
        deaf = list(corner)
        deaf[inputs] = slice(old.shape[inputs], None)
        deaf[outputs] = slice(old.shape[outputs])
        found[tuple(deaf)] = 0
    found[corner] = old
    return found


@torch.no_grad()
def grow(module: nn.Module, old: dict[str, Tensor]) -> None:
    """Give a module the weights of a smaller one of its kind."""
    transposed = {
        f"{name}.weight"
        for name, part in module.named_modules()
        if isinstance(part, nn.ConvTranspose1d) and part.groups == 1
    }
    found = {}
    for name, new in module.state_dict().items():
        if name in old:
            found[name] = place(old[name], new, inputs=0 if name in transposed else 1)
        elif ".layer_scale_" in name:
            found[name] = torch.zeros_like(new)
        else:
            found[name] = new
    left = sorted(set(old) - set(found))
    if left:
        raise ValueError(f"the larger network has no place for {', '.join(left)}")
    if len(old) < len(found):
        print(f"{len(found) - len(old)} tensors of the network are new", flush=True)
    larger = sum(found[name].shape != tensor.shape for name, tensor in old.items())
    if larger:
        print(f"{larger} tensors of the network are larger than they were", flush=True)
    module.load_state_dict(found)
