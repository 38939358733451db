"""``sync``: the exchange with the cloud, once, all the time, or with a comparison of everything."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any, Self

import click

from facturepro.cli import framework, refused
from facturepro.cli.cloud import budget_text
from facturepro.cli.framework import Group
from facturepro.cli.output import Counter, answer, note
from facturepro.cli.session import current
from facturepro.domain.errors import UserError
from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_number
from facturepro.services import central_numbering, cloud, quarantine, reconciliation
from facturepro.services.company import OpenCompany
from facturepro.services.records import Record


def register(root: Group) -> None:
    root.add_command(_sync_group())


def _sync_group() -> Group:
    found = framework.group("sync", _("Échanger avec le cloud."))
    timeout = framework.option("--timeout", _("Durée au plus, en secondes."), metavar="S", type=float, default=60.0)
    found.add_command(framework.command("once", _("Envoyer et recevoir jusqu’à être à jour."), _once, [timeout]))
    found.add_command(framework.command("run", _("Échanger en continu, jusqu’à Ctrl+C."), _run))
    found.add_command(framework.command("pause", _("Ne plus échanger, jusqu’à « sync resume »."), _pause))
    found.add_command(framework.command("resume", _("Reprendre l’échange là où la pause a commencé."), _resume))
    text = _("Comparer toutes les fiches avec le cloud et réparer ce qui diffère (se fait aussi chaque semaine).")
    found.add_command(framework.command("check", text, _check))
    found.add_command(refused.group())
    return found


def _once(timeout: float) -> None:
    """A reading that is interrupted (SIGINT, SIGTERM, the time) goes on where it ended with the next command."""
    with current().company() as company, _until_a_signal() as ended, _Progress() as progress:
        report = cloud.sync_once(company, timeout, ended.is_set, progress.show)
        report["refused"] = quarantine.count(company)
        tell_news(company)
        text = _("Envoyés : {pushed}, reçus : {pulled}, en attente : {pending}, conflits : {conflicts}").format(
            **report
        )
        if not report["is_complete"]:
            text += "\n" + _("La lecture n’est pas finie ; elle reprendra où elle en est : facturepro sync once.")
        notices = (_refused_text(report["refused"]), budget_text(cloud.budget(company)))
        answer(report, "\n".join([text, *(each for each in notices if each)]))


def _refused_text(count: int) -> str:
    """The way to what was refused; empty when nothing was."""
    if not count:
        return ""
    text = ngettext(
        "{n} fiche refusée : facturepro sync refused list dit pourquoi et que faire.",
        "{n} fiches refusées : facturepro sync refused list dit pourquoi et que faire.",
        count,
    )
    return text.format(n=count)


def tell_news(company: OpenCompany) -> None:
    """What became of documents that waited for their number."""
    for each in central_numbering.take_news(company):
        note(each.text)


def _check() -> None:
    with current().company() as company, _until_a_signal() as ended:
        report = reconciliation.check(company, Counter(_("Fiches comparées :")), ended.is_set)
        report["refused"] = quarantine.count(company)
        notices = (
            UserError("cloud_update_required").message if report["blocked"] else "",
            _refused_text(report["refused"]),
        )
        answer(report, lambda: "\n".join([_check_text(report), *(each for each in notices if each)]))


def _check_text(report: Record) -> str:
    if not report["is_complete"]:
        return _("La vérification n’est pas finie.")
    lines = [ngettext("{n} fiche comparée.", "{n} fiches comparées.", report["compared"]).format(n=report["compared"])]
    if report["repaired"]:
        text = ngettext("{n} fiche réparée.", "{n} fiches réparées.", report["repaired"])
        lines.append(text.format(n=report["repaired"]))
    if not report["is_clean"]:
        lines.append(_("Il reste des différences qui n’ont pas pu être réparées ; elles sont revues chaque semaine."))
    elif not report["repaired"]:
        lines.append(_("Cet ordinateur et le cloud ont le même contenu."))
    if report["conflicts"]:
        text = ngettext(
            "{n} valeur remplacée est dans le journal des conflits.",
            "{n} valeurs remplacées sont dans le journal des conflits.",
            report["conflicts"],
        )
        lines.append(text.format(n=report["conflicts"]))
    return "\n".join(lines)


def _run() -> None:
    """Until SIGINT or SIGTERM; states go to stderr. Another process may join again meanwhile, or elsewhere."""
    with _until_a_signal() as ended, current().company() as company:
        while not ended.is_set():
            joined_to = cloud.joined_to(company)
            engine = cloud.make_engine(company, lambda state: note(_state_text(state)))
            try:
                engine.start()
                while cloud.joined_to(company) == joined_to and not ended.wait(0.5):
                    tell_news(company)
            finally:
                cloud.end_engine(engine)


def _pause() -> None:
    """For a window and ``sync run`` alike."""
    with current().company() as company:
        answer(cloud.set_paused(company, True), _("L’échange est en pause ; « facturepro sync resume » le reprend."))


def _resume() -> None:
    with current().company() as company:
        answer(cloud.set_paused(company, False), _("L’échange reprend."))


@contextlib.contextmanager
def _until_a_signal() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, so that what is under way ends where it can go on."""
    ended = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {name: signal.signal(name, end) for name in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


class _Progress:
    """A line on stderr that grows with a long reading; for people, so not beside JSON."""

    def __init__(self) -> None:
        self._is_shown = False
        self._at = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_shown:
            click.echo("", err=True)

    def show(self, done: int, total: int) -> None:
        """Nothing for an exchange that ends at once."""
        if current().is_json or not (done or total) or (time.monotonic() - self._at < 0.5 and done != total):
            return
        self._at, self._is_shown = time.monotonic(), True
        text = _("Lecture : {done} sur {total}") if total else _("Lecture : {done}")
        line = text.format(done=format_number(min(done, total or done)), total=format_number(total))
        click.echo(f"\r{line}", err=True, nl=False)


def _state_text(state: Any) -> str:
    if state.code:
        return cloud.trouble(state)
    if state.progress is not None:
        done, total = state.progress
        text = _("Lecture : {done} sur {total}") if total else _("Lecture : {done}")
        return text.format(done=format_number(done), total=format_number(total))
    if state.kind == "paused":
        return _("En pause")
    if state.pending:
        return ngettext("{n} modification en attente", "{n} modifications en attente", state.pending).format(
            n=state.pending
        )
    return _("À jour")
