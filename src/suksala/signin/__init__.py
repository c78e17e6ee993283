"""Sign-in: accounts of people, and clients with their tokens.

Speaks    OAuth2 (RFC 6749, 6750, 7009, 7523, 7662, 9700), SMART App Launch 2.2 scopes and Backend Services.
Keeps     the tables signin_*; Django keeps the cookie, signin_session says whether it still counts.
Not here  what somebody may see (consent); passkeys and OpenID Connect of people (their own issue).
Enter     `Account` is Django's user model: `signin.models` is loaded only when it is asked for, after Django is ready.
"""

from typing import TYPE_CHECKING, Any

from .domain import (
    Client,
    ClientState,
    LoginTaken,
    NoClient,
    NoDemo,
    NoPurpose,
    TokenProblem,
)
from .scopes import SmartScope, has_scope
from .service import (
    add_client,
    add_keys,
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
    listen,
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
    "NoPurpose",
    "NoSession",
    "Session",
    "SmartScope",
    "Standing",
    "TokenProblem",
    "add_client",
    "add_keys",
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
    "listen",
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
