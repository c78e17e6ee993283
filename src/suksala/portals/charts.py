"""Charts drawn on the server as SVG: no script, printable, and always beside a table with the same numbers.

Shapes carry the meaning (dashes, numbers beside dots), colour only helps. Styles are classes of our own style sheet:
the content security policy allows no style inside a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from markupsafe import Markup, escape

from .numbers import decimal

WIDTH, HEIGHT = 520, 300  # narrow, so that labels stay readable when a phone shrinks the picture
LEFT, RIGHT, TOP, BOTTOM = 58, 24, 22, 48
Z95, Z998 = 1.96, 3.09  # control limits of a funnel plot: 95 % and 99.8 % (Spiegelhalter 2005)


@dataclass(frozen=True)
class Point:
    """One value of a series. `label` is what the axis says; `value` None leaves a gap."""

    label: str
    value: float | None


@dataclass(frozen=True)
class Series:
    """A named line of points; all series of a chart have the same labels."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True)
class Dot:
    """A facility in a funnel plot: how many people (B), the score in percent, and its number in the table."""

    number: int
    people: int
    score: float
    name: str


@dataclass(frozen=True)
class _Frame:
    low: float
    high: float
    count: int

    def x(self, index: int) -> float:
        span = WIDTH - LEFT - RIGHT
        return LEFT + (span / 2 if self.count == 1 else span * index / (self.count - 1))

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - min(max(share, 0.0), 1.0))


def trend(
    series: Sequence[Series],
    title: str,
    *,
    target: float | Decimal | None = None,
    unit: str = "",
) -> Markup:
    """Lines over time. `target` is a dashed line, `unit` ends the labels of the axis."""
    target = None if target is None else float(target)
    values = [p.value for s in series for p in s.points if p.value is not None]
    if not values:
        return Markup("")
    low, high = _limits([*values, *([target] if target is not None else [])])
    frame = _Frame(low, high, len(series[0].points))
    parts = [_grid(frame, unit), _labels(frame, [p.label for p in series[0].points])]
    parts += [_target(frame, target, unit)]
    parts += [_line(frame, s, number) for number, s in enumerate(series, 1)]
    return _svg(WIDTH, HEIGHT, title, "".join(parts))


def sparkline(points: Sequence[Point], title: str) -> Markup:
    """A line the size of a word: last value marked, gaps left open."""
    known = [(i, p.value) for i, p in enumerate(points) if p.value is not None]
    if not known:
        return Markup("")
    low, high = _limits([v for _, v in known])
    span = max(len(points) - 1, 1)
    spots = [(4 + 124 * i / span, 30 - 26 * (v - low) / (high - low)) for i, v in known]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    x, y = spots[-1]
    body = f'<polyline class="c-line" points="{path}"/><circle class="c-dot--last" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
    return _svg(132, 34, title, body, css="skl-spark")


def bar(score: float | Decimal | None, *, highest: float = 100.0) -> Markup:
    """A bar from 0 to `highest` for a table cell; the number stands beside it, so screen readers skip it."""
    width = 0.0 if score is None else 140 * min(max(float(score) / highest, 0.0), 1.0)
    return Markup(
        '<svg viewBox="0 0 140 14" width="140" height="14" aria-hidden="true" focusable="false">'
        '<rect class="c-track" width="140" height="14" rx="3"/>'
        '<rect class="c-bar" width="{:.1f}" height="14" rx="3"/></svg>'
    ).format(width)


def funnel(dots: Sequence[Dot], mean: float, title: str, *, axis: str) -> Markup:
    """Facilities by size and score, 95 % and 99.8 % limits round the mean: who differs by more than chance."""
    largest = max((d.people for d in dots), default=0) * 1.08
    if not largest:
        return Markup("")
    low, high = _limits([*(d.score for d in dots), mean])
    low, high = max(0.0, low - 5), max(high, min(100.0, high + 5))
    frame = _Frame(low, high, 2)
    parts = [_grid(frame, "%"), _target(frame, mean, "%")]
    parts += [_limit(frame, mean, largest, sign * z) for z in (Z95, Z998) for sign in (1, -1)]
    parts += [_dot(frame, d, mean, largest) for d in sorted(dots, key=lambda d: -d.people)]
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, axis, anchor="middle"))
    parts.append(_text(LEFT, HEIGHT - 26, "0", anchor="start"))
    parts.append(_text(WIDTH - RIGHT, HEIGHT - 26, f"{largest:,.0f}", anchor="end"))
    return _svg(WIDTH, HEIGHT, title, "".join(parts))


def waterfall(start: tuple[str, float], steps: Sequence[tuple[str, float]], title: str) -> Markup:
    """Bars from where the last one ended: what each step adds or takes, from `start` to the sum.

    Each bar is written on, with its sign: colour only helps.
    """
    ends = [start[1]]
    for _, bits in steps:
        ends.append(ends[-1] + bits)
    low, high = _limits([0.0, *ends])
    rows = [(start[0], 0.0, start[1]), *((name, ends[i], bits) for i, (name, bits) in enumerate(steps))]

    def x(value: float) -> float:
        return 8 + (WIDTH - 76) * (value - low) / (high - low)

    height = len(rows) * 46 + 12
    parts = [f'<line class="c-grid" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="0" y2="{height}"/>']
    for place, (name, begin, bits) in enumerate(rows):
        top, left, width = place * 46 + 24, x(min(begin, begin + bits)), abs(x(bits) - x(0))
        css = "c-bar" if bits >= 0 else "c-bar--out"
        parts.append(_text(8, top - 6, name))
        parts.append(f'<rect class="{css}" x="{left:.1f}" y="{top}" width="{max(width, 1.0):.1f}" height="16"/>')
        parts.append(_text(left + max(width, 1.0) + 6, top + 13, f"{bits:+.1f}", css="c-label"))
    return _svg(WIDTH, height, title, "".join(parts))


def outside(people: int, score: float, mean: float) -> bool:
    """Does this facility differ from the area's mean by more than chance (beyond the 99.8 % limit)?"""
    return people > 0 and abs(score - mean) > Z998 * _error(mean, people)


def _error(mean: float, people: float) -> float:
    return sqrt(max(mean * (100 - mean), 0.0) / people)


_STEPS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000, 2000, 5000, 10_000, 20_000, 50_000, 1e5, 1e6, 1e7)


def _step(low: float, high: float) -> float:
    """The round distance between grid lines that gives at most six of them."""
    return next((s for s in _STEPS if (high - low) / s <= 5), _STEPS[-1])


def _limits(values: Sequence[float]) -> tuple[float, float]:
    """A round range a little wider than the values."""
    low, high = min(values), max(values)
    step = _step(low, high)
    return (low // step) * step, (high // step + 1) * step


def _ticks(frame: _Frame) -> list[float]:
    step = _step(frame.low, frame.high)
    return [round(frame.low + step * i, 4) for i in range(int((frame.high - frame.low) / step + 1.001))]


def _grid(frame: _Frame, unit: str) -> str:
    lines = []
    for tick in _ticks(frame):
        y = frame.y(tick)
        lines.append(f'<line class="c-grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(_text(LEFT - 6, y + 4, f"{decimal(tick, 2)}{unit}", anchor="end"))
    return "".join(lines)


def _labels(frame: _Frame, labels: Sequence[str]) -> str:
    every = max(1, -(-len(labels) // 5))
    shown = [(i, text) for i, text in enumerate(labels) if (len(labels) - 1 - i) % every == 0]
    return "".join(_text(frame.x(i), HEIGHT - 20, text, anchor=_anchor(i, len(labels))) for i, text in shown)


def _anchor(index: int, count: int) -> str:
    if index == count - 1 and count > 1:
        return "end"
    return "middle"


def _target(frame: _Frame, target: float | None, unit: str) -> str:
    if target is None:
        return ""
    y = frame.y(target)
    line = f'<line class="c-target" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return line + _text(LEFT + 6, y - 6, f"{decimal(target, 2)}{unit}", css="c-label")


def _line(frame: _Frame, series: Series, number: int) -> str:
    variant = f" c-line--{number}" if number > 1 else ""
    runs: list[list[str]] = [[]]
    dots = []
    for i, point in enumerate(series.points):
        if point.value is None:
            runs.append([])
            continue
        x, y = frame.x(i), frame.y(point.value)
        runs[-1].append(f"{x:.1f},{y:.1f}")
        dots.append(
            f'<circle class="c-dot{f" c-dot--{number}" if number > 1 else ""}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        )
    lines = "".join(f'<polyline class="c-line{variant}" points="{" ".join(run)}"/>' for run in runs if len(run) > 1)
    return lines + "".join(dots) + _last(frame, series)


def _last(frame: _Frame, series: Series) -> str:
    """The last known value, written beside its dot."""
    i, value = next((i, p.value) for i, p in reversed(list(enumerate(series.points))) if p.value is not None)
    return _text(frame.x(i) + 2, frame.y(value) - 10, decimal(value, 2), anchor="end", css="c-label")


def _limit(frame: _Frame, mean: float, largest: float, z: float) -> str:
    spots = []
    for step in range(2, 41):
        people = largest * step / 40
        y = frame.y(mean + z * _error(mean, people))
        spots.append(f"{_across(people, largest):.1f},{y:.1f}")
    return f'<polyline class="c-limit" points="{" ".join(spots)}"/>'


def _across(people: float, largest: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * people / largest


def _dot(frame: _Frame, dot: Dot, mean: float, largest: float) -> str:
    x, y = _across(dot.people, largest), frame.y(dot.score)
    if outside(dot.people, dot.score, mean):
        shape = f'<rect class="c-bar--out" x="{x - 7:.1f}" y="{y - 7:.1f}" width="14" height="14"/>'
    else:
        shape = f'<circle class="c-dot" cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
    return shape + _text(x + 10, y + 5, str(dot.number), css="c-label")


def _text(x: float, y: float, text: str, *, anchor: str = "start", css: str = "c-small") -> str:
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: int, height: int, title: str, body: str, *, css: str = "") -> Markup:
    # `body` is made above from numbers and escaped labels only.
    opening = Markup('<svg viewBox="0 0 {} {}" class="{}" role="img" aria-label="{}" focusable="false">').format(
        width, height, css, title
    )
    return opening + Markup(body) + Markup("</svg>")  # noqa: S704
