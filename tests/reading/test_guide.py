"""The guide's chapter on reading does what it says."""

import re
from pathlib import Path

import ptts_np

GUIDE = Path(__file__).parents[2] / "docs" / "guide.md"


def test_the_examples_run() -> None:
    chapter = re.search(r"## How a text is read\n(.*?)\n## ", GUIDE.read_text("utf-8"), re.DOTALL)
    assert chapter
    examples = re.findall(r"```python\n(.*?)```", chapter[1], re.DOTALL)
    assert len(examples) == 3
    names = {"ptts_np": ptts_np}
    for example in examples:
        exec(example, names)  # the guide's own text
