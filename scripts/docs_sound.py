"""Make the sounds of the start page: uv run python scripts/docs_sound.py."""

from pathlib import Path

import ptts_np
from ptts_np.audio.write import write_audio

FOLDER = Path(__file__).parent.parent / "docs" / "sound"
TEXTS = {
    "clara": "Hello. I am a small voice, and I fit into ten megabytes.",
}


def main() -> None:
    """Write an MP3 for each voice of `mini`."""
    model = ptts_np.load_model("mini")
    for name, text in TEXTS.items():
        voice = ptts_np.load_voice(model, name)
        sound = ptts_np.generate(text, model=model, voice=voice, seed=2)
        write_audio(FOLDER / f"{name}.mp3", sound, model.sample_rate)


if __name__ == "__main__":
    main()
