"""Clients and suppliers."""

from sqlalchemy import Computed, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from facturepro.db.base import Base, Entity
from facturepro.db.fields import boolean, choice, declare, long_text, text
from facturepro.db.models.company import COUNTRIES
from facturepro.db.sorting import sort_title
from facturepro.i18n import N_


class Client(Base, Entity):
    __tablename__ = "client"
    kind = "client"
    label = N_("Client")
    label_plural = N_("Clients")
    title_field = "display_name"

    name: Mapped[str] = text(
        N_("Nom"),
        is_required=True,
        is_searchable=True,
        in_list=True,
        aliases=("nom", "contact", "full name", "nom complet"),
    )
    company_name: Mapped[str] = text(
        N_("Société"),
        is_searchable=True,
        in_list=True,
        aliases=("société", "societe", "company", "raison sociale", "entreprise"),
    )
    email: Mapped[str] = declare(
        "email", N_("E-mail"), is_searchable=True, in_list=True, check="email", aliases=("mail", "courriel", "e-mail")
    )
    phone: Mapped[str] = declare(
        "phone",
        N_("Téléphone"),
        is_searchable=True,
        in_list=True,
        aliases=("telephone", "téléphone", "tel", "tél", "mobile"),
    )
    siren: Mapped[str] = text(N_("SIREN"), is_searchable=True, check="siren")
    vat_number: Mapped[str] = text(N_("N° de TVA"), check="vat_number", aliases=("tva", "n° tva", "vat"))
    ice: Mapped[str] = text(N_("ICE"), check="ice")
    address: Mapped[str] = text(N_("Adresse"), group="address", aliases=("rue", "street", "adresse"))
    postcode: Mapped[str] = text(
        N_("Code postal"), group="address", maximum_length=12, aliases=("cp", "zip", "code postal")
    )
    city: Mapped[str] = text(N_("Ville"), group="address", is_searchable=True, in_list=True, aliases=("ville",))
    country: Mapped[str] = choice(N_("Pays"), COUNTRIES, "FR", group="address", aliases=("pays",))
    payment_days: Mapped[int | None] = declare("integer", N_("Délai de paiement (jours)"))
    notes: Mapped[str] = long_text(N_("Note interne"))
    is_archived: Mapped[bool] = boolean(N_("Archivé"), in_form=False)

    display_name: Mapped[str] = mapped_column(
        Text, Computed("CASE WHEN company_name <> '' THEN company_name ELSE name END", persisted=False)
    )
    sort_title: Mapped[str] = sort_title("CASE WHEN company_name <> '' THEN company_name ELSE name END")
    __table_args__ = (Index("ix_client_name", "sort_title", "id"),)


class Supplier(Base, Entity):
    __tablename__ = "supplier"
    kind = "supplier"
    label = N_("Fournisseur")
    label_plural = N_("Fournisseurs")

    name: Mapped[str] = text(
        N_("Nom"), is_required=True, is_searchable=True, in_list=True, aliases=("nom", "société", "fournisseur")
    )
    contact: Mapped[str] = text(N_("Contact"), is_searchable=True, in_list=True)
    email: Mapped[str] = declare(
        "email", N_("E-mail"), is_searchable=True, in_list=True, check="email", aliases=("mail", "courriel")
    )
    phone: Mapped[str] = declare("phone", N_("Téléphone"), is_searchable=True, in_list=True, aliases=("tel", "tél"))
    siren: Mapped[str] = text(N_("SIREN"), is_searchable=True, check="siren")
    vat_number: Mapped[str] = text(N_("N° de TVA"), check="vat_number", aliases=("tva",))
    address: Mapped[str] = text(N_("Adresse"), group="address", aliases=("adresse", "rue"))
    postcode: Mapped[str] = text(N_("Code postal"), group="address", maximum_length=12, aliases=("cp",))
    city: Mapped[str] = text(N_("Ville"), group="address", is_searchable=True, in_list=True, aliases=("ville",))
    country: Mapped[str] = choice(N_("Pays"), COUNTRIES, "FR", group="address", aliases=("pays",))
    notes: Mapped[str] = long_text(N_("Note interne"))
    is_archived: Mapped[bool] = boolean(N_("Archivé"), in_form=False)

    sort_title: Mapped[str] = sort_title("name")
    __table_args__ = (Index("ix_supplier_name", "sort_title", "id"),)
