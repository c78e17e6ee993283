"""Many rows with such a word: then the asked order is followed and each row looked at, not the index of words.

The planner takes the words of all types together, so it takes a name that every fifth patient has for a rare word and
reads and sorts thousands of rows for the twenty of a page (decision 0073). Nothing is given out here: the search puts
every row to its own conditions and to the permit's.
"""

from __future__ import annotations

from typing import TypeGuard

from suksala.foundation import database

from . import sizes
from .at import At
from .filters import Filter, Test
from .parameters import NUMBER_OF, answered
from .values import fold
from .wording import begins

# In the asked order a page of 20 is full after 20 * rows / found rows, looked at for some 7 us each; the index reads
# and sorts `found` rows for some 3 us each (20,000 patients).
BALANCE = 47


def is_common(at: At, test: Test) -> bool:
    """Whether so many rows have a word that begins so, that the asked order fills a page sooner than the index."""
    if not _is_word(test, at):
        return False
    wanted = [text for text in map(fold, test.values) if text]
    if not wanted:
        return False
    most = sizes.balanced(at.rtype, BALANCE)
    # Each beginning by itself: the index is left as soon as there are enough, where an OR would list all of them.
    words = [begins("t.value", text) for text in wanted]
    each = [f"(SELECT FROM resource_string t WHERE t.param = %s AND {one.sql} LIMIT {most})" for one in words]
    sql = f"SELECT count(*) FROM (SELECT FROM ({' UNION ALL '.join(each)}) f LIMIT {most}) f"
    number = NUMBER_OF[test.name]
    [(count,)] = database.rows(sql, [value for one in words for value in (number, *one.values)], own_plan=True)
    return bool(count >= most)


def _is_word(test: Test, at: At) -> TypeGuard[Filter]:
    if not isinstance(test, Filter) or test.modifier or test.name not in answered(at.rtype):
        return False
    return answered(at.rtype)[test.name].kind == "string"
