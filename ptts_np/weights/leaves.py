"""The arrays within nested parameters."""

from collections.abc import Iterator
from typing import Any


def leaves(node: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each array, or weight in fewer bytes, with the path of names that leads to it."""
    if hasattr(node, "nbytes"):
        yield name, node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{name}.{key}")
    elif isinstance(node, (list, tuple)):
        for key, value in zip(getattr(node, "_fields", range(len(node))), node, strict=True):
            yield from leaves(value, f"{name}.{key}")
