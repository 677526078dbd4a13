"""Draw the loss curves of all stages from their logs -> curves.png."""

import json

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from training.settings import HERE, load, parser

CURVES = {
    "recover": ["mel", "sound"],
    "decoder": ["mel", "log", "in_step"],
    "flow": ["energy", "sound", "led", "right"],
    "encoder": ["error"],
}


def main() -> None:
    """One panel a stage, against its training minutes."""
    settings = load(parser(__doc__).parse_args())
    figure, panels = plt.subplots(1, len(CURVES), figsize=(11, 2.6), layout="constrained")
    for panel, (stage, names) in zip(panels, CURVES.items(), strict=True):
        path = settings.path("log", f"{stage}.jsonl")
        panel.set_title(stage, fontsize=9)
        panel.tick_params(labelsize=7)
        panel.set_xlabel("minutes", fontsize=7)
        if not path.exists():
            continue
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for name in names:
            points = [(row["minutes"], row[name]) for row in rows if name in row]
            panel.plot(*zip(*points, strict=True), linewidth=0.9, label=name)
        panel.set_ylim(bottom=0, top=2.5)
        panel.legend(fontsize=7)
        panel.grid(linewidth=0.3)
    figure.savefig(HERE / "curves.png", dpi=80)


if __name__ == "__main__":
    main()
