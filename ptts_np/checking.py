"""Run-time type and shape checks, on under `PTTS_TYPECHECK=1` and in the tests, else absent."""

from beartype import BeartypeConf, beartype
from jaxtyping import install_import_hook

# an int does where a float is asked for, as in PEP 484
checked = beartype(conf=BeartypeConf(is_pep484_tower=True))

# compiled kernels are left out: a checking wrapper can't be compiled
_MODULES = (
    "audio",
    "fetch",
    "loading",
    "many",
    "model",
    "ops.reference",
    "plans",
    "sampling",
    "synthesis",
    "text.chunks",
    "times",
    "voice",
)


def install() -> None:
    """Check the calls of every function in the modules imported from here on."""
    modules = [f"ptts_np.{name}" for name in _MODULES]
    install_import_hook(modules, "ptts_np.checking.checked")
