"""Names for the arguments that the functions share."""

from collections.abc import Sequence
from typing import Any, TypeAlias

ArrayLike: TypeAlias = Any
"""An array, a number, or anything nested that NumPy makes an array of."""

Axes: TypeAlias = int | Sequence[int]
"""One axis, or several."""
