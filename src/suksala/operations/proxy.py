"""The configuration of the web server in front (nginx): TLS as we want it, written from this installation's settings.

Source: ASVS 5 V4.1.2, V12.1, V12.2; Mozilla's TLS guidelines 5.7, "intermediate" without finite-field Diffie-Hellman;
decision 0158.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from .errors import BadProxy

PROTOCOLS = ("TLSv1.2", "TLSv1.3")
CIPHERS = (  # of TLS 1.2, the strongest first; those of TLS 1.3 are all sound
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
)
CURVES = ("X25519", "prime256v1", "secp384r1")
# What programs call. A program that comes by http has sent its token in clear: it is refused, so that somebody notices,
# and not led on, so that nobody does.
PROGRAMS = r"^/(fhir|oauth|audit|websocket|\.well-known)(/|$)"
_PATH = re.compile(r"/[^\"'$\\;{}\s]*")


@dataclass(frozen=True)
class ReverseProxy:
    """What stands in front of one installation.

    public_url   the https address that people and programs use
    certificate  PEM file of the certificate and those between it and its root
    key          PEM file of its private key
    port         where `suksala up` listens on this machine
    websocket_port  where it holds WebSockets; 0: nowhere
    transport    the header that tells browsers to come by TLS (settings.strict_transport)
    client_ca    PEM file of the issuers of certificates that every caller must show; None: nobody is asked for one
    listen       the address to listen on, "" for all
    http_port    where those who come without TLS are told to come with it
    """

    public_url: str
    certificate: Path
    key: Path
    transport: str
    port: int = 8000
    websocket_port: int = 0
    client_ca: Path | None = None
    listen: str = ""
    http_port: int = 80

    def __post_init__(self) -> None:
        if not self.public_url.startswith("https://"):
            raise BadProxy(
                "ตั้ง SUKSALA_PUBLIC_URL เป็นที่อยู่ https ก่อน เช่น https://health.example.go.th",
                "set SUKSALA_PUBLIC_URL to an https address first, such as https://health.example.go.th",
            )
        if not all(_PATH.fullmatch(str(path)) for path in (self.certificate, self.key, self.client_ca or "/")):
            raise BadProxy(
                "เส้นทางแฟ้มใบรับรองต้องเริ่มด้วย / และไม่มีช่องว่าง เครื่องหมายคำพูด $ ; { }",
                "the path of a certificate begins with / and has no blank, quotation mark, $, ; or braces",
            )

    @property
    def host(self) -> str:
        """The host name of the public address."""
        return urlsplit(self.public_url).hostname or ""

    @property
    def https_port(self) -> int:
        """The port of the public address."""
        return urlsplit(self.public_url).port or 443


def nginx(proxy: ReverseProxy) -> str:
    """The file for /etc/nginx/conf.d: two servers, one for TLS, one for those who come without."""
    parts = (_HEAD, _without_tls(proxy), _with_tls(proxy))
    return "\n".join(part.strip("\n") for part in parts) + "\n"


_HEAD = """
# Printed by `suksala proxy`: print it anew after an upgrade, instead of changing it.
map $http_upgrade $suksala_connection { default upgrade; "" ""; }
"""


def _without_tls(proxy: ReverseProxy) -> str:
    return f"""
server {{
{_listen(proxy, proxy.http_port)}
    server_name {proxy.host};
    server_tokens off;
    access_log off;
    location / {{ return 308 {_site(proxy)}$request_uri; }}
    location ~ {PROGRAMS} {{ return 403; }}
}}"""


def _with_tls(proxy: ReverseProxy) -> str:
    asked = f"    ssl_client_certificate {proxy.client_ca};\n    ssl_verify_client on;\n" if proxy.client_ca else ""
    return f"""
server {{
{_listen(proxy, proxy.https_port, " ssl http2")}
    server_name {proxy.host};
    server_tokens off;
    ssl_certificate {proxy.certificate};
    ssl_certificate_key {proxy.key};
    ssl_protocols {" ".join(PROTOCOLS)};
    ssl_ciphers {":".join(CIPHERS)};
    ssl_prefer_server_ciphers on;
    ssl_ecdh_curve {":".join(CURVES)};
    ssl_session_cache shared:suksala:10m;
    ssl_session_tickets off;
    ssl_stapling on;
{asked}    add_header Strict-Transport-Security "{proxy.transport}" always;
    # Paths and queries may hold names: no line of a request reaches a log, those of errors hold it too.
    access_log off;
    error_log stderr crit;
    client_max_body_size 0;
    proxy_request_buffering off;
    large_client_header_buffers 4 16k;
    if ($host != {proxy.host}) {{ return 421; }}
    location / {{
{_forward(proxy, proxy.port)}    }}
{_sockets(proxy)}}}"""


def _forward(proxy: ReverseProxy, port: int) -> str:
    """Who asks is told by us alone: what a caller writes about itself is not handed on (SUKSALA_PROXIES=1)."""
    return f"""        proxy_pass http://127.0.0.1:{port};
        proxy_http_version 1.1;
        proxy_set_header Host {_site(proxy).removeprefix("https://")};
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header X-Forwarded-Host "";
        proxy_set_header X-Real-IP "";
        proxy_set_header Forwarded "";
        proxy_set_header Connection $suksala_connection;
        proxy_set_header Upgrade $http_upgrade;
        proxy_hide_header Strict-Transport-Security;
        proxy_read_timeout 300s;
"""


def _sockets(proxy: ReverseProxy) -> str:
    if not proxy.websocket_port:
        return ""
    return f"    location = /websocket {{\n{_forward(proxy, proxy.websocket_port)}    }}\n"


def _listen(proxy: ReverseProxy, port: int, more: str = "") -> str:
    places = [f"{proxy.listen}:{port}"] if proxy.listen else [str(port), f"[::]:{port}"]
    return "\n".join(f"    listen {place}{more};" for place in places)


def _site(proxy: ReverseProxy) -> str:
    return f"https://{proxy.host}" + ("" if proxy.https_port == 443 else f":{proxy.https_port}")
