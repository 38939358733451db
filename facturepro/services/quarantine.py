"""What the cloud refused of ours, and what of the cloud's could not be taken here: why, in words, and the ways out."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from facturepro.db import catalog, replication_giving_up, replication_outbox, replication_skew
from facturepro.db import replication_apply as incoming_documents
from facturepro.db import replication_quarantine as refusals
from facturepro.db.replication_records import Incoming, Key, load, load_known
from facturepro.domain.clock import parse_stamp
from facturepro.domain.errors import UserError
from facturepro.i18n import N_, _
from facturepro.i18n.formatting import format_number
from facturepro.services import cloud
from facturepro.services.company import OpenCompany
from facturepro.sync import codec
from facturepro.sync.home import Home
from facturepro.sync.remotes.base import RemoteError
from facturepro.sync.status import user_error

Refused = dict[str, Any]
Fetch = Callable[[str, str], Incoming | None]
"""(kind, id) -> the document as it stands in the cloud, None when it has none."""

_LIMIT = 500
_ALL = 10**6
_TOO_LARGE = N_(
    "Trop volumineux : le cloud accepte 1 Mo par fiche. Raccourcissez un texte, retirez des lignes ou prenez une image plus petite."
)
_TOO_LARGE_BY = N_(
    "Trop volumineux ({size} Ko) : le cloud accepte 1 Mo (1 024 Ko) par fiche. Raccourcissez un texte, retirez des lignes "
    "ou prenez une image plus petite."
)
_BY_RULES = N_(
    "Refusé par les règles du cloud : document déjà figé là-bas, ou droits insuffisants. "
    "Demandez au propriétaire de l’entreprise, puis réessayez."
)
_BAD_ID = N_("Le cloud ne peut pas ranger une fiche sous cet identifiant.")
_BAD_VALUE = N_("Le cloud ne peut pas garder une des valeurs de cette fiche. Corrigez-la : elle repartira d’elle-même.")
_UNREADABLE = N_(
    "Le cloud a de cette fiche une version que ce programme ne sait pas lire. La vôtre reste ici et n’écrase rien : "
    "mettez le programme à jour, ou prenez la version du cloud une fois corrigée."
)
_OTHER = N_("Le cloud refuse cette modification. Elle reste ici ; modifiez la fiche ou réessayez plus tard.")
_FROZEN_HERE = N_(
    "Le document est émis : un autre contenu arrivé du cloud n’a pas été pris. Comparez les deux : si celui d’ici est "
    "juste, écartez l’autre ; si c’est l’autre, faites un avoir pour celui d’ici."
)
_INVALID_HERE = N_(
    "Une valeur reçue du cloud est impossible ici. La fiche est gardée de côté sans rien bloquer : corrigez-la sur "
    "l’ordinateur qui l’a écrite, ou mettez ce programme à jour, puis réessayez."
)
_REASONS: tuple[tuple[str, str], ...] = (
    (refusals.UNREADABLE.strip(), _UNREADABLE),
    (r"larger than|maximum (allowed |entity )?size|exceeds the max|longer than|too large|too big", _TOO_LARGE),
    (r"PERMISSION_DENIED|false for|denied|read.only|not a member|frozen", _BY_RULES),
    (r"not a record id|document name|collection id", _BAD_ID),
    (r"INVALID_ARGUMENT|OUT_OF_RANGE|cannot|can't|known key|type|value", _BAD_VALUE),
)
"""First fit: pattern of the technical reason, words for it."""


def list_refused(company: OpenCompany, limit: int = _LIMIT) -> list[Refused]:
    """Oldest first: ``kind``, ``record_id``, ``title``, ``direction`` ("out": ours, refused there; "in": theirs, refused
    here), ``reason`` (technical), ``reason_text`` (French), ``since`` (ISO instant), ``attempts``, ``can_discard`` and
    ``waiting``: what is held back by it (``kind``, ``record_id``, ``title``)."""
    with company.db.read() as session:
        ours = replication_outbox.queued(session, limit, only_refused=True)
        held = {one.key: _held_back(session, one.key) for one in ours}
        records = load(session, [one.key for one in ours])
        theirs = incoming_documents.refused(session, limit)
        unread = replication_skew.unreadable(session)
        named = replication_outbox.titles(session, [*(one.key for one, _reason in theirs), *unread])
    found = [
        _entry(one.key, one.title, "out", one.reason, _instant(one.since), one.attempts, _may_go(records[one.key]))
        | {"waiting": held[one.key]}
        for one in ours
        if one.key in records
    ]
    for document, reason in theirs:
        title = named.get(document.key) or _title_of(document)
        is_frozen = reason.startswith(incoming_documents.FROZEN)
        found.append(_entry(document.key, title, "in", reason, document.version, 0, is_frozen))
    found += [_entry(key, named.get(key, ""), "in", f"invalid {names}", "", 0, False) for key, names in unread.items()]
    return found


def count(company: OpenCompany) -> int:
    """How many ``list_refused`` has."""
    with company.db.read() as session:
        theirs = len(incoming_documents.refused(session)) + len(replication_skew.unreadable(session))
        return theirs + replication_outbox.count_quarantined(session)


def _held_back(session: Any, key: Key) -> list[dict[str, str]]:
    keys = sorted(key for key in refusals.dependants(session, [key]) if replication_outbox.is_waiting(session, *key))
    named = replication_outbox.titles(session, keys)
    return [
        {"kind": kind, "record_id": record_id, "title": named.get((kind, record_id), "")} for kind, record_id in keys
    ]


def _may_go(record: Any) -> bool:
    try:
        replication_giving_up.check_may_be_given_up(record)
    except UserError:
        return False
    return True


def _entry(key: Key, title: str, direction: str, reason: str, since: str, attempts: int, can_discard: bool) -> Refused:
    return {
        "kind": key[0],
        "record_id": key[1],
        "title": title,
        "direction": direction,
        "reason": reason,
        "reason_text": reason_text(reason, direction),
        "since": since,
        "attempts": attempts,
        "can_discard": can_discard,
        "waiting": [],
    }


def reason_text(reason: str, direction: str = "out") -> str:
    """A technical reason in words: what happened and what to do."""
    if direction == "in":
        return _(_FROZEN_HERE) if reason.startswith(incoming_documents.FROZEN) else _(_INVALID_HERE)
    if (size := re.search(r"\((\d+) bytes\)$", reason)) is not None:
        return _(_TOO_LARGE_BY).format(size=format_number(-(-int(size[1]) // 1024)))
    for pattern, words in _REASONS:
        if re.search(pattern, reason, re.IGNORECASE):
            return _(words)
    return _(_OTHER)


def _instant(stamp: str) -> str:
    try:
        milliseconds = parse_stamp(stamp).milliseconds
    except ValueError:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _title_of(document: Incoming) -> str:
    names = (catalog.entity(document.kind).model.title_field, "company_name", "name", "number")
    return next((value for name in names if isinstance(value := document.fields.get(name), str) and value), document.id)


def retry(company: OpenCompany, kind: str, record_id: str) -> None:
    """Try again what was refused, in either direction; ours goes out with the next exchange.

    Raises UserError: nothing refused under this id.
    """
    if (kind, record_id) not in map(_key, list_refused(company, _ALL)):
        raise UserError("refused_unknown", id=record_id)
    with company.db.write(origin="remote") as work:
        refusals.release(work, (kind, record_id))
        incoming_documents.retry_pending(work, [(kind, record_id)])


def retry_all(company: OpenCompany) -> None:
    with company.db.write(origin="remote") as work:
        refusals.release(work)
        incoming_documents.retry_pending(work)


def discard(company: OpenCompany, kind: str, record_id: str, fetch: Fetch | None = None) -> None:
    """Give up a change that the cloud refused: its version is taken, or the record goes to the bin when it never had one.
    What is given up goes to the conflict journal. For a frozen document, forget what came in and was not taken.

    Args:
        fetch: reads one document of the cloud; by default the company's own cloud is asked.

    Raises:
        UserError: nothing refused under this id, ``refused_kept`` (issued document, payment, movement), ``refused_needed``
            (unsent records name it), ``refused_incoming`` (only its writer can mend it), ``refused_early`` (the cloud's version
            names what is not here), ``cloud_moved`` while it was asked, unreachable cloud. Nothing changed.
    """
    key = (kind, record_id)
    entries = {entry["direction"]: entry for entry in list_refused(company, _ALL) if _key(entry) == key}
    if not entries:
        raise UserError("refused_unknown", id=record_id)
    if "out" not in entries:
        _discard_incoming(company, key)
        return
    if not entries["out"]["can_discard"]:
        raise UserError("refused_kept")
    waiting = [entry["title"] or entry["record_id"] for entry in entries["out"]["waiting"]]
    if waiting:
        raise UserError("refused_needed", names=", ".join(waiting[:5]))
    home = Home(company.db)
    with company.db.read() as session:
        known = load_known(session, [key]).get(key)
    version = None if known is None else known.version
    document = _ask(company, key, fetch, version)
    with home.write(_("Modification abandonnée"), origin="local") as work:
        replication_giving_up.give_up(work, key, document, version)


def _key(entry: Refused) -> Key:
    return (entry["kind"], entry["record_id"])


def _discard_incoming(company: OpenCompany, key: Key) -> None:
    with company.db.write(_("Contenu reçu écarté"), origin="remote") as work:
        found = {document.key: (document, reason) for document, reason in incoming_documents.refused(work.session)}
        document, reason = found.get(key, (None, ""))
        if document is None or not reason.startswith(incoming_documents.FROZEN):
            raise UserError("refused_incoming")
        groups = reason.removeprefix(incoming_documents.FROZEN).split(", ")
        replication_giving_up.drop_incoming(work, document, groups)


def _ask(company: OpenCompany, key: Key, fetch: Fetch | None, version: str | None) -> Incoming | None:
    if fetch is not None:
        return fetch(*key)
    if not cloud.is_joined(company) and version is None:
        return None
    try:
        remote = cloud.connect_company(company)
        try:
            document = remote.get([key])[key]
        finally:
            remote.close()
    except RemoteError as error:
        raise user_error(error) from error
    return None if document is None else codec.incoming(document)
