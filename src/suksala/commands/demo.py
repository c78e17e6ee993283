"""`suksala demo`: from nothing to served pages about made-up districts; every step is safe to repeat after a kill."""

from __future__ import annotations

import csv
import os
import time
from dataclasses import dataclass
from pathlib import Path

from suksala import operations
from suksala.foundation import settings
from suksala.foundation.progress import Progress

from .console import progress, say
from .demo_providers import made_up_providers
from .demo_state import DemoState, NotFinished, RealData
from .failures import EXIT_OUR_FAULT
from .serving import data_folder, quiet_database

CLIENT = "demo"
OPERATOR = "system:demo"


def demo(*, data: Path | None, people: int | None, seed: int | None, port: int, serve: bool) -> None:
    """Build the demo in its data folder as far as it is not built yet, then serve it."""
    began = time.monotonic()
    if serve:
        operations.refuse_taken_port("127.0.0.1", port)
    folder = data_folder(data or _default_folder())
    state = DemoState.of(folder, people, seed)
    server = operations.Server(folder, port=port, demo=True, websocket_port=settings.current().websocket_port)
    with quiet_database(folder, demo=True) as cluster:
        _refuse_real_data(state, folder)
        _Build(folder, state, progress()).all()
        say(f"\nพร้อมใน {time.monotonic() - began:.0f} วินาที · ready in {time.monotonic() - began:.0f} s")
        if serve:
            with made_up_providers(server, folder / "demo"):
                operations.up(
                    server,
                    cluster,
                    lambda: _announce(server),
                    keep_house=operations.keep_house,
                    web_database=operations.limit_web(cluster),
                )


def _default_folder() -> Path:
    """Beside the real data's folder, never in it."""
    if os.environ.get("SUKSALA_DATA"):
        return settings.current().data_dir
    real = settings.default_data_dir()
    return real.with_name(f"{real.name}-demo")


def _refuse_real_data(state: DemoState, folder: Path) -> None:
    """Made-up people never join real ones."""
    from suksala import ingest

    if state.begun or not ingest.deposits(limit=1):
        return
    raise RealData(
        f"โฟลเดอร์ {folder} มีข้อมูลที่ไม่ใช่ชุดทดลองอยู่แล้ว: ใช้ --data อื่น",
        f"{folder} holds data that no demo made: choose another --data",
    )


@dataclass
class _Build:
    """The steps, in order; each leaves its mark in demo.json when it is done."""

    data: Path
    state: DemoState
    watch: Progress

    @property
    def world(self) -> Path:
        return self.data / "demo"

    def all(self) -> None:
        self.state.save()
        self.state.step("simulate", self.simulate)
        self.state.step("registry", self.registry)
        self.state.step("ingest", self.ingest)
        self.state.step("usage", self.usage)
        self.state.step("measures", self.measures)
        self.state.step("people", self.people)
        self.state.step("matching", self.matching)
        self.state.step("lists", self.lists)

    def simulate(self) -> None:
        from suksala import simulation

        simulation.simulate(
            people=self.state.people, districts=3, seed=self.state.seed, out=self.world, progress=self.watch
        )

    def registry(self) -> None:
        from .registering import import_facilities

        import_facilities(self.world / "facilities.csv")
        _agree_with_everybody()

    def ingest(self) -> None:
        from .ingesting import receive_and_apply

        taken = receive_and_apply(sorted((self.world / "zips").glob("*.zip")), None, self.data, self.watch)
        if taken.exit_code == EXIT_OUR_FAULT:
            raise NotFinished(
                f"นำเข้าชุดทดลองไม่ครบ: ดูแฟ้มใน {self.data}/logs แล้วเรียก suksala demo อีกครั้ง ระบบจะทำต่อจากเดิม",
                f"not every zip of the demo was applied: see {self.data}/logs, then call suksala demo again to go on",
            )

    def usage(self) -> None:
        from suksala import phr

        phr.import_usage(self.world / "truth" / "phr_usage.csv")

    def measures(self) -> None:
        from suksala import warehouse
        from suksala.standards.thai_codes import dates

        with (self.world / "truth" / "indicators.csv").open(encoding="utf-8") as lines:
            periods = sorted({row["period"] for row in csv.DictReader(lines)})
        warehouse.compute([dates.period(text) for text in periods], watch=self.watch)

    def people(self) -> None:
        from .demo_people import make_accounts

        make_accounts()

    def matching(self) -> None:
        """Let the model that ships join who has no number in common, so that the review desk has something to ask."""
        from suksala import identity

        identity.make_model(actor=OPERATOR, only_shipped=True)
        identity.approve_model(actor=OPERATOR)
        identity.weigh(actor=OPERATOR)

    def lists(self) -> None:
        """An outbreak that goes on, so that the district's team has somebody to call."""
        from suksala import registry

        from .demo_lists import make_lists

        districts = sorted({facility.district for facility in registry.facilities()})
        make_lists(self.world / "lists", districts, self.state.seed)


def _agree_with_everybody() -> None:
    """A made-up agreement of all made-up facilities, who are connected by it; their first zips make them exchanging."""
    from suksala import registry
    from suksala.foundation import clock

    facilities = tuple(f.hospcode for f in registry.facilities())
    everybody = (*facilities, "moph")  # connected too, but it sends nothing: the two counters differ (S3.26)
    flows = frozenset({registry.Flow.DEPOSIT, registry.Flow.EXCHANGE})
    since = clock.today().replace(month=1, day=1)
    registry.keep_agreement(
        registry.Agreement(
            "DEMO-DSA", registry.Kind.DSA, "ข้อตกลงสมมติ · made-up agreement", everybody, flows, "26-5-a", since, since
        ),
        actor="system:demo",
    )
    present = {member.party: member.state for member in registry.members()}
    for party in everybody:
        for state in (registry.State.INVITED, registry.State.AGREED, registry.State.CONNECTED):
            if party not in present:
                registry.move_member(party, state, actor="system:demo")
    if "bma" not in present:
        registry.move_member("bma", registry.State.INVITED, actor="system:demo")


def _announce(server: operations.Server) -> None:
    """Print where to go and whom to be. The token counts for another month from each start on."""
    from suksala import signin

    signin.revoke_client(CLIENT, actor="system:demo")
    token = signin.renew_demo_token(CLIENT)
    _sample_app(server)
    lines = ["", f"สุขศาลา (ข้อมูลสมมติทั้งหมด) · Suksala (all data are made up)   {server.address}/", ""]
    lines += [f"  {account.role:<10} {account.login:<16} {account.display_th}" for account in signin.demo_accounts()]
    lines += [
        "",
        f"เข้าใช้แบบสาธิต · sign in as one of them   {server.address}/demo-signin",
        *_providers_to_try(server),
        *_consent_to_try(),
        f"สถานะ · health   {server.address}/health",
        "FHIR:",
        f"  curl -H 'Authorization: Bearer {token}' '{server.address}/fhir/Patient?_count=3'",
        f"นักพัฒนา · for developers   {server.address}/developers",
        "",
        "หยุดด้วย Ctrl-C · stop with Ctrl-C",
    ]
    print("\n".join(lines), flush=True)


def _providers_to_try(server: operations.Server) -> list[str]:
    """Where one signs in as somebody would who has no made-up account."""
    from suksala import signin

    try:
        names = ", ".join(one.name_th for one in signin.providers().values())
    except signin.ProviderProblem:  # the operator's own file; the log and the doctor tell it
        return []
    return [f"เข้าด้วย · sign in with   {names}   {server.address}/signin"] if names else []


def _consent_to_try() -> list[str]:
    """What to try, in both languages: what a consent with and without a sensitive class opens."""
    from suksala import registry, signin

    place = {a.login: a.hospcode for a in signin.demo_accounts()}.get("clinician-2")
    hospital = registry.facility(place) if place else None
    if hospital is None:
        return []
    return [
        f"ลอง · try   เป็น citizen-1 ให้ {hospital.name_th} ดู (ใครดูได้บ้าง) เลือกและไม่เลือกสุขภาพจิต แล้วดูเป็น clinician-2",
        f"            as citizen-1 let {hospital.name_en} see, with and without mental health; look as clinician-2",
    ]


def _sample_app(server: operations.Server) -> None:
    """A SMART app that anybody of the demo may allow, from the developers' page or a patient's page."""
    from suksala import signin

    scopes = ("patient/*.rs", "openid", "fhirUser", "launch", "launch/patient", "offline_access")
    bases = dict.fromkeys(
        [settings.current().public_url or server.address, server.address, f"http://127.0.0.1:{server.port}"]
    )
    signin.add_app(
        signin.App(
            *("sample", "แอปตัวอย่าง (สมมติ)", "Sample app (made up)", scopes),
            tuple(f"{base}/developers/app/back" for base in bases),
            launch=f"{next(iter(bases))}/developers/app",
            dpop_bound=True,
        ),
        actor="system:demo",
    )
