"""What all layers are made of, and where their tensors come from."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ptts_np.ops import Array, Weight

Shape = tuple[int, ...]
View = Callable[[Array], Array]


class Affine(NamedTuple):
    """Weight and bias: of a norm `[channels]`, a linear layer `[outputs, inputs]` or a kernel."""

    weight: Weight
    bias: Array


class Request(NamedTuple):
    """One parameter of a layer, as it is asked for.

    `tensors` are the names and stored shapes; several are stacked along their first axis. `view`
    turns the stored layout into that of the operations. `order` are its axes as they shall lie in
    memory. What is `large` may be kept in fewer bytes.
    """

    tensors: dict[str, Shape]
    view: View | None
    order: tuple[int, ...] | None
    large: bool


class Source:
    """The tensors of a model by name: `(source / "norm1")("weight", 512)` is `norm1.weight`.

    The same builders run over a source that lists what a model needs and over one that loads it, so
    that names and shapes are written once.
    """

    def __init__(self, take: Callable[[Request], Array], prefix: str = "") -> None:
        self._take = take
        self._prefix = prefix

    def __truediv__(self, name: object) -> "Source":
        return Source(self._take, f"{self._prefix}{name}.")

    def __call__(
        self,
        name: str,
        *shape: int,
        view: View | None = None,
        order: tuple[int, ...] | None = None,
        large: bool = False,
    ) -> Array:
        """One tensor, stored with this shape."""
        return self._take(Request({self._prefix + name: shape}, view, order, large))

    def stacked(self, tensors: Mapping[str, Shape], large: bool = False) -> Array:
        """Several tensors as one, along their first axis."""
        named = {self._prefix + name: shape for name, shape in tensors.items()}
        return self._take(Request(named, None, None, large))


def norm(source: Source, channels: int) -> Affine:
    """The affine part of a norm."""
    return Affine(source("weight", channels), source("bias", channels))


def linear(source: Source, outputs: int, inputs: int, large: bool = False) -> Affine:
    """A linear layer with a bias."""
    return Affine(source("weight", outputs, inputs, large=large), source("bias", outputs))
