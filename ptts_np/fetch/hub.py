"""Downloads from the Hugging Face hub, by its own library and into its own cache."""

from __future__ import annotations

from pathlib import Path

from ptts_np.errors import AccessError, FetchError
from ptts_np.fetch.failures import STORAGE, refused, unreachable, unstored
from ptts_np.fetch.locations import Hub


def download(file: Hub, found: Path | None) -> Path:
    """The newest file of `file`; where that is not to be had, `found`, an older copy."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError

    # By version the library speaks through requests or httpx: its own error derives from theirs.
    expected: tuple[type[BaseException], ...] = (OSError, RuntimeError, HfHubHTTPError.__mro__[1])
    try:
        # Asked once beforehand, since the download itself retries for minutes before it gives up.
        url = hf_hub_url(file.repo, file.path, revision=file.revision)
        get_hf_file_metadata(url, timeout=constants.HF_HUB_ETAG_TIMEOUT)
        return Path(hf_hub_download(file.repo, file.path, revision=file.revision))
    except expected as error:
        if found is not None:
            return found
        raise _hub_error(file, error) from error


def _hub_error(file: Hub, error: BaseException) -> FetchError:
    from huggingface_hub import constants
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    page = f"{constants.ENDPOINT}/{file.repo}"
    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        return _hub_error(file, error.__cause__)
    if isinstance(error, GatedRepoError) or status == 403:
        return AccessError(
            f"{file.location} is gated: accept the terms on {page}, then run `hf auth login`"
        )
    if isinstance(error, RevisionNotFoundError):
        return FetchError(f"{file.repo} has no revision {file.revision}: check it on {page}")
    if isinstance(error, EntryNotFoundError) and status is not None:
        return FetchError(f"{file.repo} has no file {file.path}: check it on {page}")
    if status == 401:
        return AccessError(
            f"{file.repo} does not exist or is private: check {page}, or run `hf auth login`"
        )
    if isinstance(error, RepositoryNotFoundError):
        return FetchError(f"{file.repo} does not exist: check the name on {constants.ENDPOINT}")
    if status is not None:
        return refused(file.location, status)
    if isinstance(error, OSError) and error.errno in STORAGE:
        return unstored(file.location, error, Path(constants.HF_HUB_CACHE), "HF_HOME")
    return unreachable(file.location, constants.ENDPOINT, error)
