"""Why the rules refused: the membership is read again before anybody is told anything."""

from __future__ import annotations

from facturepro.sync.remotes.base import AccessDenied, ReadOnlyRole, Remote, RemoteError

WRITERS = frozenset({"owner", "admin", "member"})


def cause_of(remote: Remote, denied: AccessDenied) -> RemoteError | None:
    """What keeps this account from writing: NotAMember, ReadOnlyRole, CompanyMissing, or that it cannot be asked now.

    None: the account may write, so it is the content that the rules refuse. Where no rule binds the account, the
    refusal itself is the cause: its rights in the project.
    """
    try:
        role = remote.role()
    except RemoteError as error:
        return error
    if role is None:
        return denied
    return None if role in WRITERS else ReadOnlyRole(role)


def explained(remote: Remote, error: RemoteError) -> RemoteError:
    """The same error, or what is known about a refusal after looking again."""
    if type(error) is not AccessDenied:
        return error
    return cause_of(remote, error) or error
