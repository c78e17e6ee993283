"""The Jinja2 environment of the pages: our templates over the nhsuk-frontend macros, words through `t`."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from suksala import consent
from suksala.standards.thai_codes import phones

from . import charts, dates, numbers
from .assets import asset
from .navigation import navigation
from .texts import language, t


def environment(**options: Any) -> Environment:
    """Called by Django once per process. The macros need undefined values that may be asked for an attribute."""
    options["loader"] = ChoiceLoader([options["loader"], PackageLoader("nhsuk_frontend_jinja")])
    options["undefined"] = ChainableUndefined
    env = Environment(**options, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 - Django's backend sets autoescape
    env.globals.update(t=t, language=language, asset=asset, url=reverse, chart=charts, navigation=navigation)
    env.globals.update(log_stopped=consent.is_stopped)
    env.filters.update(
        day=dates.day,
        moment=dates.moment,
        era=dates.year,
        iso=dates.iso,
        number=numbers.number,
        decimal=numbers.decimal,
        percent=numbers.percent,
        dialled=phones.normalise,
    )
    return env
