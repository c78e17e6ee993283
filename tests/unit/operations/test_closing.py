"""What a restore closes: each statement fits the tables of today, and a copy of an older version closes what it has
(decision 0198). What they do is told in tests/journeys/test_third_copy.py.
"""

from __future__ import annotations

import pytest

from suksala.foundation import database
from suksala.operations import closing

EVERY = {**closing.ALWAYS, **closing.UNLESS_NOTHING_WAS_LOST}


@pytest.mark.django_db
@pytest.mark.parametrize("name", EVERY)
def test_a_statement_fits_the_tables_and_changes_nothing_where_nothing_is(name: str) -> None:
    assert database.execute(EVERY[name]) == 0


def test_a_copy_closes_what_it_has_a_table_for() -> None:
    """All of it, what a planned move leaves, and an older copy without numbers for SMS."""
    now = {"signin_session", "signin_authorization", "signin_enrolment", "signin_token", "signin_client",
           "signin_telephone", "signin_sms", "signin_device", "consent_given", "consent_proxy"}  # fmt: skip
    assert closing.statements(now, nothing_lost=False) == EVERY
    assert closing.statements(now, nothing_lost=True) == closing.ALWAYS
    older = closing.statements(now - {"signin_telephone", "signin_sms"}, nothing_lost=False)
    assert set(EVERY) - set(older) == {"telephones", "texts"}
    assert closing.statements(set(), nothing_lost=False) == {}
