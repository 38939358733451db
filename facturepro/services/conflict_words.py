"""What a conflict is, why nothing is lost and what one can do about it, in sentences for the person who settles it."""

from typing import TYPE_CHECKING

from facturepro.i18n import _
from facturepro.i18n.formatting import format_money
from facturepro.services.conflict_values import DELETED, DOUBLE_PAYMENT, ISSUE, ConflictValue, within

if TYPE_CHECKING:
    from facturepro.services.conflicts import ConflictEntry


def explain(entry: "ConflictEntry", currency: str, *, is_frozen: bool, is_back: bool, is_here: bool) -> str:
    """``is_frozen``: the document was issued since. ``is_back``: the value that lost stands again. ``is_here``: the
    record is on this computer."""
    if entry.nature == ISSUE:
        return _issue(entry)
    if entry.nature == DOUBLE_PAYMENT:
        return _double_payment(entry, currency)
    if not is_here:
        return _("La fiche n’est pas sur cet ordinateur, ou une version plus récente l’a écrite : rien à rétablir ici.")
    if is_frozen:
        return _("Ce document a été émis depuis : il ne change plus. L’autre valeur reste lisible dans le journal.")
    if is_back:
        return _("L’autre valeur a été remise en place depuis : il ne reste qu’à fermer ce conflit.")
    return f"{_what(entry)} {_('Rétablir crée une nouvelle modification, annulable par Ctrl Z.')}"


def _what(entry: "ConflictEntry") -> str:
    if entry.nature == DELETED:
        return _deleted(entry)
    if entry.nature == "line":
        return _("Une ligne est gardée ou remplacée en entier, pour que sa quantité et son prix aillent ensemble.")
    labels = [label for label, _text in entry.kept.lines or entry.lost.lines if label]
    if entry.is_changed_since:
        return _("La valeur en place a encore changé depuis ce conflit.")
    if len(labels) > 1:
        words = ", ".join(label if index == 0 else within(label) for index, label in enumerate(labels))
        return _("Ces champs vont toujours ensemble et sont repris en bloc : {fields}.").format(fields=words)
    if entry.kept.at and entry.lost.at and entry.lost.at > entry.kept.at:  # given up by hand, or overtaken by an issue
        return _("La valeur la plus ancienne est en place, l’autre est gardée ici.")
    return _("La dernière modification est en place, l’autre est gardée ici.")


def _deleted(entry: "ConflictEntry") -> str:
    is_deleted = entry.kept.lines != entry.lost.lines and entry.kept.lines[0][1] == _("supprimée")
    if is_deleted:
        return _(
            "{one} l’a supprimée pendant que {other} la modifiait. Elle est dans la corbeille ; la rétablir la ramène "
            "avec ses modifications."
        ).format(one=_who(entry.kept), other=_who(entry.lost))
    return _("{one} l’a gardée pendant que {other} la supprimait. Elle est en place avec ses modifications.").format(
        one=_who(entry.kept), other=_who(entry.lost)
    )


def _issue(entry: "ConflictEntry") -> str:
    (_kept, kept_number), (_lost, lost_number) = entry.papers
    return _(
        "Le même brouillon a été émis sur deux ordinateurs qui ne se voyaient pas : {kept_number} sur {kept}, {lost_number} sur {lost}. "
        "Les deux factures restent, car un numéro attribué ne disparaît jamais d’une suite. Le client n’en doit qu’une : "
        "ouvrez celle qui est de trop (plutôt {lost_number}) et annulez-la par un avoir."
    ).format(kept_number=kept_number, kept=_who(entry.kept), lost_number=lost_number, lost=_who(entry.lost))


def _double_payment(entry: "ConflictEntry", currency: str) -> str:
    what = _(
        "{one} et {other} ont chacun enregistré un paiement de {title} sans se voir. Un paiement ne s’efface pas : le "
        "second s’annule par une écriture contraire, et les deux restent dans la liste."
    ).format(one=_who(entry.kept), other=_who(entry.lost), title=entry.title)
    if entry.overpaid <= 0:
        return f"{what} {_('Rien n’est plus perçu en trop.')}"
    amount = format_money(entry.overpaid, currency)
    return f"{what} {_('Perçu en trop : {amount}. Si le client a bien payé deux fois, gardez les deux.').format(amount=amount)}"


def _who(value: ConflictValue) -> str:
    return _("« {name} »").format(name=value.device)
