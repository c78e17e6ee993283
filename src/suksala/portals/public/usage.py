"""The page where a client sees its own use of the FHIR API.

Whose numbers are shown is what the posted token says, and nothing else: a client cannot ask for another one's.
"""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from markupsafe import Markup

from suksala import exchange, signin
from suksala.portals import charts
from suksala.portals.charts import Point, Series
from suksala.portals.pages import page
from suksala.portals.texts import Text, t

DAYS = 30
_BAD_TOKEN = Text(
    "โทเค็นนี้ใช้ไม่ได้หรือหมดอายุแล้ว หรือผูกกับกุญแจ (DPoP)", "This token does not count, has ended, or is bound to a key (DPoP)."
)
LIMITS = {
    "export": Text("งานส่งออกที่ทำอยู่", "Export jobs at work"),
    "import": Text("งานนำเข้าที่ทำอยู่", "Import jobs at work"),
    "patients": Text("คนต่างกันที่ได้ข้อมูลในหนึ่งชั่วโมง", "Different people told of within an hour"),
    "exports": Text("การส่งออกในหนึ่งวัน", "Exports begun within a day"),
}


@csrf_protect
@sensitive_post_parameters("token")
@require_http_methods(["GET", "POST"])
def usage(request: HttpRequest) -> HttpResponse:
    """The form for a token, and after it the usage of its client in the last 30 days."""
    token = request.POST.get("token", "") if request.method == "POST" else signin.demo_token() or ""
    shown: dict[str, object] = {"token": token, "demo_token": signin.demo_token() or ""}
    if request.method == "GET":
        return page(request, "public/usage.jinja", shown)
    client = signin.authenticate_bearer(f"Bearer {token.strip().removeprefix('Bearer ')}")
    shown |= {"problem": _BAD_TOKEN} if client is None else _of(client)
    answer = page(request, "public/usage.jinja", shown, status=422 if client is None else 200)
    answer.headers["Cache-Control"] = "no-store, private"  # it holds the token
    return answer


def _of(client: signin.Client) -> dict[str, object]:
    found = exchange.usage_of_client(client.name, DAYS)
    limits = [
        *((LIMITS[jobs.name], jobs) for jobs in exchange.usage_limits(client.name)),
        *((LIMITS[spent.name], spent) for spent in signin.budget_used(client)),
    ]
    return {
        "client": client,
        "usage": found,
        "limits": limits,
        "chart": _chart([(d.on, d.requests) for d in found.days]),
    }


def _chart(days: list[tuple[date, int]]) -> Markup:
    points = [Point(f"{on.day}/{on.month}", requests) for on, requests in days]
    return charts.trend(
        [Series("requests", points)], t("คำขอรายวัน ตารางอยู่ด้านล่าง", "Requests a day; the table is below")
    )
