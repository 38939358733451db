"""The states of the synchronisation: their sign, what they say, why, and what to do. The indicator and the page speak alike."""

from dataclasses import dataclass
from datetime import datetime

from facturepro.i18n import _, ngettext
from facturepro.i18n.formatting import format_date, format_number, format_rate
from facturepro.ui.shell.ports import SyncState

LOOKS = {  # kind -> icon, colour in the indicator, tint of the badge
    "local": ("monitor", "text_2", "neutral"),
    "connecting": ("status.waiting", "text_2", "neutral"),
    "synced": ("status.synced", "success", "success"),
    "waiting": ("status.waiting", "accent_text", "info"),
    "refused": ("status.error", "danger", "danger"),
    "receiving": ("action.import", "accent_text", "info"),
    "paused": ("pause", "text_2", "neutral"),
    "offline": ("status.offline", "text_2", "neutral"),
    "signin": ("sign-in", "warning", "warning"),
    "update": ("action.redo", "warning", "warning"),
    "readonly": ("status.sealed", "warning", "warning"),
    "budget": ("gauge", "warning", "warning"),
    "quota": ("gauge", "danger", "danger"),
    "error": ("status.error", "danger", "danger"),
}


@dataclass(frozen=True)
class Words:
    """``title``: the state. ``detail``: why, and what to do; empty when there is nothing to say but the last exchange."""

    title: str
    detail: str = ""


def label(state: SyncState) -> str:
    """The few words of the indicator."""
    if state.kind == "waiting":
        text = ngettext("{count} en attente", "{count} en attente", state.waiting)
        return text.format(count=format_number(state.waiting))
    if state.kind == "refused":
        text = ngettext("{count} refusée", "{count} refusées", state.refused)
        return text.format(count=format_number(state.refused))
    if state.kind == "receiving":
        return _("Lecture {progress}").format(progress=_progress(state, short=True))
    if state.kind == "budget":
        return _("Quota à {share}").format(share=format_rate(round(state.share * 100)))
    if state.kind == "error":
        return _("Erreur : {reason}").format(reason=state.reason) if state.reason else _("Erreur")
    return {
        "local": _("Sur cet ordinateur"),
        "connecting": _("Connexion…"),
        "synced": _("À jour"),
        "paused": _("En pause"),
        "offline": _("Hors ligne"),
        "signin": _("Se reconnecter"),
        "update": _("Mise à jour requise"),
        "readonly": _("Lecture seule"),
        "quota": _("Quota atteint"),
    }[state.kind]


def explain(state: SyncState, now: datetime, reset: datetime | None = None) -> Words:
    """The state in full. ``reset``: when the day's quota begins again."""
    made = {
        "local": _local,
        "connecting": _connecting,
        "synced": _synced,
        "waiting": _waiting,
        "refused": _refused,
        "receiving": _receiving,
        "paused": _paused,
        "signin": _signin,
        "update": _update,
        "readonly": _readonly,
        "error": _error,
    }.get(state.kind)
    if made is not None:
        return made(state)
    if state.kind == "offline":
        return _offline(state, now)
    return _quota(state, now, reset)


def waiting_words(count: int) -> str:
    text = ngettext("{count} modification en attente", "{count} modifications en attente", count)
    return text.format(count=format_number(count))


def _progress(state: SyncState, short: bool) -> str:
    done, total = state.progress or (0, 0)
    if total:
        percent = min(99, done * 100 // total)
        known = _("{done} fiches sur {total}").format(done=format_number(done), total=format_number(total))
        return format_rate(percent) if short else known
    text = ngettext("{count} fiche", "{count} fiches", done).format(count=format_number(done))
    return format_number(done) if short else text


def _local(_state: SyncState) -> Words:
    return Words(_("Sur cet ordinateur"), _("Cette entreprise n’est reliée à aucun cloud."))


def _connecting(_state: SyncState) -> Words:
    return Words(_("Connexion au cloud…"))


def _synced(_state: SyncState) -> Words:
    return Words(_("En ligne, tout est à jour"))


def _waiting(state: SyncState) -> Words:
    text = ngettext(
        "En ligne, {count} modification en cours d’envoi",
        "En ligne, {count} modifications en cours d’envoi",
        state.waiting,
    )
    return Words(text.format(count=format_number(state.waiting)))


def _refused(state: SyncState) -> Words:
    """What waits beside may wait for what is refused, so it is not said to be on its way."""
    text = ngettext(
        "{count} modification refusée par le cloud", "{count} modifications refusées par le cloud", state.refused
    ).format(count=format_number(state.refused))
    if state.waiting > state.refused:
        text = f"{text}, {waiting_words(state.waiting - state.refused)}"
    return Words(
        _("En ligne, {waiting}").format(waiting=text),
        _(
            "Sous « Refusées », la page Synchronisation dit pourquoi et que faire. Le reste est échangé comme d’habitude."
        ),
    )


def _receiving(state: SyncState) -> Words:
    return Words(
        _("Première lecture : {progress}").format(progress=_progress(state, short=False)),
        _("Continuez à travailler. Une pause ou une coupure ne fait rien recommencer."),
    )


def _paused(state: SyncState) -> Words:
    if state.progress is not None:
        title = _("Première lecture en pause : {progress}").format(progress=_progress(state, short=False))
    elif state.waiting:
        title = _("En pause, {waiting}").format(waiting=waiting_words(state.waiting))
    else:
        title = _("Synchronisation en pause")
    return Words(title, _("Rien ne part ni n’arrive, même après un redémarrage, tant que vous ne reprenez pas."))


def _offline(state: SyncState, now: datetime) -> Words:
    title = _("Hors ligne depuis {when}").format(when=_clock(state.since, now)) if state.since else _("Hors ligne")
    if state.waiting:
        title = f"{title}, {waiting_words(state.waiting)}"
    return Words(title, _("Continuez à travailler : tout sera envoyé automatiquement dès le retour du réseau."))


def _signin(_state: SyncState) -> Words:
    return Words(
        _("La connexion au cloud a expiré"),
        _("Vos données sont intactes. Redonnez une clé valable pour que l’échange reprenne."),
    )


def _update(state: SyncState) -> Words:
    detail = _(
        "Une version plus récente est exigée par cette entreprise. Vous recevez encore, mais n’envoyez plus rien."
    )
    if state.waiting:
        detail = _("{waiting} : l’envoi reprendra après la mise à jour de FacturePro.").format(
            waiting=waiting_words(state.waiting)
        )
    return Words(_("Mettez FacturePro à jour"), detail)


def _readonly(state: SyncState) -> Words:
    title = _("En ligne, en lecture seule")
    if state.waiting:
        title = f"{title}, {waiting_words(state.waiting)}"
    return Words(title, state.detail)


def _quota(state: SyncState, now: datetime, reset: datetime | None) -> Words:
    at = _clock(reset, now) if reset else _("demain")
    if state.kind == "quota":
        return Words(
            _("Le quota gratuit du jour est atteint"),
            _("Rien n’est perdu : l’échange reprend à la remise à zéro, {when}.").format(when=at),
        )
    share = format_rate(round(state.share * 100))
    if state.share >= 1:  # and it goes on: somebody pays, or the cloud has not noticed yet
        return Words(
            _("En ligne, quota gratuit du jour dépassé ({share})").format(share=share),
            _("Sans facturation chez Google, l’échange attend la remise à zéro, {when}. Rien n’est perdu.").format(
                when=at
            ),
        )
    return Words(
        _("En ligne, quota du jour utilisé à {share}").format(share=share),
        _("À 100 %, l’échange attend la remise à zéro, {when}. Rien n’est perdu.").format(when=at),
    )


def _error(state: SyncState) -> Words:
    title = _("La synchronisation s’est arrêtée")
    if state.reason:
        title = _("La synchronisation s’est arrêtée : {reason}").format(reason=state.reason)
    return Words(title, state.detail or _("Vos données sont intactes. Réessayez, ou envoyez le journal."))


def _clock(at: datetime, now: datetime) -> str:
    """Local time; another day is named."""
    local, today = at.astimezone(), now.astimezone().date()
    days = (local.date() - today).days
    if days == 0:
        return f"{local:%H:%M}"
    if days == -1:
        return _("hier {time}").format(time=f"{local:%H:%M}")
    if days == 1:
        return _("demain {time}").format(time=f"{local:%H:%M}")
    return f"{format_date(local.date(), 'day')} {local:%H:%M}"


def tool_tip(state: SyncState, now: datetime) -> str:
    """Both lines for the indicator."""
    words = explain(state, now)
    return "\n".join(line for line in (words.title, words.detail) if line)
