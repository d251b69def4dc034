"""Where files are, and how tables of rows and JSON are written: the same bytes every time."""

import csv
import gzip
import hashlib
import json
import pathlib

import numpy
import pandas

SHOP = pathlib.Path(__file__).resolve().parent.parent


def read_data(name):
    return pandas.read_csv(SHOP / "data" / f"{name}.csv.gz")


def trained_on(name, rows):
    """Names the training rows: file, digest of its unpacked bytes, how many and which."""
    digest = hashlib.sha256(gzip.decompress((SHOP / "data" / f"{name}.csv.gz").read_bytes())).hexdigest()
    return f"data/{name}.csv.gz sha256:{digest} {rows}"


def text(value):
    """A value as it stands in a CSV: empty when missing, no needless digits."""
    if value is None or (isinstance(value, float) and numpy.isnan(value)):
        return ""
    if isinstance(value, (float, numpy.floating)):
        return "" if numpy.isnan(value) else format(float(value), ".6g")
    return str(value)


def write_samples(name, frame):
    """Held-out rows as CSV: the route's inputs by name, then the label, the groups and the baseline's answers."""
    path = SHOP / "samples" / f"{name}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(frame.columns)
        writer.writerows([text(value) for value in row] for row in frame.itertuples(index=False))


def write_json(path, value):
    """Indented, but a list of plain values or an estimate stays on one line."""
    (SHOP / path).write_text(_lines(value, "") + "\n", encoding="utf-8")


def _lines(value, indent):
    plain_list = isinstance(value, list) and not any(isinstance(item, (dict, list)) for item in value)
    estimate = isinstance(value, dict) and "interval" in value
    if plain_list or estimate or not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    deeper = indent + " "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + _lines(item, deeper) for item in value) + "\n" + indent + "]"
    return "{\n" + ",\n".join(f"{deeper}{json.dumps(key)}: {_lines(item, deeper)}" for key, item in value.items()) + "\n" + indent + "}"


def write_table(name, answers):
    """A lookup table: key columns joined by `|` to the answer."""
    entries = ",\n".join(f' {json.dumps("|".join(map(str, key)))}: {json.dumps(answer)}' for key, answer in answers.items())
    (SHOP / "tables" / f"{name}.json").write_text("{\n" + entries + "\n}\n", encoding="utf-8")
