"""Sign-in: accounts of people, and clients with their tokens.

Speaks    WebAuthn level 2 (passkeys), TOTP (RFC 6238), codes by SMS on known devices; OAuth2 (RFC 6749, 6750,
          7009, 7523, 7662, 9449, 9700), SMART App Launch 2.2 scopes and Backend Services.
Keeps     the tables signin_*; Django keeps the cookie, signin_session says whether it still counts.
Not here  what somebody may see (consent); the pages (portals).
Enter     `Account` is Django's user model: `signin.models` is loaded only when it is asked for, after Django is ready.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .budget_rules import Budget, OverBudget
from .budgets import begin_download, begin_export, budget_used, limit_client, pace, quarantine, take, tell, tell_reader
from .connecting import connections, disconnect, may_connect
from .device_rules import Device
from .devices import answer_device, current_device, device_is_settled, devices_of, devices_to_answer, keep_token
from .domain import (
    AppUser,
    Client,
    ClientState,
    LoginTaken,
    NoClient,
    NoDemo,
    NoPurpose,
    TokenProblem,
    TokenRefused,
)
from .enrolling import (
    account_states,
    add_account,
    citizen_of,
    disable_account,
    enrol,
    enrol_again,
    enrol_citizen,
    may_open_record,
    proofing_of,
    prove_identity,
    untied_clinicians,
)
from .enrolment_rules import AccountProblem, NoAccount
from .enrolment_storage import AccountState
from .federation import answer_of_provider, ask_provider, providers
from .federation_storage import Connected
from .passkeys import options_to_make, options_to_use, passkeys_of
from .passwords import has_password, totp_picture
from .placing import choose_place, places_to_choose
from .proofing_rules import Proofing
from .proofs import NotProved, TooManyTries, WeakPassword
from .provider_rules import (
    Asking,
    LastWayIn,
    NoPlace,
    NotConnected,
    Place,
    Provider,
    ProviderDown,
    ProviderProblem,
)
from .resealing import reseal_authenticators
from .resource_server import PROVEN, authenticate
from .scopes import SmartScope, data_scopes, has_scope
from .second_factor import recovery_codes_left
from .service import (
    accounts_named,
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
    logins_of,
    open_session,
    persons_with_account,
    renew_demo_token,
    revoke_client,
    revoke_token,
    save_demo_account,
)
from .session_rules import Ending, NoSession, Session, Standing
from .sessions import (
    current_session,
    end_all_sessions,
    end_session,
    is_locked,
    is_stepped_up,
    only_looks,
    sessions_of,
    step_up,
    tell_restored,
    touch,
)
from .smart import App, NoApp, add_app, allowed_apps, app_origins, end_app, launch_app, launchable_apps
from .smart_storage import Allowed, Context
from .sms import NotHandedOver, SmsState, sms_state, tell_owner
from .sms_gateway import is_set_up as sends_sms
from .sms_rules import DeviceIsNew, NotANumber, Telephone, TooManyTexts, WrongCode, new_request
from .telephones import ask_number, changed_number, may_have_telephone, prove_number, remove_number, telephone_of
from .tying import candidates, colleague, colleagues, is_own, tie_account, tie_colleague
from .tying_rules import TIES, UNTIES, TieReason, TieRefused
from .ways_in import (
    add_passkey,
    ask_sms,
    by_code,
    by_passkey,
    by_password,
    by_sms,
    drop_password,
    keep_password,
    prove_by_passkey,
    prove_by_password,
    remove_passkey,
)

if TYPE_CHECKING:
    from .authorizing import AppRequest, BadAppRequest, Redirect, allow, launched, read_app_request, refuse
    from .models import Account
    from .oauth import Reply, grant

__all__ = [
    "PROVEN",
    "TIES",
    "UNTIES",
    "Account",
    "AccountProblem",
    "AccountState",
    "Allowed",
    "App",
    "AppRequest",
    "AppUser",
    "Asking",
    "BadAppRequest",
    "Budget",
    "Client",
    "ClientState",
    "Connected",
    "Context",
    "Device",
    "DeviceIsNew",
    "Ending",
    "LastWayIn",
    "LoginTaken",
    "NoAccount",
    "NoApp",
    "NoClient",
    "NoDemo",
    "NoPlace",
    "NoPurpose",
    "NoSession",
    "NotANumber",
    "NotConnected",
    "NotHandedOver",
    "NotProved",
    "OverBudget",
    "Place",
    "Proofing",
    "Provider",
    "ProviderDown",
    "ProviderProblem",
    "Redirect",
    "Reply",
    "Session",
    "SmartScope",
    "SmsState",
    "Standing",
    "Telephone",
    "TieReason",
    "TieRefused",
    "TokenProblem",
    "TokenRefused",
    "TooManyTexts",
    "TooManyTries",
    "WeakPassword",
    "WrongCode",
    "account_states",
    "accounts_named",
    "add_account",
    "add_app",
    "add_client",
    "add_keys",
    "add_passkey",
    "allow",
    "allowed_apps",
    "answer_device",
    "answer_of_provider",
    "app_origins",
    "ask_number",
    "ask_provider",
    "ask_sms",
    "authenticate",
    "authenticate_bearer",
    "begin_download",
    "begin_export",
    "budget_used",
    "by_code",
    "by_passkey",
    "by_password",
    "by_sms",
    "candidates",
    "changed_number",
    "choose_place",
    "citizen_of",
    "client_named",
    "clients",
    "close_session",
    "colleague",
    "colleagues",
    "connections",
    "current_device",
    "current_session",
    "data_scopes",
    "demo_account",
    "demo_accounts",
    "demo_token",
    "device_is_settled",
    "devices_of",
    "devices_to_answer",
    "disable_account",
    "disconnect",
    "drop_password",
    "end_all_sessions",
    "end_app",
    "end_client",
    "end_session",
    "enrol",
    "enrol_again",
    "enrol_citizen",
    "forget_cache",
    "grant",
    "has_password",
    "has_scope",
    "is_locked",
    "is_own",
    "is_stepped_up",
    "issue_token",
    "keep_password",
    "keep_token",
    "launch_app",
    "launchable_apps",
    "launched",
    "limit_client",
    "listen",
    "logins_of",
    "may_connect",
    "may_have_telephone",
    "may_open_record",
    "new_request",
    "only_looks",
    "open_session",
    "options_to_make",
    "options_to_use",
    "pace",
    "passkeys_of",
    "persons_with_account",
    "places_to_choose",
    "proofing_of",
    "prove_by_passkey",
    "prove_by_password",
    "prove_identity",
    "prove_number",
    "providers",
    "quarantine",
    "read_app_request",
    "recovery_codes_left",
    "refuse",
    "remove_number",
    "remove_passkey",
    "renew_demo_token",
    "reseal_authenticators",
    "revoke_client",
    "revoke_token",
    "save_demo_account",
    "sends_sms",
    "sessions_of",
    "sign_message",
    "sms_state",
    "step_up",
    "take",
    "telephone_of",
    "tell",
    "tell_owner",
    "tell_reader",
    "tell_restored",
    "tie_account",
    "tie_colleague",
    "totp_picture",
    "touch",
    "untied_clinicians",
    "webhook_headers",
]


# What only those who use it should pay for: oauthlib and joserfc take 0.15 s to load.
_LATER = {
    **dict.fromkeys(("Reply", "grant"), "oauth"),
    **dict.fromkeys(
        ("AppRequest", "BadAppRequest", "Redirect", "allow", "launched", "read_app_request", "refuse"), "authorizing"
    ),
    "Account": "models",
    **dict.fromkeys(("sign_message", "webhook_headers"), "openid"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(name)
    return getattr(import_module(f".{_LATER[name]}", __name__), name)
