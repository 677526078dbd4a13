"""A folder to take to a machine with a GPU: the texts as phonemes, and the checkpoints in pieces.

What it needs there besides is this repository, PyTorch, onnx, onnxruntime and the teacher's wheel.
"""

import shutil
from pathlib import Path

from training import pieces
from training.data.speech import utterances
from training.settings import load, parser

TAKEN = ["autoencoder", "refine", "critic", "flow"]


def main() -> None:
    """Fill the folder."""
    flags = parser(__doc__)
    flags.add_argument("folder", type=Path)
    args = flags.parse_args()
    settings = load(args)
    count = len(utterances(settings))
    if not settings.path("checkpoints", "autoencoder.pt").exists():
        raise SystemExit("there is no analysis in the work folder yet: run training.codec.recover")
    pieces.cut(settings.path("checkpoints", "x").parent, args.folder, TAKEN)
    shutil.copyfile(settings.path("utterances.txt"), args.folder / "utterances.txt")
    size = sum(path.stat().st_size for path in args.folder.iterdir())
    print(f"{count} utterances, {size / 1e6:.1f} MB in {args.folder}")


if __name__ == "__main__":
    main()
