"""Errors that a person can mend. Anything else that is raised is a bug.

A ``UserError`` carries a stable code (scripts read it) and parameters; its French wording is looked up here and
translated when it is shown: what happened, what was kept, what to do.
"""

from typing import Any

from facturepro.i18n import N_, _

MESSAGES: dict[str, str] = {
    "amount_invalid": N_("« {text} » n’est pas un montant. Écrivez par exemple 1 234,50."),
    "amount_negative": N_("« {label} » ne peut pas être négatif. Rien n’a été enregistré."),
    "amount_not_positive": N_("Le montant doit être supérieur à zéro. Rien n’a été enregistré."),
    "backup_damaged": N_("La sauvegarde « {path} » est endommagée ({name}). Rien n’a été changé."),
    "backup_invalid": N_("« {path} » n’est pas une sauvegarde FacturePro. Rien n’a été changé."),
    "backup_missing": N_("La sauvegarde « {path} » est introuvable. Rien n’a été changé."),
    "cloud_company_gone": N_(
        "L’entreprise n’existe plus dans le cloud. Tout ce qui est sur cet ordinateur est intact ; "
        "voyez avec la personne qui gère le cloud, ou reliez cette entreprise à un autre."
    ),
    "cloud_not_joined": N_("Cette entreprise n’est reliée à aucun cloud. Reliez-la d’abord : facturepro cloud join."),
    "cloud_company_missing": N_(
        "L’entreprise « {remote} » n’existe pas dans ce cloud. Vérifiez le nom, ou créez d’abord l’entreprise sur un ordinateur."
    ),
    "cloud_company_has_numbers": N_(
        "Cette entreprise a déjà émis des factures : elle ne peut pas rejoindre « {remote} », qui en a d’autres. "
        "Créez une entreprise vide sur cet ordinateur, puis rejoignez le cloud. Rien n’a été changé."
    ),
    "cloud_contended": N_(
        "D’autres ordinateurs écrivent les mêmes fiches en ce moment. Rien n’est perdu : un nouvel essai suit de lui-même."
    ),
    "cloud_denied": N_("Le cloud refuse l’accès : {cause}. Vos données locales sont intactes ; vérifiez le compte."),
    "cloud_key_invalid": N_("« {path} » n’est pas une clé de compte de service Google. Rien n’a été changé."),
    "cloud_moved": N_(
        "Cette entreprise a quitté ce cloud, ou en a rejoint un autre, pendant l’échange. Plus rien n’est envoyé ni reçu ; "
        "rien n’est perdu. Fermez FacturePro (ou sync run) et rouvrez-le."
    ),
    "cloud_move_needs_update": N_(
        "Cet ordinateur garde des fiches d’une version plus récente de FacturePro, que cette version ne peut pas transférer vers "
        "un autre cloud : elles seraient perdues en chemin. Mettez le programme à jour, puis recommencez. Rien n’a été changé."
    ),
    "cloud_move_unread": N_(
        "Ce fichier n’a pas encore tout reçu de son cloud : le reste ne viendrait pas avec lui dans un autre. Laissez l’échange "
        "se terminer, puis recommencez. Rien n’a été changé."
    ),
    "cloud_name_invalid": N_(
        "« {name} » ne peut pas être le nom d’une entreprise dans le cloud : il en faut un, sans barre oblique (/), ni « . », "
        "« .. » ou « __…__ », de 1 500 octets au plus. Rien n’a été changé."
    ),
    "cloud_quota": N_(
        "Le quota gratuit du cloud est atteint pour aujourd’hui. Rien n’est perdu : tout est gardé sur cet ordinateur, et "
        "l’échange reprendra de lui-même à minuit, heure du Pacifique (9 h à Paris)."
    ),
    "cloud_read_only": N_(
        "Votre rôle dans cette entreprise (comptabilité) permet de lire, pas d’écrire. "
        "Ce que vous changez reste sur cet ordinateur ; demandez un autre rôle à un administrateur."
    ),
    "cloud_removed": N_(
        "Votre compte ne fait plus partie de cette entreprise. Tout ce qui est sur cet ordinateur est intact ; "
        "rien n’est plus envoyé ni reçu. Demandez à un administrateur de vous ajouter à nouveau."
    ),
    "cloud_signin": N_("La connexion au cloud a expiré : {cause}. Vos données sont intactes ; reconnectez-vous."),
    "cloud_unreachable": N_(
        "Le cloud ne répond pas ({cause}). Tout est gardé sur cet ordinateur et partira plus tard."
    ),
    "cloud_update_required": N_(
        "Cette entreprise demande une version plus récente de FacturePro. Vous pouvez consulter, "
        "mais plus rien n’est envoyé : mettez le programme à jour."
    ),
    "company_ambiguous": N_("Plusieurs entreprises existent : précisez laquelle avec --company ({names})."),
    "company_closed": N_("L’entreprise a été fermée entre-temps. Ouvrez-la de nouveau ; rien n’a été changé."),
    "company_exists": N_("Une entreprise « {name} » existe déjà ici. Choisissez un autre nom ; rien n’a été écrasé."),
    "company_missing": N_("Aucune entreprise ici. Créez-en une : facturepro company create --name …"),
    "company_unknown": N_("L’entreprise « {name} » n’existe pas ici. Voyez facturepro company list."),
    "conflict_double_payment": N_(
        "Un paiement ne se rétablit pas : annulez celui qui est de trop, ou gardez les deux avec conflict keep."
    ),
    "database_damaged": N_(
        "Le fichier « {path} » est endommagé ou n’est pas une base FacturePro. Il n’a pas été modifié. "
        "Restaurez une sauvegarde : facturepro backup restore."
    ),
    "database_locked": N_(
        "Le fichier de l’entreprise est occupé par un autre programme. Rien n’a été changé ; réessayez."
    ),
    "database_newer": N_(
        "Ce fichier vient d’une version plus récente de FacturePro ({revision}). Mettez le programme à jour ; "
        "le fichier n’a pas été modifié."
    ),
    "database_read_only": N_("Le dossier « {path} » n’est pas accessible en écriture. Rien n’a été enregistré."),
    "date_invalid": N_("« {text} » n’est pas une date. Écrivez par exemple 20/12/2026 ou 2026-12-20."),
    "date_before_last": N_(
        "La date {date} précède celle de la dernière facture de la série ({last}, {number}). "
        "La numérotation doit rester chronologique : choisissez une date à partir du {last}."
    ),
    "demo_cancelled": N_("Les données d’exemple ont été abandonnées. Rien n’a été gardé."),
    "demo_not_empty": N_(
        "« {name} » a déjà des factures émises : des données d’exemple s’y mêleraient. "
        "Créez une entreprise vide. Rien n’a été ajouté."
    ),
    "demo_shared": N_(
        "« {name} » numérote dans le cloud, avec d’autres ordinateurs : des données d’exemple s’y mêleraient. "
        "Créez une entreprise vide. Rien n’a été ajouté."
    ),
    "date_too_far": N_(
        "La date {date} est à plus d’un an : vérifiez l’année. Une facture émise ne change plus ; rien n’a été émis."
    ),
    "device_cloned": N_(
        "Ce fichier est une copie (sauvegarde restaurée, dossier copié) : avant d’émettre, il doit ouvrir dans le cloud sa "
        "propre série de numéros. Connectez-vous et synchronisez (facturepro sync once), puis émettez. Le brouillon est gardé."
    ),
    "disk_failed": N_(
        "Le disque ne répond pas comme il faut (« {path} »). Rien n’a été enregistré : vérifiez le disque ou le réseau, "
        "puis recommencez."
    ),
    "disk_full": N_("Le disque est plein. Rien n’a été enregistré : libérez de la place et recommencez."),
    "due_before_date": N_("L’échéance {due} précède la date de la facture {date}."),
    "einvoice_not_possible": N_(
        "Cette facture n’a pas les données d’une facture électronique (SIREN du vendeur, monnaie, pays). Le PDF reste valable."
    ),
    "email_invalid": N_("« {text} » n’est pas une adresse e-mail."),
    "export_cancelled": N_("Export abandonné. Aucun fichier n’a été écrit."),
    "field_required": N_("Le champ « {label} » est obligatoire."),
    "field_too_long": N_("Le champ « {label} » dépasse {limit} caractères."),
    "field_unknown": N_("Le champ « {field} » n’existe pas pour « {kind} ». Champs : {fields}."),
    "file_missing": N_("Le fichier « {path} » est introuvable."),
    "file_not_json": N_("« {path} » n’est pas du JSON valable : {reason}."),
    "file_not_table": N_("« {path} » n’est ni un CSV ni un classeur XLSX lisible : {reason}. Rien n’a été importé."),
    "file_unwritable": N_("Impossible d’écrire « {path} » : {reason}. Rien n’a été enregistré."),
    "iban_invalid": N_("L’IBAN « {text} » n’est pas valable : vérifiez les chiffres."),
    "identifier_invalid": N_("{label} « {text} » n’est pas valable : vérifiez les chiffres."),
    "import_column_missing": N_("La colonne « {column} » n’existe pas dans ce fichier. Colonnes : {columns}."),
    "import_no_column": N_("Aucune colonne de « {path} » ne correspond. Indiquez-les avec --map colonne=champ."),
    "invoice_already_issued": N_("La facture {number} est déjà émise : elle ne change plus."),
    "invoice_being_numbered": N_(
        "Le numéro de cette facture est peut-être déjà pris dans le cloud. Synchronisez d’abord pour le savoir."
    ),
    "invoice_changed_elsewhere": N_(
        "La facture a été modifiée sur un autre ordinateur depuis la demande. Relisez-la, puis émettez de nouveau."
    ),
    "invoice_empty": N_("La facture n’a aucune ligne. Ajoutez-en une avant d’émettre."),
    "invoice_frozen": N_("Un document émis ne change plus et ne s’efface pas. Faites un avoir."),
    "invoice_incomplete": N_("Il manque des mentions obligatoires : {fields}. Complétez-les, puis émettez."),
    "invoice_no_client": N_("Choisissez le client de la facture."),
    "invoice_not_accepted": N_("Le cloud refuse la facture ({reason}). Corrigez-la, puis émettez de nouveau."),
    "invoice_not_waiting": N_("Cette facture n’attend pas de numéro."),
    "invoice_not_issued": N_("Cette facture est un brouillon : émettez-la d’abord."),
    "invoice_too_large": N_(
        "La facture est trop volumineuse pour être partagée : émise, elle occuperait {size} Ko ({lines} lignes), et un document "
        "ne peut pas dépasser {limit} Ko. Aucun numéro n’a été pris et le brouillon est gardé : raccourcissez les désignations "
        "ou répartissez les lignes sur plusieurs factures."
    ),
    "invoice_waiting": N_(
        "Cette facture attend son numéro : elle ne change plus d’ici là. Retirez la demande pour la modifier."
    ),
    "keyring_entry_long": N_(
        "Le secret reçu est trop long pour le trousseau de cet ordinateur. Rien n’a été gardé : il faudra vous "
        "reconnecter au prochain démarrage."
    ),
    "invoice_waiting_elsewhere": N_(
        "Un autre ordinateur a demandé le numéro de cette facture. Attendez-le, ou retirez d’abord la demande."
    ),
    "keyring_missing": N_(
        "Aucun trousseau de clés n’est disponible sur cet ordinateur ({reason}). Le secret n’a pas été enregistré : "
        "ouvrez votre trousseau (ou installez gnome-keyring) et recommencez."
    ),
    "line_invalid": N_("Ligne {line} : {reason}"),
    "logo_invalid": N_(
        "Le logo n’est pas une image PNG ou JPEG lisible. Choisissez un autre fichier ; rien n’a été changé."
    ),
    "numbering_needs_cloud": N_(
        "La numérotation centrale prend les numéros dans le cloud : reliez d’abord l’entreprise à un cloud. "
        "Rien n’a été changé."
    ),
    "numbering_needs_owner": N_(
        "Seul le propriétaire de l’entreprise dans le cloud choisit la numérotation. Rien n’a été changé."
    ),
    "payment_already_reversed": N_("Ce paiement est déjà annulé."),
    "payment_too_large": N_("Le paiement de {amount} dépasse le reste à payer de {due}. Rien n’a été enregistré."),
    "postcode_invalid": N_("Il manque un chiffre : un code postal français en compte cinq, par exemple 59000."),
    "prefix_invalid": N_(
        "Le préfixe « {text} » n’est pas possible : 1 à 8 lettres sans accent ou chiffres, + _ et / sont permis."
    ),
    "quantity_absurd": N_("La quantité {text} est invraisemblable : elle doit rester sous {limit}."),
    "quantity_negative": N_("La quantité doit être supérieure à zéro."),
    "rate_invalid": N_("Le taux de TVA {text} % n’existe pas en {country}. Taux possibles : {rates}."),
    "record_ambiguous": N_("« {text} » désigne plusieurs fiches. Utilisez l’identifiant."),
    "record_append_only": N_("Un mouvement ou un paiement ne se modifie pas : enregistrez l’opération inverse."),
    "record_in_use": N_("« {name} » figure sur des documents émis : archivez cette fiche plutôt que de la supprimer."),
    "record_needed": N_("« {name} » est indispensable à l’entreprise et ne s’efface pas."),
    "record_unknown": N_("Aucune fiche « {kind} » ne correspond à « {text} »."),
    "refused_early": N_(
        "La version du cloud nomme une fiche qui n’est pas encore arrivée ici. Rien n’a été changé : réessayez après le "
        "prochain échange."
    ),
    "refused_incoming": N_(
        "Ce contenu vient d’un autre ordinateur et ne peut être corrigé que là-bas. Il reste de côté et ne bloque rien ; "
        "mettez ce programme à jour, puis réessayez."
    ),
    "refused_kept": N_(
        "Un document émis, un paiement ou un mouvement ne s’abandonne pas : il reste ici. "
        "Réessayez l’envoi, ou faites un avoir ou l’opération inverse."
    ),
    "refused_moved": N_(
        "La fiche a été échangée avec le cloud entre-temps, ou le cloud répond avec une version plus ancienne que celle déjà "
        "reçue. Rien n’a été changé ; réessayez."
    ),
    "refused_needed": N_(
        "D’autres fiches en attente en ont besoin ({names}). Supprimez-les ou corrigez-les d’abord. Rien n’a été changé."
    ),
    "refused_unknown": N_("Aucune fiche refusée ne porte l’identifiant « {id} »."),
    "refused_unreadable": N_(
        "La version du cloud ne peut pas être prise ici ({reason}). Rien n’a été changé : mettez le programme à jour."
    ),
    "series_behind": N_(
        "Le compteur de la série {series} dans le cloud est en retard sur les factures de cet ordinateur : un numéro "
        "serait donné deux fois. Rien n’a été émis ; rétablissez le cloud, ou changez de préfixe."
    ),
    "transfer_same_place": N_("L’entrepôt de départ et celui d’arrivée sont les mêmes. Rien n’a été enregistré."),
    "undo_blocked": N_("Impossible d’annuler « {label} » : la fiche a changé depuis ou le document est émis."),
    "undo_empty": N_("Il n’y a rien à annuler."),
    "value_invalid": N_("« {text} » n’est pas une valeur possible pour « {label} ». Valeurs : {choices}."),
    "value_out_of_range": N_("La valeur {text} du champ « {label} » est hors limites ({low} à {high})."),
}


class UserError(Exception):
    """Something a person can mend.

    Attributes:
        code: stable identifier, a key of ``MESSAGES``.
        params: plain values for the wording; also the ``details`` of the JSON answer.
    """

    def __init__(self, code: str, **params: Any) -> None:
        if code not in MESSAGES:
            raise KeyError(f"no message for error code {code!r}")
        self.code = code
        self.params = params
        super().__init__(code, params)

    @property
    def message(self) -> str:
        """The sentence in the current language."""
        return _(MESSAGES[self.code]).format(**self.params)

    def __str__(self) -> str:
        return self.message
