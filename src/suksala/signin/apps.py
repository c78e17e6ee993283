"""Django's view of this module: whoever signs in or out, by whichever way, has a session of ours opened or ended."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig

PROOF = "signin_proof"  # on the request: how who signs in proved who they are
ENDING = "signin_ending"  # on the request: why its session ends


class SigninConfig(AppConfig):
    """Listens to Django's sign-in and sign-out, through which every way in passes."""

    name = "suksala.signin"

    def ready(self) -> None:
        """Connect the two listeners."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out

        user_logged_in.connect(_signed_in, dispatch_uid="suksala.signin.in")
        user_logged_out.connect(_signed_out, dispatch_uid="suksala.signin.out")


def _signed_in(sender: Any, request: Any, user: Any, **_: Any) -> None:
    from suksala.foundation import clock

    from . import sessions
    from .session_rules import Proof

    sessions.opened(request, user, getattr(request, PROOF, None) or Proof("session", clock.now()))


def _signed_out(sender: Any, request: Any, user: Any, **_: Any) -> None:
    from . import sessions
    from .session_rules import Ending, NoSession

    number = request.session.get(sessions.KEY)  # Django tells before it empties the session
    if user is None or number is None:
        return
    try:
        sessions.end_session(user, number, getattr(request, ENDING, Ending.SIGNED_OUT))
    except NoSession:
        return  # it was ended from elsewhere, or is too old: that is told already
