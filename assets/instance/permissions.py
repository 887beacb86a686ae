"""Who may read what the pipeline writes: its owner alone, or a group that `sources.yaml` names.

Lives here: the rights that files are made with in this process and those it starts, and those of the folders of
CUSTOMERS_HOME. Not here: secrets, which no group reads (`pipelines/stripe/credentials/vault.py`).
"""

import grp
import os
from contextlib import suppress
from pathlib import Path

from pipelines.errors import WrongUse
from pipelines.home import Home

OWNER, GROUP = 0o077, 0o027
"""What is taken from the rights of whatever is made: all that others, and the group, could do."""

INHERITED = 0o2000
"""What is made in a folder with this bit belongs to the folder's group."""


def guard(home: Home, sources: Path | None) -> None:
    """Make CUSTOMERS_HOME private, and all that this process makes from now on.

    A home that we make is closed to others; of one that is there already only our own folders are. A `sources.yaml`
    with a fault counts as one without a group; what needs it tells the fault. Raises WrongUse for a group that there is
    not, or that its owner is no member of.
    """
    name = guard_process(sources)
    # Made after the umask is set, so that there is no moment in which others may look into it.
    with suppress(FileExistsError):
        home.root.mkdir(parents=True)
    group = _number_of(name) if name else -1
    for folder in (home.root, home.inbox, home.dagster, *_own_folders(home)):
        # A folder that is not there yet gets its rights from the umask when it is made.
        if folder == home.root or folder.is_dir():
            _close(folder, group, ours=folder not in (home.root, home.inbox))
    if home.published.exists():
        # It may be older than the group: a file keeps the rights with which it was made.
        _change(home.published, 0o640 if name else 0o600, group)


def guard_process(sources: Path | None) -> str | None:
    """Make private all that this process, and those it starts, make from now on; the group that may read, if any."""
    name = _group_of(sources)
    os.umask(GROUP if name else OWNER)
    return name


def _own_folders(home: Home) -> list[Path]:
    return [home.archive, home.staging, home.rejects, home.templates, home.mappings, home.working.parent]


def _close(folder: Path, group: int, ours: bool) -> None:
    """A folder of ours gets the rights that it would be made with; of another only its group is set."""
    mode = folder.stat().st_mode & 0o7777
    private = mode & ~(OWNER if group < 0 else GROUP) if ours else mode
    _change(folder, (private | INHERITED | 0o050) if group >= 0 else private, group)


def _change(path: Path, mode: int, group: int) -> None:
    """Change what is not so already; a folder of somebody else stays as they have it."""
    found = path.stat()
    # Only its owner may change a mode; the import itself may still be allowed to write there.
    with suppress(PermissionError):
        if group >= 0 and found.st_gid != group:
            os.chown(path, -1, group)
        if found.st_mode & 0o7777 != mode:
            path.chmod(mode)


def _group_of(sources: Path | None) -> str | None:
    if sources is None or not _may_name_a_group(sources):
        return None
    from pipelines.configuration.sources_file import usable_sources  # half a second of CPU, which questions do without

    try:
        return usable_sources(sources).group
    except WrongUse:
        return None


def _may_name_a_group(sources: Path) -> bool:
    """Whether the word stands in the file outside comments, or may stand there in other letters; so too for a file that
    cannot be read, whose fault others tell.
    """
    try:
        lines = sources.read_bytes().splitlines()
    except OSError:
        return True
    text = b"\n".join(line for line in lines if not line.lstrip().startswith(b"#"))
    return any(sign in text for sign in (b"group", b"\\", b"\0"))  # escapes; UTF-16


def _number_of(name: str) -> int:
    try:
        number = grp.getgrnam(name).gr_gid
    except KeyError:
        raise WrongUse(f"group: there is no group {name!r} on this machine; create it, or take the key out") from None
    # Linux lets an owner give a file only to a group of which the owner is a member.
    if os.geteuid() != 0 and number not in (os.getegid(), *os.getgroups()):
        raise WrongUse(f"group: this account is no member of {name!r}; add it, or take the key out")
    return number
