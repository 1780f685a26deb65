"""The report of a comparison as one HTML file that needs no network: tables, pictures, caveats."""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import vl_convert

from ui import compare_charts
from ui.chart_look import BASELINE, theme

Told = Mapping[str, Any]  # {"cases": [document, …], "across": …, "manifest": …}

_HERE = Path(__file__).parent / "report"
_SHARES = ("0.90", "0.95")


def page(told: Told) -> str:
    """The whole file. What users wrote is text in it, never markup."""
    specs = {name: chart.to_dict() for name, chart in pictures(told)}
    drawing = {"specs": specs, "themes": {"light": theme(dark=False), "dark": theme(dark=True)}}
    style, script = (_HERE / "report.css").read_text(encoding="utf-8"), _script()
    body = "\n".join(_body(told, specs))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comparison of strategies</title>
<style>{style}</style>
</head>
<body>
{body}
<script type="application/json" id="specs">{_as_data(drawing)}</script>
<script>{script}</script>
</body>
</html>
"""


def pictures(told: Told) -> Iterator[tuple[str, Any]]:
    """Every picture of the page, with the name that its place has; `-log` on the other axis."""
    if told["across"]["ranks"]:
        yield "ranks", compare_charts.ranks(told["across"])
    for i, case in enumerate(told["cases"]):
        if not compare_charts.shown(case):
            continue
        yield f"curves-{i}", compare_charts.curves(case)
        yield f"curves-{i}-log", compare_charts.curves(case, log=True)
        if case["paired"]:
            yield f"differences-{i}", compare_charts.differences(case)
        yield f"classes-{i}", compare_charts.per_class(case)
        if compare_charts.has_calibration(case):
            yield f"calibration-{i}", compare_charts.calibration(case)


@cache
def _script() -> str:
    """Vega, Vega-Lite, Vega-Embed and what draws with them, from the installed package."""
    ours = (_HERE / "report.js").read_text(encoding="utf-8")
    return str(vl_convert.javascript_bundle(ours)).replace("</script", "<\\/script")


def _policy(script: str) -> str:
    """Nothing is loaded from anywhere, and no script runs but this one."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def _as_data(value: Any) -> str:
    """JSON that no browser takes for the end of a script or for markup."""
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e")


def _body(told: Told, specs: Mapping[str, Any]) -> Iterator[str]:
    cases, made = told["cases"], told["manifest"]
    yield "<header><h1>Comparison of strategies</h1>"
    yield (
        f'<p class="soft">{len(cases)} {"case" if len(cases) == 1 else "cases"}, up to '
        f"{made['seeds']} seeds; written {_text(made['written_at'])} by askwell "
        f"{_text(made['versions']['askwell'])}.</p></header>"
    )
    yield "<main>"
    if len(cases) > 1:
        links = (f'<a href="#case-{i}">{_text(c["dataset"])}</a>' for i, c in enumerate(cases))
        yield f'<nav aria-label="Data sets">{"".join(links)}</nav>'
    yield (
        '<div class="axis"><label><input type="checkbox" id="log"> Logarithmic axis of labels'
        "</label></div>"
    )
    if len(cases) > 1:
        yield from _across(told["across"], specs)
    for i, case in enumerate(cases):
        yield from _case(i, case, specs)
    yield (_HERE / "how.html").read_text(encoding="utf-8")
    yield "<h2>What it was made of</h2>"
    told_by = _text(json.dumps(made, indent=2))
    yield f'<details><summary>Manifest</summary><pre tabindex="0">{told_by}</pre></details></main>'


def _across(across: Mapping[str, Any], specs: Mapping[str, Any]) -> Iterator[str]:
    yield "<section><h2>Across the data sets</h2>"
    yield _picture("ranks", specs)
    yield _list(across["notes"])
    names = across["strategies"]
    yield _table(
        "Wins–ties–losses of the row against the column, by the paired 95 % interval",
        ["", *names],
        [[a, *("" if a == b else _wins(across["wins"][a][b]) for b in names)] for a in names],
    )
    yield "</section>"


def _wins(of: Mapping[str, int]) -> str:
    unknown = f" ({of['unknown']} unknown)" if of["unknown"] else ""
    return f"{of['wins']}–{of['ties']}–{of['losses']}{unknown}"


def _case(i: int, case: Mapping[str, Any], specs: Mapping[str, Any]) -> Iterator[str]:
    yield f'<section><h2 id="case-{i}">{_text(case["dataset"])}</h2>'
    if case["failed"]:
        n = len(case["failed"])
        yield f'<div class="failed"><h3>{n} {"cell" if n == 1 else "cells"} failed</h3>'
        rows = [[one["strategy"], str(one["seed"]), one["why"]] for one in case["failed"]]
        yield _table("They count in no figure", ["strategy", "seed", "why"], rows) + "</div>"
    if "bias" in case:  # of a replay, which cannot know everything
        yield _list(case["bias"]["words"])
    yield _picture(f"curves-{i}", specs)
    told = case["strategies"]
    order = sorted(told, key=lambda name: told[name].get("aubc", {"mean": 0})["mean"], reverse=True)
    yield _table(
        f"{_number(case['full_accuracy'])} is reached with every label",
        _COLUMNS,
        [_row(name, case) for name in order],
    )
    yield _list(f"{a} cannot be told from {b}." for a, b in case["alike"])
    yield _picture(f"differences-{i}", specs)
    more = [_picture(f"{what}-{i}", specs, "small") for what in ("classes", "calibration")]
    if any(more):
        yield f"<details><summary>By class, and calibration</summary>{''.join(more)}</details>"
    yield "</section>"


_COLUMNS = [
    *("strategy", "seeds", "area (95 %)", "area (Lu)", "to 90 %", "saved", "to 95 %", "saved"),
    *("utilised", f"minus {BASELINE} (95 %)", "p (Holm)", "fit, s", "query, s"),
]


def _row(name: str, case: Mapping[str, Any]) -> list[str]:
    one, against = case["strategies"][name], case["paired"].get(name)
    never = "?" if case["full_accuracy"] is None else "never"
    if not one["seeds"]:
        return [name, "0", "failed", *[""] * (len(_COLUMNS) - 3)]
    of_lu = one["aubc_of_lu"]
    cells = [name, str(one["seeds"]), _with_ci(one["aubc"]["mean"], one["aubc"]["ci95"])]
    cells.append("not defined" if of_lu is None else _number(of_lu["mean"]))
    for share in _SHARES:
        labels, saved = one["labels_to"][share], one["saved"][share]
        cells.append(never if labels is None else f"{labels:,}")
        cells.append("" if saved is None or name == BASELINE else f"{saved:+,}" if saved else "0")
    used = one["utilisation"]
    cells.append("never" if used is None else f"{used:.2f}")
    if against:
        cells.append(_with_ci(against["difference"], against["ci95"], "+.4f"))
        cells.append(_number(against["p_holm"]))
    else:
        cells += ["", ""]
    return [*cells, f"{one['fit_seconds']:.3f}", f"{one['query_seconds']:.3f}"]


def _with_ci(mean: float, ci95: Sequence[float | None], form: str = ".3f") -> str:
    low, high = ci95
    known = low is not None and high is not None
    return f"{mean:{form}} ({low:{form}} to {high:{form}})" if known else f"{mean:{form}}"


def _number(value: float | None) -> str:
    return "not known" if value is None else f"{value:.3f}"


def _picture(name: str, specs: Mapping[str, Any], kind: str = "") -> str:
    return f'<div class="chart {kind}" data-spec="{name}"></div>' if name in specs else ""


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_text(c)}</th>' if c else "<td></td>" for c in columns)
    lines = (
        f'<tr><th scope="row">{_text(first)}</th>'
        + "".join(f"<td>{_text(cell)}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{_text(caption)}"><table>'
        f"<caption>{_text(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _list(sentences: Iterable[str]) -> str:
    items = "".join(f"<li>{_text(one)}</li>" for one in sentences)
    return f"<ul>{items}</ul>" if items else ""


def _text(value: object) -> str:
    return escape(str(value))
