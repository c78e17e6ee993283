"""The developers' page: what the FHIR API speaks, how to get a token, and a form to try a question.

The question goes through the same application in this process as any other, with the token that was given: the same
permit, the same fact in the log. The token comes in a posted form and goes into no address and no log.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from suksala import signin
from suksala.foundation import settings
from suksala.portals.pages import page
from suksala.portals.texts import Text

from . import bruno, trying
from .examples import EXAMPLES

GUIDES = (
    ("connect-a-backend-service", Text("ต่อระบบด้วยกุญแจ (SMART Backend Services)", "Connect a system by its key")),
    ("make-a-smart-app", Text("ทำแอปของประชาชน (SMART App Launch)", "Make a SMART app")),
    ("use-fhir-with-curl", Text("ใช้ด้วย curl", "With curl")),
    ("use-fhir-from-python", Text("จาก Python ด้วย fhirpy", "From Python, with fhirpy")),
    (
        "use-fhir-from-javascript",
        Text(
            "จาก JavaScript ด้วย fhirclient หรือ fhir-kit-client", "From JavaScript, with fhirclient or fhir-kit-client"
        ),
    ),
    ("bulk-data", Text("ส่งออกข้อมูลจำนวนมาก", "Export in bulk")),
    ("be-told-of-changes", Text("รับแจ้งเมื่อข้อมูลเปลี่ยน", "Be told of changes")),
    ("add-a-search-parameter", Text("เพิ่มพารามิเตอร์ค้น", "Add a search parameter")),
)


@csrf_protect
@sensitive_post_parameters("token")
@require_http_methods(["GET", "POST"])
def developers(request: HttpRequest) -> HttpResponse:
    """The page, and after a question its answer. An example fills in the form; asking is up to the reader."""
    demo_token = signin.demo_token() or ""
    shown: dict[str, object] = {
        "examples": EXAMPLES,
        "guides": GUIDES,
        "base": _base(request),
        "demo_token": demo_token,
        "demo": settings.current().demo,
        "address": request.GET.get("address", EXAMPLES[0].address)[: trying.MOST_ADDRESS],
        "token": demo_token,
    }
    if request.method == "GET":
        return page(request, "public/developers.jinja", shown)
    asked = trying.read(request.POST.get("address", ""), request.POST.get("token", ""))
    shown |= {"address": asked.address, "token": asked.token, "asked": asked}
    if not asked.problem:
        shown["answer"] = trying.ask(asked, request.META)
    answer = page(request, "public/developers.jinja", shown, status=422 if asked.problem else 200)
    answer.headers["Cache-Control"] = "no-store, private"  # it holds what the token opened
    return answer


@require_GET
def bruno_zip(request: HttpRequest) -> HttpResponse:
    """The examples as a Bruno collection."""
    answer = HttpResponse(bruno.zipped(), content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="suksala-bruno.zip"'
    return answer


def _base(request: HttpRequest) -> str:
    """Where programs reach the API."""
    return (settings.current().public_url or f"{request.scheme}://{request.get_host()}") + "/fhir"
