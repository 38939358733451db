"""Why a cloud does not answer or refuses, in a few plain words; the technical text stays for the log and for scripts."""

import re

from facturepro.i18n import N_, _

_CAUSES = (
    (r"network is unreachable|no route to host|no network", N_("pas de réseau")),
    (
        r"dns|name resolution|resolving|lookup failed|lookup for|getaddrinfo|gaierror",
        N_("adresse introuvable : vérifiez la connexion à Internet"),
    ),
    (
        r"certificate|\bssl|\btls\b|handshake",
        N_("connexion protégée impossible : vérifiez l’heure de l’ordinateur et le pare-feu"),
    ),
    (r"connection refused|failed to connect|connection reset", N_("rien ne répond à cette adresse")),
    (r"deadline|timed? ?out", N_("pas de réponse à temps")),
    (
        r"has not been used in project|api is not enabled|is disabled|consumer_invalid",
        N_("Firestore n’est pas activé dans ce projet"),
    ),
    (r"not_found", N_("le projet n’existe pas, ou n’a pas de base Firestore")),
    (r"not a service account key", N_("la clé du compte de service n’est pas valable")),
    (
        r"invalid_grant|unauthenticated|credentials|refresh token|expired|token",
        N_("la clé ou le compte n’est plus accepté"),
    ),
    (r"permission_denied|false for", N_("ce compte ou cette clé n’en a pas le droit")),
    (r"invalid_argument|failed_precondition|unimplemented", N_("le projet ou le nom de l’entreprise ne convient pas")),
)
"""First fit: pattern of what the network library said, words for it."""
_SILENT, _REFUSED = N_("pas de réponse"), N_("demande refusée")


def cause_words(code: str, reason: str) -> str:
    """``code``: of the UserError; ``reason``: what the network library said."""
    for pattern, words in _CAUSES:
        if re.search(pattern, reason, re.IGNORECASE):
            return _(words)
    return _(_SILENT if code == "cloud_unreachable" else _REFUSED)
