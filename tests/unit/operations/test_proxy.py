"""The web server in front: a real nginx runs the configuration that `suksala proxy` prints, on the loopback address."""

from __future__ import annotations

import http.client
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from suksala.foundation import settings
from suksala.operations import ReverseProxy, Verdict, doctor, nginx
from suksala.operations.errors import BadProxy
from tests.certificates import Authority, Pair

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
ROOT = Path(__file__).parents[3]
HOST = "localhost"
HSTS = "max-age=31536000; includeSubDomains"


class Upstream(BaseHTTPRequestHandler):
    """What stands behind: it keeps the headers that reach it, and says HSTS as the pages do."""

    got: list[dict[str, str]]

    def do_GET(self) -> None:
        type(self).got.append({name.lower(): value for name, value in self.headers.items()})
        self.send_response(200)
        self.send_header("Strict-Transport-Security", HSTS)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Front:
    """A running nginx."""

    proxy: ReverseProxy
    root: Path
    got: list[dict[str, str]]

    def context(self) -> ssl.SSLContext:
        """A client that trusts the made-up root and would take any version and cipher."""
        found = ssl.create_default_context(cafile=str(self.root))
        found.set_ciphers("ALL:@SECLEVEL=0")
        found.minimum_version = ssl.TLSVersion.TLSv1
        return found

    def agree(self, context: ssl.SSLContext) -> tuple[str, str]:
        """(version, cipher) that nginx and a client agree on. Raises ssl.SSLError, ConnectionResetError."""
        with (
            socket.create_connection(("127.0.0.1", self.proxy.https_port), timeout=10) as line,
            context.wrap_socket(line, server_hostname=HOST) as secured,
        ):
            return str(secured.version()), str((secured.cipher() or ("",))[0])

    def ask(self, path: str, context: ssl.SSLContext | None = None, **headers: str) -> http.client.HTTPResponse:
        """An answer over TLS."""
        line = http.client.HTTPSConnection(HOST, self.proxy.https_port, timeout=10, context=context or self.context())
        line.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer

    def ask_in_clear(self, path: str, method: str = "GET") -> http.client.HTTPResponse:
        """An answer of the port without TLS."""
        line = http.client.HTTPConnection("127.0.0.1", self.proxy.http_port, timeout=10)
        line.request(method, path, headers={"Host": HOST})
        answer = line.getresponse()
        answer.read()
        line.close()
        return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program() -> str:
    """nginx of this system, or the one that tools/install_nginx.sh unpacked."""
    subprocess.run(["sh", str(ROOT / "tools" / "install_nginx.sh")], check=True, timeout=300)
    places = (shutil.which("nginx"), "/usr/sbin/nginx", ROOT / "build" / "nginx" / "usr" / "sbin" / "nginx")
    return next(str(place) for place in places if place and Path(place).is_file())


@contextmanager
def running(folder: Path, text: str, port: int) -> Iterator[None]:
    """nginx with one file of servers, ended at the end."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "servers.conf").write_text(text)
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; worker_processes 1; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\n{temporary}\ninclude {folder}/servers.conf;\n}}\n"
    )
    command = [program(), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    subprocess.run([*command, "-t", "-q"], check=True, timeout=30)
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for the certificates here."""
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def pair(authority: Authority) -> Pair:
    """The server's."""
    return authority.issue(HOST)


@pytest.fixture(scope="module")
def proxy(pair: Pair) -> Iterator[ReverseProxy]:
    """What is asked for, in front of a server that keeps what it gets."""
    Upstream.got = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield ReverseProxy(
        f"https://{HOST}:{free_port()}",
        pair.certificate,
        pair.key,
        HSTS,
        port=server.server_port,
        listen="127.0.0.1",
        http_port=free_port(),
    )
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, proxy: ReverseProxy, authority: Authority) -> Iterator[Front]:
    """nginx as it is printed."""
    with running(tmp_path_factory.mktemp("nginx"), nginx(proxy), proxy.https_port):
        yield Front(proxy, authority.root, Upstream.got)


def only(version: ssl.TLSVersion, front: Front, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    """A client of one version."""
    context = front.context()
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    return context


REFUSED = (ssl.SSLError, ConnectionResetError)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_of_tls_are_refused(front: Front, version: ssl.TLSVersion) -> None:
    """1.0 and 1.1 (ASVS V12.1.1)."""
    with pytest.raises(REFUSED):
        front.agree(only(version, front))


@pytest.mark.parametrize(
    ("version", "agreed"), [(ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]
)
def test_the_two_present_versions_are_spoken(front: Front, version: ssl.TLSVersion, agreed: str) -> None:
    """And the newer where both can."""
    assert front.agree(only(version, front))[0] == agreed
    assert front.agree(front.context())[0] == "TLSv1.3"


def test_the_look_bites(tmp_path: Path, front: Front) -> None:
    """The same client gets TLS 1.1 and a weak cipher from the same nginx where the configuration lets it."""
    loose = replace(front.proxy, public_url=f"https://{HOST}:{free_port()}", http_port=free_port())
    text = nginx(loose).replace("ssl_protocols TLSv1.2", "ssl_protocols TLSv1.1 TLSv1.2")
    text = text.replace("ssl_ciphers ", "ssl_ciphers ALL:@SECLEVEL=0:")
    with running(tmp_path, text, loose.https_port):
        weak = replace(front, proxy=loose)
        assert weak.agree(only(ssl.TLSVersion.TLSv1_1, weak))[0] == "TLSv1.1"
        assert weak.agree(only(ssl.TLSVersion.TLSv1_2, weak, "ECDHE-ECDSA-AES128-SHA"))[1] == "ECDHE-ECDSA-AES128-SHA"


@pytest.mark.parametrize(
    "cipher",
    ["ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384", "ECDHE-ECDSA-AES128-CCM8", "ALL:!AESGCM:!CHACHA20"],
)
def test_weak_ciphers_are_refused(front: Front, cipher: str) -> None:
    """CBC, short tags, no authentication: nothing but AEAD with forward secrecy (ASVS V12.1.2)."""
    with pytest.raises(REFUSED):
        front.agree(only(ssl.TLSVersion.TLSv1_2, front, f"{cipher}:@SECLEVEL=0"))


def test_the_strongest_cipher_is_preferred(front: Front) -> None:
    """Whatever the client names first."""
    client = only(ssl.TLSVersion.TLSv1_2, front, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384")
    assert front.agree(client)[1] == "ECDHE-ECDSA-AES256-GCM-SHA384"
    weaker = only(ssl.TLSVersion.TLSv1_2, front, "ECDHE-ECDSA-AES128-GCM-SHA256")
    assert front.agree(weaker)[1] == "ECDHE-ECDSA-AES128-GCM-SHA256"


def test_every_answer_says_tls_once(front: Front) -> None:
    """Those of the pages, and nginx's own."""
    assert front.ask("/").headers.get_all("Strict-Transport-Security") == [HSTS]
    refused = front.ask("/", Host="elsewhere.example")
    assert (refused.status, refused.headers.get_all("Strict-Transport-Security")) == (421, [HSTS])
    assert refused.headers["Server"] == "nginx"


def test_a_browser_without_tls_is_led_to_it_and_a_program_is_refused(front: Front) -> None:
    """A redirect would hide from a program that it sends its token in clear (ASVS V4.1.2). Nothing reaches Suksala."""
    front.got.clear()
    page = front.ask_in_clear("/me/?a=1")
    assert (page.status, page.headers["Location"]) == (308, f"{front.proxy.public_url}/me/?a=1")
    for path in ("/fhir/Patient", "/fhir", "/oauth/token", "/.well-known/smart-configuration", "/audit/add-checkpoint"):
        assert (front.ask_in_clear(path, "POST").status, front.ask_in_clear(path).headers["Location"]) == (403, None)
    assert front.ask_in_clear("/fhirs").status == 308
    assert front.got == []


def test_who_asks_is_told_by_the_proxy_alone(front: Front) -> None:
    """Not by what a caller writes about itself."""
    front.got.clear()
    front.ask("/", X_Forwarded_For="203.0.113.9", Forwarded="for=203.0.113.9", X_Real_IP="203.0.113.9")
    [got] = front.got
    assert got["x-forwarded-for"] == "127.0.0.1"
    assert not {"forwarded", "x-real-ip", "x-forwarded-host"} & set(got)
    assert got["host"] == f"{HOST}:{front.proxy.https_port}"


def test_only_certificates_of_the_named_issuer_come_in(
    tmp_path: Path, front: Front, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`--client-ca`: none and a stranger's are refused before anything is handed on (ASVS V12.1.3)."""
    asking = replace(
        front.proxy, public_url=f"https://{HOST}:{free_port()}", http_port=free_port(), client_ca=authority.root
    )
    stranger = Authority(tmp_path_factory.mktemp("stranger"), "Another root").issue("gateway.example")
    ours = authority.issue("gateway.example")
    front.got.clear()
    with running(tmp_path, nginx(asking), asking.https_port):
        closed = replace(front, proxy=asking)
        assert closed.ask("/fhir/Patient").status == 400
        for shown, status, reached in ((stranger, 400, 0), (ours, 200, 1)):
            context = closed.context()
            context.load_cert_chain(shown.certificate, shown.key)
            assert (closed.ask("/fhir/Patient", context).status, len(front.got)) == (status, reached)


def test_sockets_have_their_own_way(proxy: ReverseProxy) -> None:
    """Only where WebSockets are told of."""
    assert "/websocket {" not in nginx(proxy)
    assert "location = /websocket {\n        proxy_pass http://127.0.0.1:8001;" in nginx(
        replace(proxy, websocket_port=8001)
    )


def test_the_usual_ports_are_not_written_into_addresses() -> None:
    """All addresses of the machine, IPv4 and IPv6."""
    text = nginx(ReverseProxy("https://health.example.go.th", Path("/etc/tls/a.pem"), Path("/etc/tls/a.key"), HSTS))
    assert text.count("listen ") == 4
    assert "    listen [::]:443 ssl http2;" in text
    assert "return 308 https://health.example.go.th$request_uri;" in text
    assert "proxy_set_header Host health.example.go.th;" in text


@pytest.mark.parametrize(
    ("address", "certificate"),
    [
        ("http://health.example.go.th", "/etc/tls/a.pem"),
        ("", "/etc/tls/a.pem"),
        ("https://health.example.go.th", "/etc/a b.pem"),
        ("https://health.example.go.th", "/etc/a;user root.pem"),
        ("https://health.example.go.th", "etc/a.pem"),
    ],
)
def test_what_the_file_cannot_hold_is_refused(address: str, certificate: str) -> None:
    """No https address; a path that would end the line."""
    with pytest.raises(BadProxy):
        ReverseProxy(address, Path(certificate), Path("/etc/tls/a.key"), HSTS)


# ---- what strangers see ---------------------------------------------------------------------------------------------


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch, front: Front) -> Iterator[pytest.MonkeyPatch]:
    """The public address is that of the running nginx; its issuer is trusted."""
    monkeypatch.setenv("SUKSALA_PUBLIC_URL", front.proxy.public_url)
    monkeypatch.setenv("SSL_CERT_FILE", str(front.root))
    settings.forget()
    yield monkeypatch
    monkeypatch.undo()
    settings.forget()


def test_a_certificate_that_strangers_trust(public: pytest.MonkeyPatch) -> None:
    """Vouched for, of this name, with 60 days left (ASVS V12.2.2)."""
    found = doctor._certificate()
    assert (found.verdict, found.found) == (Verdict.OK, "59 days left")


def test_a_certificate_that_nobody_vouches_for(public: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Told as not working, with the reason."""
    public.setenv("SSL_CERT_FILE", str(Authority(tmp_path, "Another root").root))
    found = doctor._certificate()
    assert (found.verdict, "issuer" in found.found) == (Verdict.BAD, True)
    assert found.th
    assert found.en.startswith("no trusted issuer")


@pytest.mark.parametrize(("days", "verdict"), [(14, Verdict.OK), (13, Verdict.WARN)])
def test_two_weeks_before_its_end_it_is_told(public: pytest.MonkeyPatch, days: int, verdict: Verdict) -> None:
    """Both sides of the edge."""
    left = timedelta(days=days)
    public.setattr(doctor.certificate, "time_left", lambda *_: left)
    assert doctor._certificate().verdict is verdict


def test_nobody_behind_the_address_is_a_warning(public: pytest.MonkeyPatch) -> None:
    """The proxy may not run yet."""
    public.setenv("SUKSALA_PUBLIC_URL", f"https://{HOST}:{free_port()}")
    settings.forget()
    assert doctor._certificate().verdict is Verdict.WARN
