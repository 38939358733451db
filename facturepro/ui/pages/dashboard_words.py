"""What the dashboard says: figures put into words."""

from datetime import date
from decimal import Decimal

from facturepro.i18n import _, language, ngettext
from facturepro.i18n.formatting import MINUS, NBSP, format_date, format_money, format_number, format_quantity
from facturepro.services.dashboard import BestClient, Figures, LowProduct, Opens, Receivables, Turnover, Week
from facturepro.ui.pages.dashboard_parts import BarLine
from facturepro.ui.widgets.pieces import Piece

_VOWELS = "aeiouhéèê"


def month_name(day: date) -> str:
    """``novembre``."""
    return format_date(day, "long").split(" ")[1]


def short_month(day: date) -> str:
    """``nov.``."""
    return format_date(day, "day").split(" ", 1)[1]


def turnover_label(today: date) -> str:
    name = month_name(today)
    if language() == "fr" and name[0].lower() in _VOWELS:
        return _("Chiffre d’affaires d’{month}, HT").format(month=name)
    return _("Chiffre d’affaires de {month}, HT").format(month=name)


def change(now: Decimal, before: Decimal) -> Piece | None:
    """``+ 12,6 %`` in green, a fall in red; None without anything to compare with."""
    if not before:
        return None
    percent = round((now - before) / before * 100, 1)
    sign = "+" if percent >= 0 else MINUS
    text = f"{sign}{NBSP}{format_number(abs(percent), 1)}{NBSP}%"
    return Piece(text, "label", "success" if percent >= 0 else "danger")


def month_note(turnover: Turnover, today: date) -> list[Piece]:
    name = f"{short_month(today)} {today.year - 1}"
    piece = change(turnover.month, turnover.month_before)
    if piece is None:
        return [Piece(_("rien en {month} au {day}").format(month=name, day=today.day))]
    return [piece, Piece(_(" sur {month} au {day}").format(month=name, day=today.day))]


def year_note(turnover: Turnover) -> list[Piece]:
    """The line below the chart."""
    pieces = [
        Piece(_("Depuis le 1er janvier : ")),
        Piece(format_money(turnover.to_date, decimals=0), "label", "text"),
    ]
    piece = change(turnover.to_date, turnover.to_date_before)
    if piece is None:
        return pieces
    rest = _(" sur la même période de {year}").format(year=turnover.year - 1)
    return [*pieces, Piece(_(", soit ")), piece, Piece(rest)]


def count_note(count: int) -> str:
    return ngettext("{count} facture", "{count} factures", count).format(count=format_number(count))


def overdue_note(found: Receivables) -> str:
    if not found.overdue.count:
        return _("aucune facture en retard")
    days = ngettext("jusqu’à {days} jour", "jusqu’à {days} jours", found.oldest).format(
        days=format_number(found.oldest)
    )
    return f"{count_note(found.overdue.count)}, {days}"


def stock_note(figures: Figures) -> list[Piece]:
    goods = ngettext("{count} produit", "{count} produits", figures.goods_count)
    pieces = [Piece(goods.format(count=format_number(figures.goods_count)))]
    if figures.low_count:
        low = ngettext("{count} sous le minimum", "{count} sous le minimum", figures.low_count)
        pieces += [Piece(", "), Piece(low.format(count=format_number(figures.low_count)), "label", "warning")]
    return pieces


def amount_line(text: str, amount: Decimal, highest: Decimal, color: str = "accent", shade: int = -1) -> BarLine:
    """A row whose bar is its share of the highest."""
    share = float(amount / highest) if highest > 0 else 0.0
    return BarLine(text, (Piece(format_money(amount, decimals=0), "strong", "text"),), share, color, shade)


def age_names() -> list[str]:
    return [_("Non échu"), _("1 à 30 jours"), _("31 à 60 jours"), _("61 à 90 jours"), _("Plus de 90 jours")]


def age_lines(found: Receivables) -> list[BarLine]:
    highest = max(age.total for age in found.ages)
    return [
        amount_line(name, age.total, highest, "age", index)
        for index, (name, age) in enumerate(zip(age_names(), found.ages, strict=True))
    ]


def week_name(week: Week, is_first: bool) -> str:
    if is_first:
        return _("Cette semaine")
    end = format_date(week.end, "day")
    if week.start.month == week.end.month:
        return f"{week.start.day}–{end}"
    return f"{format_date(week.start, 'day')} – {end}"


def week_lines(weeks: tuple[Week, ...]) -> list[BarLine]:
    highest = max((week.amount.total for week in weeks), default=Decimal(0))
    return [amount_line(week_name(week, not index), week.amount.total, highest) for index, week in enumerate(weeks)]


def client_lines(clients: tuple[BestClient, ...]) -> list[BarLine]:
    highest = max((client.net for client in clients), default=Decimal(0))
    return [amount_line(client.name or _("sans nom"), client.net, highest, "age", 0) for client in clients]


def low_line(product: LowProduct) -> BarLine:
    """``12 / 18``, with the bar at two thirds."""
    share = float(product.available / product.minimum) if product.minimum > 0 else 0.0
    value = (
        Piece(format_quantity(product.available), "strong", "danger" if product.available < 0 else "warning"),
        Piece(f" / {format_quantity(product.minimum)}", "body"),
    )
    spoken = _("{name} : {available} disponibles pour un minimum de {minimum}").format(
        name=product.name, available=format_quantity(product.available), minimum=format_quantity(product.minimum)
    )
    return BarLine(product.name, value, share, "age", 2, spoken)


def argument(opens: Opens) -> str | None:
    """What ``open_page`` hands to the list: the id of a record, or its tab and ranges of days
    (``open,due:2026-11-20..2026-11-22``)."""
    if opens.record_id:
        return opens.record_id
    parts = []
    for name, start, end in (("period", opens.start, opens.end), ("due", opens.due_start, opens.due_end)):
        if start or end:
            parts.append(f"{name}:{start.isoformat() if start else ''}..{end.isoformat() if end else ''}")
    if parts:
        return ",".join([opens.state or "all", *parts])
    return opens.state or None
