"""What `doctor` tells."""

import importlib.util
import sys

from ptts_np.cli import inspection


def test_the_doctor_names_what_is_missing_and_the_remedy(monkeypatch) -> None:
    monkeypatch.setattr(inspection, "measure", lambda *_: (10.0, 0.02))
    loaded = [name for name in sys.modules if name.startswith("rust_numpy.")]
    for name in ["rust_numpy", *loaded]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "ptts_np.ops.rust", raising=False)
    monkeypatch.delenv("PTTS_BACKEND", raising=False)
    rows = list(inspection.report())
    assert "backend numba (default): mini at 10 times real time, first sound after 20 ms" in rows
    assert any(row.startswith("backend rust: the backend 'rust' is not installed") for row in rows)
    remedy = "pip install ./rust-numpy/python"
    assert f"not installed: rust_numpy, for the fastest backend: {remedy}" in rows


def test_the_doctor_finds_what_is_installed(monkeypatch) -> None:
    monkeypatch.setattr(inspection, "measure", lambda *_: (10.0, 0.02))
    rows = "\n".join(inspection.report())
    for module in ("rust_numpy", "sounddevice", "fastapi"):
        installed = importlib.util.find_spec(module) is not None
        assert (f"not installed: {module}," in rows) is not installed
