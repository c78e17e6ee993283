"""Whether a body came in full: both sides of each edge."""

from __future__ import annotations

import pytest

from suksala.foundation import bodies

CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.mark.parametrize(
    ("told", "came", "whole"),
    [
        ({"CONTENT_LENGTH": "3"}, b"a=1", True),
        ({"CONTENT_LENGTH": "4"}, b"a=1", False),
        ({"CONTENT_LENGTH": "0"}, b"", True),
        ({"CONTENT_LENGTH": "1"}, b"", False),
        ({"CONTENT_LENGTH": ""}, b"", True),  # nothing was sent: a web server tells no length, or an empty one
        ({}, b"", True),
        (CHUNKED, b"a=1", False),  # nobody can tell
        (CHUNKED, b"", False),
        ({"CONTENT_LENGTH": "", **CHUNKED}, b"a=1", False),
        ({"CONTENT_LENGTH": "-1"}, b"", False),
        ({"CONTENT_LENGTH": "x"}, b"", False),
    ],
)
def test_what_the_head_tells_is_what_came(told: dict[str, str], came: bytes, whole: bool) -> None:
    assert bodies.is_whole(told, came) is whole
