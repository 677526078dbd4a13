"""Checkpoints for the way: no file larger than 15 MB, and none taken for whole that is not.

A travelling checkpoint has the weights and their average but not the optimizer's moments, which are
two thirds of it and are learnt again within the warm-up.

    python -m training.pieces cut CHECKPOINTS FOLDER     # before the way
    python -m training.pieces join FOLDER CHECKPOINTS    # after it
"""

import argparse
import hashlib
import io
import json
from pathlib import Path

import torch

LARGEST = 15_000_000  # bytes of a piece
INDEX = "pieces.json"


def without_moments(path: Path) -> bytes:
    """A checkpoint's bytes, its optimizer left out."""
    saved = torch.load(path, weights_only=True, map_location="cpu")
    kept = {k: v for k, v in saved.items() if k != "optimizer"}
    file = io.BytesIO()
    torch.save(kept, file)
    return file.getvalue()


def cut(checkpoints: Path, folder: Path, names: list[str] | None = None) -> None:
    """Write the pieces of every checkpoint (or of those named), the index last."""
    folder.mkdir(parents=True, exist_ok=True)
    index: dict[str, dict] = {}
    paths = sorted(checkpoints.glob("*.pt"))
    for path in paths if names is None else [p for p in paths if p.stem in names]:
        whole = without_moments(path)
        digest = hashlib.sha256(whole).hexdigest()
        starts = range(0, len(whole), LARGEST)
        # named by content: what an older index lists stays whole until there is a new index
        found = [f"{path.stem}.{digest[:8]}.{i}.piece" for i in range(len(starts))]
        for name, start in zip(found, starts, strict=True):
            partial = folder / f"{name}.part"
            partial.write_bytes(whole[start : start + LARGEST])
            partial.replace(folder / name)
        index[path.name] = {"pieces": found, "sha256": digest}
    partial = folder / f"{INDEX}.part"
    partial.write_text(json.dumps(index, indent=1), encoding="utf-8")
    partial.replace(folder / INDEX)
    listed = {name for entry in index.values() for name in entry["pieces"]}
    for path in folder.glob("*.piece"):
        if path.name not in listed:
            path.unlink()


def join(folder: Path, checkpoints: Path) -> list[str]:
    """Put the checkpoints together again; their names.

    Raises:
        ValueError: a piece is missing, changed, or of another save than the index.
    """
    checkpoints.mkdir(parents=True, exist_ok=True)
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    for name, entry in index.items():
        missing = [p for p in entry["pieces"] if not (folder / p).is_file()]
        if missing:
            raise ValueError(f"{name}: missing pieces {missing}")
        if any(Path(file).name != file for file in (name, *entry["pieces"])):
            raise ValueError(f"{name}: a name in the index leaves its folder")
        whole = b"".join((folder / p).read_bytes() for p in entry["pieces"])
        if hashlib.sha256(whole).hexdigest() != entry["sha256"]:
            raise ValueError(f"{name}: its pieces are not those of the index; bring them again")
        partial = checkpoints / f"{name}.part"
        partial.write_bytes(whole)
        partial.replace(checkpoints / name)
    return list(index)


def main() -> None:
    """Cut or join."""
    flags = argparse.ArgumentParser(description=__doc__)
    flags.add_argument("action", choices=["cut", "join"])
    flags.add_argument("source", type=Path)
    flags.add_argument("target", type=Path)
    args = flags.parse_args()
    (cut if args.action == "cut" else join)(args.source, args.target)


if __name__ == "__main__":
    main()
