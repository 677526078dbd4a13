"""Random numbers, the same as NumPy's for the same seed."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import DTypeLike

from rust_numpy import Array

ArrayLike = Any
Shape = int | Sequence[int]
Axes = int | Sequence[int]

class Generator:
    def integers(
        self,
        low: int,
        high: int | None = None,
        size: Shape | None = None,
        dtype: DTypeLike | None = None,
        endpoint: bool = False,
    ) -> Any: ...
    def normal(self, loc: float = 0.0, scale: float = 1.0, size: Shape | None = None) -> Any: ...
    def permutation(self, x: int | ArrayLike, axis: int = 0) -> Array: ...
    def random(self, size: Shape | None = None, dtype: DTypeLike | None = None) -> Any: ...
    def shuffle(self, x: Array, axis: int = 0) -> None: ...
    def spawn(self, n_children: int) -> list[Generator]: ...
    def standard_normal(self, size: Shape | None = None, dtype: DTypeLike | None = None) -> Any: ...
    def uniform(self, low: float = 0.0, high: float = 1.0, size: Shape | None = None) -> Any: ...

def default_rng(seed: Any = None) -> Generator: ...
