"""The errors ptts_np raises on purpose: few, named, each saying what was wrong and what to do."""


class PttsError(Exception):
    """Base of all of them; the command line prints its message and exits with `exit_code`."""

    exit_code = 1


class InputError(PttsError, ValueError):
    """An argument, text or option that can't be used."""

    exit_code = 2


class ConfigError(PttsError, ValueError):
    """A model's configuration is unreadable, incomplete or contradicts itself."""


class WeightsError(PttsError, ValueError):
    """A weight file is damaged, or its tensors are not those its configuration calls for."""


class VoiceError(PttsError, ValueError):
    """A voice can't be used: an unknown name, a damaged file, another model's, or no encoder."""


class AudioError(PttsError, ValueError):
    """Sound that can't be read, or is empty, silent or not finite."""


class FetchError(PttsError, OSError):
    """A file is not here and could not be fetched."""


class AccessError(FetchError):
    """A file exists, but its owner must grant access to it first."""


class OutputError(PttsError, OSError):
    """The result could not be written; no partial file is left."""


class BackendError(PttsError, RuntimeError):
    """A backend was asked for that is not installed or does not exist."""
