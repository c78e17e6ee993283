"""Sign-in: accounts of people, and clients with their tokens.

Speaks    OAuth2 bearer tokens (RFC 6750), SMART system scopes.
Keeps     the tables signin_*; sessions are Django's.
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

if TYPE_CHECKING:
    from .models import Account

__all__ = [
    "Account",
    "Client",
    "ClientState",
    "LoginTaken",
    "NoClient",
    "NoDemo",
    "TokenProblem",
    "add_client",
    "authenticate_bearer",
    "client_named",
    "clients",
    "demo_account",
    "demo_accounts",
    "demo_token",
    "end_client",
    "forget_cache",
    "has_scope",
    "issue_token",
    "open_session",
    "renew_demo_token",
    "revoke_client",
    "revoke_token",
    "save_demo_account",
]


def __getattr__(name: str) -> Any:
    if name == "Account":
        from .models import Account

        return Account
    raise AttributeError(name)
