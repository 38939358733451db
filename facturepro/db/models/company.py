"""The company's own settings and the computers that hold its file."""

from decimal import Decimal

from sqlalchemy.orm import Mapped

from facturepro.db.base import Base, Entity
from facturepro.db.fields import boolean, choice, declare, long_text, money, text
from facturepro.i18n import N_

COMPANY_ID = "00000000-0000-7000-8000-000000000001"
"""The one settings record has the same id on every computer, so that two of them merge instead of competing."""

COUNTRIES = {"FR": N_("France"), "MA": N_("Maroc"), "BE": N_("Belgique")}

NUMBERINGS = {"per_device": N_("Une série par ordinateur"), "central": N_("Une seule série, prise dans le cloud")}


class Company(Base, Entity):
    __tablename__ = "company"
    kind = "company"
    is_feminine = True
    label = N_("Entreprise")
    label_plural = N_("Entreprise")
    is_singleton = True

    name: Mapped[str] = text(N_("Nom de l’entreprise"), is_required=True)
    legal_form: Mapped[str] = text(N_("Forme juridique"), group="legal")
    capital: Mapped[Decimal] = money(N_("Capital"), group="legal")
    rcs_city: Mapped[str] = text(N_("Ville du RCS"), group="legal")
    country: Mapped[str] = choice(N_("Pays"), COUNTRIES, "FR", group="address")
    siren: Mapped[str] = text(N_("SIREN"), check="siren")
    siret: Mapped[str] = text(N_("SIRET"), check="siret")
    vat_number: Mapped[str] = text(N_("N° de TVA"), check="vat_number")
    ice: Mapped[str] = text(N_("ICE"), check="ice")
    tax_id: Mapped[str] = text(N_("IF"))
    rc: Mapped[str] = text(N_("RC"))
    address: Mapped[str] = text(N_("Adresse"), group="address")
    postcode: Mapped[str] = text(N_("Code postal"), group="address", maximum_length=12)
    city: Mapped[str] = text(N_("Ville"), group="address")
    email: Mapped[str] = declare("email", N_("E-mail"), check="email")
    phone: Mapped[str] = declare("phone", N_("Téléphone"))
    iban: Mapped[str] = text(N_("IBAN"), group="bank", check="iban")
    bic: Mapped[str] = text(N_("BIC"), group="bank", check="bic")
    currency: Mapped[str] = choice(N_("Monnaie"), {"EUR": "EUR", "MAD": "MAD"}, "EUR")
    vat_regime: Mapped[str] = choice(
        N_("Régime de TVA"),
        {"normal": N_("TVA facturée"), "franchise": N_("Franchise en base (art. 293 B)")},
        "normal",
        group="vat",
    )
    vat_on_debits: Mapped[bool] = boolean(N_("Option pour la TVA sur les débits"), group="vat")
    payment_days: Mapped[int] = declare("integer", N_("Délai de paiement (jours)"), default=30)
    late_penalty: Mapped[str] = long_text(
        N_("Pénalités de retard"),
        default=N_(
            "En cas de retard, pénalités au taux directeur de la BCE majoré de 10 points, exigibles sans rappel."
        ),
    )
    early_discount: Mapped[str] = text(N_("Escompte"), default=N_("Pas d’escompte pour paiement anticipé."))
    number_prefix: Mapped[str] = text(N_("Préfixe des factures"), default="FA", maximum_length=8, check="number_prefix")
    numbering: Mapped[str] = choice(N_("Numérotation"), NUMBERINGS, "per_device")
    layout: Mapped[str] = choice(
        N_("Présentation"),
        {"sobre": N_("Sobre"), "moderne": N_("Moderne"), "dense": N_("Dense")},
        "moderne",
        group="print",
    )
    accent: Mapped[str] = text(N_("Couleur"), default="#3350C4", group="print", maximum_length=7)
    logo: Mapped[str] = text(N_("Logo"), group="print", in_form=False)  # id of an Image


class Device(Base, Entity):
    """A computer that holds this company's file. ``id`` is the device id of its change stamps."""

    __tablename__ = "device"
    kind = "device"
    label = N_("Ordinateur")
    label_plural = N_("Ordinateurs")
    is_internal = True

    name: Mapped[str] = text(N_("Nom"), in_list=True)
    platform: Mapped[str] = text(N_("Système"), in_list=True)
    app_version: Mapped[str] = text(N_("Version"), in_list=True)
    series: Mapped[str] = text(N_("Série"), in_list=True)


class Image(Base, Entity):
    """A picture that documents show (the logo). Its id is made from its bytes, so issued documents can name it."""

    __tablename__ = "image"
    kind = "image"
    label = N_("Image")
    label_plural = N_("Images")
    is_append_only = True
    is_internal = True
    title_field = "id"

    media_type: Mapped[str] = text(N_("Type"), group="image")
    data: Mapped[str] = declare("long_text", N_("Données"), group="image", maximum_length=700_000)  # base64
