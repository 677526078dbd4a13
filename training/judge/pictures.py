"""Spectrograms and sounds of some development sentences: the teacher, an older voice, the new one.

Writes spectrograms.png, a small sound file for each, and index.html, the page to listen on.
"""

import html
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import soundfile
import torch

from training.codec.mel import spectrum
from training.data.spoken import RATE
from training.device import choose
from training.judge.evaluate import texts
from training.judge.voices import mini, teacher
from training.settings import ASSETS, HERE, load, parser

CHOSEN = (0, 5, 11)  # of the development list's twenty
LEVEL = -25.0  # dB below full scale, root mean square
FLOOR = 80.0  # dB shown
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Listen to clara</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; }}
  body {{ margin: 2rem auto; padding: 0 1rem; }}
  th, td {{ text-align: left; padding: .3rem 1rem .3rem 0; vertical-align: top; }}
  img {{ max-width: 100%; }}
</style>
<h1>Listen to clara</h1>
<p>Sentences of the development list, never trained on: her teacher (synthetic, fitted to the
frames), clara as she was, and as she is in the package. All at one loudness.
Made by <code>training/judge/pictures.py</code>.</p>
<table>
<tr><th>Text</th>{heads}</tr>
{rows}
</table>
<h2>What it looks like</h2>
<img src="spectrograms.png" alt="Nine spectrograms: for each sentence the teacher, before and now">
</html>
"""


def leveled(audio: np.ndarray) -> np.ndarray:
    """At LEVEL, no sample above 1."""
    loud = float(np.sqrt(np.mean(audio**2)))
    found = audio * (10 ** (LEVEL / 20) / loud)
    return found / max(1.0, float(np.abs(found).max()))


def main() -> None:
    """Speak, draw and write."""
    flags = parser(__doc__)
    flags.add_argument("before", type=Path, help="folder of the older voice")
    flags.add_argument("--folder", type=Path, default=ASSETS, help="of the new one")
    flags.add_argument("--out", type=Path, default=HERE.parent / "docs" / "sounds")
    args = flags.parse_args()
    settings = load(args)
    choose("cpu")
    args.out.mkdir(parents=True, exist_ok=True)
    person = settings["export"]["voices"]["clara"]["speaker"]
    voices = {
        "teacher": teacher(settings, person),
        "before": mini(args.before, "clara", None),
        "now": mini(args.folder, "clara", None),
    }
    chosen = [texts("development", 20)[i] for i in CHOSEN]
    figure, panels = plt.subplots(
        len(chosen), len(voices), figsize=(12, 7), sharey=True, layout="constrained"
    )
    rows = []
    for panel_row, text, number in zip(panels, chosen, CHOSEN, strict=True):
        cells = [f"<td>{html.escape(text)}</td>"]
        for panel, (name, speak) in zip(panel_row, voices.items(), strict=True):
            audio = leveled(np.asarray(speak(text), np.float32))
            file = f"{number + 1:02d}-{name}.ogg"
            soundfile.write(args.out / file, audio, RATE, format="OGG", subtype="VORBIS")
            cells.append(f'<td><audio controls preload="none" src="{file}"></audio></td>')
            shown = 20 * torch.log10(spectrum(torch.from_numpy(audio)[None], 1024, 240)[0] + 1e-6)
            top = float(shown.max())
            extent = (0.0, len(audio) / RATE, 0.0, RATE / 2000)
            panel.imshow(
                shown.numpy(), origin="lower", aspect="auto", extent=extent, cmap="magma",
                vmin=top - FLOOR, vmax=top,
            )  # fmt: skip
            panel.set_title(f"{name}: {text[:32]}", fontsize=8)
            panel.tick_params(labelsize=7)
        panel_row[0].set_ylabel("kHz", fontsize=8)
        rows.append(f"<tr>{''.join(cells)}</tr>")
    figure.savefig(args.out / "spectrograms.png", dpi=75)
    heads = "".join(f"<th>{name}</th>" for name in voices)
    page = PAGE.format(heads=heads, rows="\n".join(rows))
    (args.out / "index.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
