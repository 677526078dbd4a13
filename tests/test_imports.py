"""What importing costs, and what it must not pull in."""

import statistics
import subprocess
import sys

HEAVY = (
    "numba",
    "numpy",
    "huggingface_hub",
    "soundfile",
    "tokenizers",
    "sentencepiece",
    "pydantic",
)
FORBIDDEN = ("torch", "jax", "scipy")


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_package_imports_nothing_heavy(monkeypatch) -> None:
    monkeypatch.delenv("PTTS_TYPECHECK", raising=False)
    loaded = python("import sys, ptts_np; print(' '.join(sys.modules))").split()
    assert not {name for name in HEAVY + FORBIDDEN if name in loaded}


def test_the_command_line_begins_at_once(monkeypatch) -> None:
    """What it imports before it listens for Ctrl-C is there anyway."""
    monkeypatch.delenv("PTTS_TYPECHECK", raising=False)
    code = (
        "import runpy, sys; before = set(sys.modules); import ptts_np.__main__;"
        "print(' '.join(set(sys.modules) - before))"
    )
    assert set(python(code).split()) == {"ptts_np", "ptts_np.__main__"}


def test_the_package_imports_in_50_ms(monkeypatch) -> None:
    monkeypatch.delenv("PTTS_TYPECHECK", raising=False)
    # the processor's time: the wall's is others' business on a busy machine
    code = "import time; t = time.process_time(); import ptts_np; print(time.process_time() - t)"
    assert statistics.median(float(python(code)) for _ in range(5)) < 0.05


def test_speaking_needs_no_torch_jax_or_scipy(monkeypatch) -> None:
    monkeypatch.delenv("PTTS_TYPECHECK", raising=False)
    code = (
        "import sys, ptts_np\n"
        "m = ptts_np.load_model('tests/golden/lsd_2026_10/config.yaml')\n"
        "v = ptts_np.load_voice(m, 'tests/golden/lsd_2026_10/voice.safetensors')\n"
        "ptts_np.generate('Hi.', model=m, voice=v)\n"
        "print(' '.join(sys.modules))"
    )
    loaded = python(code).split()
    assert not {name for name in (*FORBIDDEN, "huggingface_hub", "soundfile") if name in loaded}


def test_public_names() -> None:
    import ptts_np

    for name in ptts_np.__all__:
        assert getattr(ptts_np, name) is not None
    assert set(ptts_np.__all__) <= set(dir(ptts_np))
