"""Sign-in: accounts of people, and clients with their tokens.

Speaks    OAuth2 bearer tokens (RFC 6750), SMART system scopes.
Keeps     the tables signin_*; Django keeps the cookie, signin_session says whether it still counts.
Not here  what somebody may see (consent); passkeys, OpenID Connect and OAuth2 flows (their own issue).
Enter     `Account` is Django's user model: `signin.models` is loaded only when it is asked for, after Django is ready.
"""

from typing import TYPE_CHECKING, Any

from .domain import Client, ClientState, LoginTaken, NoClient, NoDemo, TokenProblem, has_scope
from .service import (
    add_client,
    authenticate_bearer,
    client_named,
    clients,
    close_session,
    demo_account,
    demo_accounts,
    demo_token,
    end_client,
    forget_cache,
    issue_token,
    open_session,
    renew_demo_token,
    revoke_client,
    revoke_token,
    save_demo_account,
)
from .session_rules import Ending, NoSession, Session, Standing
from .sessions import current_session, end_all_sessions, end_session, is_stepped_up, sessions_of, step_up, touch

if TYPE_CHECKING:
    from .models import Account

__all__ = [
    "Account",
    "Client",
    "ClientState",
    "Ending",
    "LoginTaken",
    "NoClient",
    "NoDemo",
    "NoSession",
    "Session",
    "Standing",
    "TokenProblem",
    "add_client",
    "authenticate_bearer",
    "client_named",
    "clients",
    "close_session",
    "current_session",
    "demo_account",
    "demo_accounts",
    "demo_token",
    "end_all_sessions",
    "end_client",
    "end_session",
    "forget_cache",
    "has_scope",
    "is_stepped_up",
    "issue_token",
    "open_session",
    "renew_demo_token",
    "revoke_client",
    "revoke_token",
    "save_demo_account",
    "sessions_of",
    "step_up",
    "touch",
]


def __getattr__(name: str) -> Any:
    if name == "Account":
        from .models import Account

        return Account
    raise AttributeError(name)
