"""One call of an operation over HTTP, as the operation sees it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from suksala.consent import Permit
from suksala.signin import Client

from . import asking, requests
from .answers import Answer
from .requests import Environ
from .shape import Shape

_JSON = ("application/fhir+json", "application/json")


@dataclass
class Call:
    """One call of an operation.

    rtype, rid  the type and the id in the address; empty where it names none
    """

    environ: Environ
    client: Client
    rtype: str = ""
    rid: str = ""

    @cached_property
    def permit(self) -> Permit:
        """What the client may see and do now."""
        return asking.permit_of(self.client, "rs")

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the address."""
        return requests.query_pairs(self.environ.get("QUERY_STRING", ""))

    @property
    def base(self) -> str:
        """Where links lead."""
        return requests.base_of(self.environ)

    @property
    def method(self) -> str:
        """GET, HEAD or POST."""
        return str(self.environ["REQUEST_METHOD"])

    def require(self, rtype: str, right: str) -> None:
        """Refuse a token without this right on this type; `*` is every type."""
        requests.require_scope(self.client.scopes, rtype, right)

    def posted(self, *, most: int = requests.MOST_FORM) -> bytes:
        """The posted resource; empty without one."""
        return requests.posted(self.environ, *_JSON, most=most) if self.method == "POST" else b""

    def printed(self, body: bytes) -> Answer:
        """An answer on one line or, with `_pretty=true`, indented for people."""
        return Answer(200, Shape(pretty=("_pretty", "true") in self.pairs).printed(body))
