"""What a restore closes, in the transaction that brings it back, so that it opens nothing at any moment.

Decision 0198. As SQL, for other modules are set up only on tables of this version. What a person takes back after a
copy was made is lost with the rest of that day; whatever lets others see, or lets somebody in by a number, therefore
waits for its person.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType

# By name of what is counted. Rows are changed and none is added: the tables are counted against the copy afterwards.
ALWAYS: Mapping[str, str] = MappingProxyType(
    {
        "sessions": "UPDATE public.signin_session SET ended_at = now(), ended_why = 'restored' WHERE ended_at IS NULL",
        "apps": "UPDATE public.signin_authorization SET ended_at = now(), ended_why = 'restored' "
        "WHERE ended_at IS NULL",
        "codes": "UPDATE public.signin_enrolment SET ended_at = now() WHERE ended_at IS NULL",
        "tokens": "UPDATE public.signin_token SET revoked_at = now() WHERE revoked_at IS NULL",
    }
)
"""What is asked for anew without anybody's decision: signing in, a token, a code."""

UNLESS_NOTHING_WAS_LOST: Mapping[str, str] = MappingProxyType(
    {
        # quarantined (signin.budgets): its operator lifts each whose key is still the facility's
        "systems": "UPDATE public.signin_client SET suspended_at = now(), suspended_why = 'restored' "
        "WHERE active AND suspended_at IS NULL",
        # as somebody takes a number away; the page tells it for a week
        "telephones": "UPDATE public.signin_telephone SET number = NULL, digest = NULL, device_id = NULL, at = now() "
        "WHERE number IS NOT NULL",
        "texts": "UPDATE public.signin_sms SET number = NULL, words = NULL WHERE words IS NOT NULL",
        "devices": "UPDATE public.signin_device SET answered = '' WHERE answered = 'mine'",  # asked about again
        # consent.State.PAUSED; consent.pausing keeps these versions in the histories. A refusal that leaves out care
        # ("nobody, but for treatment", as systems send) lets others see as a permission does.
        "consents": "UPDATE public.consent_given SET state = 'paused', version = version + 1, "
        "giver = 'system:restored', decided = now() WHERE state = 'given' OR state = 'refused' AND "
        """rule @? '$.exceptions[*] ? (@.permit == true && @.purposes[*] == "TREAT")'""",
        "representatives": "UPDATE public.consent_proxy SET ended = now(), version = version + 1, "
        "by = 'system:restored', decided = now() WHERE ended IS NULL",
    }
)
"""What may have been taken back since."""


_TABLE = re.compile(r"UPDATE public\.(\w+) ")


def statements(tables: Collection[str], *, nothing_lost: bool) -> dict[str, str]:
    """What to carry out in a copy that holds these tables, by what it closes; an older one lacks some."""
    found = dict(ALWAYS) if nothing_lost else {**ALWAYS, **UNLESS_NOTHING_WAS_LOST}
    return {name: sql for name, sql in found.items() if _table_of(sql) in tables}


def _table_of(statement: str) -> str:
    found = _TABLE.match(statement)
    assert found is not None  # noqa: S101 - they are all written so
    return found[1]
