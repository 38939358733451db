"""What the synchronisation page and the bin call things: icons and pages of kinds, and how long ago something was."""

import re
from datetime import datetime

from facturepro.i18n import _
from facturepro.i18n.formatting import format_date

KIND_ICONS = {
    "client": "nav.clients",
    "supplier": "nav.purchases",
    "product": "nav.products",
    "invoice": "nav.invoices",
    "payment": "nav.payments",
    "warehouse": "nav.warehouses",
    "stock_movement": "nav.stock_movements",
    "company": "nav.settings",
    "device": "monitor",
}
PAGES = {
    "client": "clients",
    "supplier": "suppliers",
    "product": "products",
    "invoice": "invoices",
    "payment": "payments",
    "warehouse": "warehouses",
    "company": "settings",
}
"""Where a record of a kind is opened; other kinds have no page of their own."""

_ONLINE_MINUTES = 2
_RELEASE = re.compile(r"\d+(\.\d+)?(?=[.-]|$)")


def system_words(platform: str) -> str:
    """``Linux 6.18.44-fc-v657`` -> ``Linux 6.18``: the build says nothing to a person; ``Darwin`` is how macOS calls itself."""
    name, _space, release = platform.partition(" ")
    if name == "Darwin":
        return "macOS"
    parts = _RELEASE.match(release)
    return f"{name} {parts.group()}" if parts else platform


def icon_of(kind: str) -> str:
    return KIND_ICONS.get(kind, "file")


def when(at: datetime, now: datetime) -> str:
    """``aujourd’hui 09:14``, ``hier 17:40``, ``6 oct.``."""
    local, today = at.astimezone(), now.astimezone().date()
    days = (today - local.date()).days
    if days == 0:
        return _("aujourd’hui {time}").format(time=f"{local:%H:%M}")
    if days == 1:
        return _("hier {time}").format(time=f"{local:%H:%M}")
    return format_date(local.date(), "day" if abs(days) < 300 else "short")


def ago(at: datetime, now: datetime) -> str:
    """``à l’instant``, ``il y a 3 min``, ``il y a 2 h``, ``hier 18:42``, ``6 oct.``."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return _("à l’instant")
    if minutes < 60:
        return _("il y a {minutes} min").format(minutes=minutes)
    if minutes < 12 * 60 and at.astimezone().date() == now.astimezone().date():
        return _("il y a {hours} h").format(hours=minutes // 60)
    return when(at, now)


def exact(at: datetime) -> str:
    """``vendredi 20 novembre 2026, 09:14:32``: the tool tip of a relative time."""
    local = at.astimezone()
    return f"{format_date(local.date(), 'full')}, {local:%H:%M:%S}"


def moment(at: datetime, now: datetime) -> str:
    """How long ago and the time to the second: ``il y a 3 min · 09:14:32``, ``hier · 17:40:12``, ``6 oct. · 17:40:12``."""
    local = at.astimezone()
    words = ago(at, now)
    if f"{local:%H:%M}" in words:  # the same time is not said twice
        words = words.replace(f" {local:%H:%M}", "")
    return f"{words} · {local:%H:%M:%S}"


def seen(at: datetime, now: datetime) -> tuple[str, str]:
    """(words, colour token) of when a computer was last seen."""
    if (now - at).total_seconds() < _ONLINE_MINUTES * 60:
        return _("en ligne"), "success"
    words = ago(at, now)
    return words, "success" if (now - at).total_seconds() < 600 else "text_2"
