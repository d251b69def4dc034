"""Fills the model cards' templates from the metrics, so that no figure in a card is typed by hand.

`{{path}}` is a figure of the card's route, `{{percent:path}}` the same as a percentage, and
`{{table: heading = path; heading = path}}` a table with one row a group; `*` in a path stands for the group. Prose belongs to the templates.
"""

import re

from place import SHOP

MARK = re.compile(r"\{\{(?:(percent|table):)?\s*(.+?)\}\}")


def run(metrics):
    for template in sorted((SHOP / "train/card_templates").glob("*.md")):
        route = template.stem
        facts = metrics[route] | {"parity": metrics["parity"]}
        filled = MARK.sub(lambda mark: _fill(facts, mark[1], mark[2]), template.read_text(encoding="utf-8"))
        (SHOP / "cards" / template.name).write_text(filled, encoding="utf-8")


def _fill(facts, kind, words):
    if kind == "table":
        return _table(facts, [tuple(part.strip() for part in column.split("=")) for column in words.split(";")])
    return _figure(_find(facts, words.strip().split(".")), percent=kind == "percent")


def _find(value, steps):
    for step in steps:
        value = value[step]
    return value


def _table(facts, columns):
    found = [_groups(facts, path.split(".")) for _, path in columns]
    lines = ["| group | " + " | ".join(heading for heading, _ in columns) + " |", "| --- |" + " --- |" * len(columns)]
    lines += [f"| {group} | " + " | ".join(_figure(column[group]) for column in found) + " |" for group in found[0]]
    return "\n".join(lines)


def _groups(facts, steps):
    if "*" not in steps:
        return _find(facts, steps)
    place = steps.index("*")
    return {group: _find(value, steps[place + 1:]) for group, value in _find(facts, steps[:place]).items()}


def _figure(value, percent=False):
    if not isinstance(value, dict):
        return f"{value:,}" if isinstance(value, int) else str(value)
    middle, low, high = (_number(value[part], percent) for part in ("value", "low", "high"))
    return f"{middle} ({low} to {high}, n {value['n']:,})"


def _number(value, percent):
    if percent:
        return f"{100 * value:+.1f} %"
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.3f}"
