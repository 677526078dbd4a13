"""A training step as one CUDA graph: the host starts one thing instead of thousands."""

import sys
from collections.abc import Callable

import torch
from torch import Tensor

Parts = dict[str, Tensor]
WARM = 3  # steps before the capture, for what is made once: plans, caches, optimizer states


class Replayed:
    """A step of tensors of fixed shapes, captured after a few calls where there is CUDA.

    The step must read nothing back to the host and choose nothing by what it computed. Where it
    cannot be captured that is said on stderr, and it runs as on the CPU.
    """

    def __init__(self, step: Callable[..., Parts], wanted: bool = True) -> None:
        self.step = step
        self.wanted = wanted and torch.get_default_device().type == "cuda"
        self.calls = 0
        self.graph: torch.cuda.CUDAGraph | None = None
        self.inputs: tuple[Tensor, ...] = ()
        self.result: Parts = {}

    def __call__(self, *inputs: Tensor) -> Parts:
        """Do the step; the result's tensors are written anew by the next call."""
        self.calls += 1
        if self.graph is not None:
            for mine, given in zip(self.inputs, inputs, strict=True):
                mine.copy_(given)
            self.graph.replay()
            return self.result
        if self.wanted and self.calls > WARM:
            self.capture(inputs)
            return self(*inputs)
        if self.wanted:  # warm up on a stream of its own, as the capture will run
            stream = torch.cuda.Stream()
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                result = self.step(*inputs)
            torch.cuda.current_stream().wait_stream(stream)
            return result
        return self.step(*inputs)

    def capture(self, inputs: tuple[Tensor, ...]) -> None:
        """Record the step, or give the graph up."""
        self.wanted = False
        self.inputs = tuple(x.clone() for x in inputs)
        graph = torch.cuda.CUDAGraph()
        try:
            # other threads may use the device meanwhile
            with torch.cuda.graph(graph, capture_error_mode="thread_local"):
                self.result = self.step(*self.inputs)
        except RuntimeError as error:
            print(f"no CUDA graph, each step is started by hand: {error}", file=sys.stderr)
            return
        self.graph = graph
