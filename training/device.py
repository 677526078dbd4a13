"""Where training runs: one CUDA device if there is one, else the CPU."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def choose(name: str | None = None) -> torch.device:
    """Make a device (`cuda`, `cpu`, or the best there is) the default of new tensors.

    On CUDA float32 products may round their factors to TF32; on the CPU there is one thread, for
    two processes side by side are faster than two threads.
    """
    device = torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
    torch.set_default_device(device)
    if device.type == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    else:
        torch.set_num_threads(1)
    return device


@contextmanager
def searching() -> Iterator[None]:
    """Let cuDNN try its ways of the convolutions that run first in here, which takes seconds.

    Its guess is as good for the critics, but a hundred times off for one of the decoder's.
    """
    cudnn = torch.backends.cudnn
    before, cudnn.benchmark = cudnn.benchmark, True
    try:
        yield
    finally:
        cudnn.benchmark = before
