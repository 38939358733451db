"""What a network library says, in a person's words."""

import pytest

from facturepro.sync import status
from facturepro.sync.remotes.base import AccessDenied, NotSignedIn, RemoteMisconfigured, RemoteUnavailable


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (RemoteUnavailable("UNAVAILABLE: failed to connect to all addresses; Connection refused"), "rien ne répond"),
        (RemoteUnavailable("UNAVAILABLE: DNS resolution failed for firestore.googleapis.com"), "adresse introuvable"),
        (RemoteUnavailable("DEADLINE_EXCEEDED: Deadline Exceeded"), "à temps"),
        (RemoteUnavailable("UNAVAILABLE: sendmsg: Network is unreachable (101)"), "pas de réseau"),
        (RemoteUnavailable("not reached"), "pas de réponse"),
        (RemoteMisconfigured("NOT_FOUND: The database (default) does not exist for project x"), "n’existe pas"),
        (AccessDenied("PERMISSION_DENIED: \nfalse for 'get' @ L40"), "pas le droit"),
        (NotSignedIn("UNAUTHENTICATED: Request had invalid credentials"), "n’est plus accepté"),
        (NotSignedIn("whatever"), "demande refusée"),
    ],
)
def test_the_message_is_plain_and_the_details_keep_the_technical_text(error, words):
    said = status.user_error(error)
    assert words in said.message
    assert str(error) not in said.message
    assert said.params["reason"] == str(error)
