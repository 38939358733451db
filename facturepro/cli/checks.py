"""``verify`` and ``doctor``."""

from facturepro.cli import framework
from facturepro.cli.framework import Group
from facturepro.cli.output import Counter, answer
from facturepro.cli.session import current
from facturepro.i18n import _, ngettext
from facturepro.services import doctor, verification


def register(root: Group) -> None:
    text = _("Vérifier la base, les chaînes d’empreintes, les numéros, le stock et la file d’envoi.")
    root.add_command(framework.command("verify", text, _verify))
    text = _("Versions, dossiers et états, pour un rapport de défaut ; sans secret.")
    root.add_command(framework.command("doctor", text, _doctor))


def _verify() -> int:
    """Exit status 1 when something does not hold."""
    with current().company() as company:
        result = verification.verify(company, Counter(_("Contrôles :")))
    problems = result["problems"]
    lines = [_("Tout est en ordre.")] if result["ok"] else [problem["message"] for problem in problems]
    if problems:
        lines.append(ngettext("{n} problème.", "{n} problèmes.", len(problems)).format(n=len(problems)))
    answer(result, "\n".join(lines))
    return 0 if result["ok"] else 1


def _doctor() -> None:
    session = current()
    facts = doctor.examine(session.workspace, session.company_name, session.host.keyring_name)
    answer(facts, lambda: doctor.report(facts))
