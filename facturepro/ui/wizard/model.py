"""What the first-start wizard asks, apart from how it looks: steps, fields per country, mentions, the answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from facturepro.domain.errors import UserError
from facturepro.domain.parsing import parse_decimal
from facturepro.i18n import N_, _
from facturepro.i18n.formatting import format_money, format_number

Answers = dict[str, Any]
COUNTRIES = {"FR": N_("France"), "BE": N_("Belgique"), "MA": N_("Maroc")}
LEGAL_FORMS = {
    "FR": ("Entrepreneur individuel", "EURL", "SARL", "SASU", "SAS", "SA", "SCI", "Association"),
    "BE": ("Personne physique", "SRL", "SA", "SC", "SNC", "ASBL"),
    "MA": ("Personne physique", "Auto-entrepreneur", "SARL AU", "SARL", "SA", "SNC"),
}
# A capital is printed for companies only; these forms have none.
WITHOUT_CAPITAL = frozenset(
    {"Entrepreneur individuel", "Association", "Personne physique", "Auto-entrepreneur", "ASBL"}
)
CURRENCIES = {"FR": "EUR", "BE": "EUR", "MA": "MAD"}
# Fields of the company step, row by row, as the country knows them.
_IDENTITY = {
    "FR": (("siren", "vat_number"),),
    "BE": (("company_number", "vat_number"),),
    "MA": (("ice", "tax_id", "rc"),),
}
_REGISTER = {
    "FR": ("legal_form", "capital", "rcs_city"),
    "BE": ("legal_form", "capital"),
    "MA": ("legal_form", "capital"),
}
LABELS = {
    "siren": N_("SIREN"),
    "vat_number": N_("N° de TVA"),
    "company_number": N_("N° d’entreprise"),
    "ice": N_("ICE"),
    "tax_id": N_("Identifiant fiscal (IF)"),
    "rc": N_("Registre de commerce (RC)"),
    "name": N_("Nom de l’entreprise"),
    "legal_form": N_("Forme juridique"),
    "capital": N_("Capital"),
    "rcs_city": N_("Ville du RCS"),
    "address": N_("Adresse"),
    "postcode": N_("Code postal"),
    "city": N_("Ville"),
    "email": N_("E-mail"),
    "phone": N_("Téléphone"),
    "iban": N_("IBAN"),
    "bic": N_("BIC"),
    "number_prefix": N_("Préfixe des factures"),
}
OPTIONAL = frozenset({"phone", "iban", "bic", "capital", "rcs_city", "vat_number", "rc", "tax_id"})
DERIVED = {"siren": N_("Déduit du SIREN"), "company_number": N_("Déduit du numéro d’entreprise")}
# Optional, but not marked as such: they depend on the legal form or follow from another field.
UNMARKED = frozenset({"capital", "rcs_city", "vat_number"})


@dataclass(frozen=True)
class StepSpec:
    """``can_wait``: the step has a button "Plus tard"."""

    key: str
    title: str
    heading: str
    sentence: str
    can_wait: bool = False


STEPS = (
    StepSpec(
        "language",
        N_("Langue"),
        N_("Bienvenue"),
        N_("Quelques questions, puis votre première facture. Tout reste modifiable dans les paramètres."),
    ),
    StepSpec(
        "company",
        N_("Votre entreprise"),
        N_("Votre entreprise"),
        N_("Ces informations figurent sur chaque facture : la loi les demande. Elles restent modifiables."),
    ),
    StepSpec(
        "look",
        N_("Logo et présentation"),
        N_("Logo et présentation"),
        N_("À quoi vos factures ressemblent, et où l’on vous paie."),
        can_wait=True,
    ),
    StepSpec(
        "numbering",
        N_("Numérotation"),
        N_("Numérotation"),
        N_("Les factures se suivent sans trou : la loi le demande, le programme s’en charge."),
    ),
    StepSpec("vat", N_("TVA"), N_("TVA"), N_("Le régime décide des taux proposés et d’une mention obligatoire.")),
    StepSpec(
        "cloud",
        N_("Cloud, plus tard si besoin"),
        N_("Plusieurs ordinateurs ?"),
        N_("FacturePro travaille entièrement sur cet ordinateur. Le cloud réunit plusieurs postes, quand vous voulez."),
        can_wait=True,
    ),
)


def _no_remark(_field: str, _value: str, _country: str) -> tuple[str | None, str | None]:
    return None, None


def _nothing_derived(_field: str, _value: str, _country: str) -> dict[str, str]:
    return {}


@dataclass(frozen=True)
class WizardChecks:
    """Injected knowledge.

    Attributes:
        validate: (field, typed text, country) -> (error or None, hint or None); only for text that is not empty.
        derive: (field, typed text, country) -> other fields that follow from it ({"vat_number": "FR11 123456782"});
            they fill fields that a person has not typed in.
    """

    validate: Callable[[str, str, str], tuple[str | None, str | None]] = field(default=_no_remark)
    derive: Callable[[str, str, str], dict[str, str]] = field(default=_nothing_derived)


def default_answers(language: str) -> Answers:
    return {
        "language": language,
        "country": "FR",
        "legal_form": "SARL",
        "vat_regime": "normal",
        "accent": "",
        "layout": "moderne",
        "logo_path": "",
        "number_prefix": "FA",
        "activity": "mixed",
        "cloud": "later",
    }


def company_rows(country: str) -> list[tuple[str, ...]]:
    """Fields of the company step, one tuple per row."""
    return [
        *_IDENTITY[country],
        ("name",),
        _REGISTER[country],
        ("address",),
        ("postcode", "city"),
        ("email", "phone"),
    ]


def is_required(name: str) -> bool:
    return name not in OPTIONAL


def missing_sentence(name: str) -> str:
    return _("À remplir : « {label} » figure sur chaque facture.").format(label=_(LABELS[name]))


def register_line(answers: Answers) -> list[str]:
    """The small lines under the address: "SARL au capital de 20 000 €", "RCS Lille Métropole 123 456 782"."""
    lines = []
    form = str(answers.get("legal_form") or "")
    capital = _amount(str(answers.get("capital") or ""))
    if capital is not None and form not in WITHOUT_CAPITAL:
        decimals = 0 if capital == capital.to_integral_value() else None
        money = format_money(capital, CURRENCIES[answers["country"]], decimals)
        lines.append(_("{form} au capital de {capital}").format(form=form, capital=money))
    elif form:
        lines.append(form)
    if answers["country"] == "FR" and answers.get("rcs_city") and answers.get("siren"):
        lines.append(_("RCS {city} {siren}").format(city=answers["rcs_city"], siren=answers["siren"]))
    return lines


def _amount(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        return parse_decimal(text)
    except UserError:
        return None


def format_capital(text: str) -> str:
    """What was typed, with its thousands set apart; unchanged when it is no amount."""
    amount = _amount(text)
    return format_number(amount) if amount is not None else text


def identity_lines(answers: Answers) -> list[str]:
    """Numbers under the address: "SIREN 123 456 782", "TVA FR11 123456782"."""
    if answers["country"] == "MA":
        parts = [("ICE", "ice"), ("IF", "tax_id"), ("RC", "rc")]
    elif answers["country"] == "BE":
        parts = [(_("N° d’entreprise"), "company_number"), (_("TVA"), "vat_number")]
    else:
        parts = [("SIREN", "siren"), (_("TVA"), "vat_number")]
    if answers.get("vat_regime") == "franchise":
        parts = [part for part in parts if part[1] != "vat_number"]
    return [f"{label} {answers[key]}" for label, key in parts if answers.get(key)]


def proposed_mentions(answers: Answers) -> list[str]:
    """The legal mentions that will be proposed on invoices, in order."""
    if answers.get("mentions") is not None:
        return list(answers["mentions"])
    mentions = []
    if answers["country"] == "FR":
        mentions = [
            _("Pénalités de retard : taux de la BCE majoré de 10 points"),
            _("Indemnité de recouvrement : 40 €"),
            _("Pas d’escompte pour paiement anticipé"),
        ]
    elif answers["country"] == "BE":
        mentions = [_("Intérêts de retard selon la loi du 2 août 2002"), _("Indemnité de recouvrement : 40 €")]
    elif answers["country"] == "MA":
        mentions = [_("Pénalités de retard selon la loi 69-21")]
    activity = {"goods": _("biens"), "services": _("services"), "mixed": _("biens et services (mixte)")}
    mentions.append(_("Nature : {activity}").format(activity=activity[answers["activity"]]))
    if answers.get("vat_regime") == "franchise":
        mentions.append(franchise_mention(answers["country"]))
    return mentions


def franchise_mention(country: str) -> str:
    return {
        "FR": _("TVA non applicable, art. 293 B du CGI"),
        "BE": _("Régime particulier de franchise des petites entreprises"),
        "MA": _("Exonéré de TVA, art. 91 du CGI"),
    }[country]


_KEYS = (
    "language",
    "name",
    "country",
    "siren",
    "vat_number",
    "company_number",
    "ice",
    "tax_id",
    "rc",
    "legal_form",
    "capital",
    "rcs_city",
    "address",
    "postcode",
    "city",
    "email",
    "phone",
    "iban",
    "bic",
    "vat_regime",
    "activity",
    "logo_path",
    "accent",
    "layout",
    "number_prefix",
    "cloud",
)


def result(answers: Answers) -> Answers:
    """The plain dictionary of the finished wizard: every key is there, texts without spaces around them."""
    found = {key: str(answers.get(key) or "").strip() for key in _KEYS}
    asked = {name for row in company_rows(answers["country"]) for name in row}
    for key in ("siren", "vat_number", "company_number", "ice", "tax_id", "rc", "rcs_city", "capital"):
        if key not in asked:
            found[key] = ""
    if found["legal_form"] in WITHOUT_CAPITAL:
        found["capital"] = ""
    return {**found, "mentions": proposed_mentions(answers)}
