#!/usr/bin/env python3
"""Drift of two tables and estimates without labels: CPU seconds and memory of Charter beside Evidently and NannyML on the same files.

    python3 -m venv venv && venv/bin/pip install -r bench/drift/requirements.txt
    PYTHON=venv/bin/python cargo xtask bench drift [--rows 1000000] [--columns 20] [--repetitions 5] [--peer-repetitions 1]

CPU is user and system time of the process, all threads, without reading the files and starting Python. Memory is the peak over what was held before the
call. Columns are normal, skewed, rounded and with atoms in turn; every fourth is shifted by a fifth of its deviation. Medians with least and most.
"""
import argparse, json, os, pathlib, statistics, subprocess, sys, tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))
EXAMPLE = TARGET / "release/examples/drift"
PYTHON = os.environ.get("PYTHON", sys.executable)
PEERS = pathlib.Path(__file__).with_name("peers.py")

MAKE = """
import sys, numpy as np
folder, rows, columns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
def table(seed, shifted):
    draw = np.random.default_rng(seed)
    for at in range(columns):
        values = draw.normal(size=rows) + (.2 if shifted and at % 4 == 3 else 0)
        values = [values, np.exp(values), np.round(values * 20), np.where(draw.random(rows) < .3, 0, values)][at % 4]
        yield values
for name, seed in (("reference", 1), ("current", 2)):
    np.concatenate(list(table(seed, name == "current"))).tofile(f"{folder}/{name}.f64")
    draw = np.random.default_rng(seed + 10)
    score = draw.beta(2, 2 if name == "reference" else 3, 50000)
    np.concatenate([score, (draw.random(50000) < score ** 1.5).astype(float)]).tofile(f"{folder}/{name}-scores.f64")
"""


def run(*command):
    return json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def spread(runs, field, digits=3):
    values = sorted(one[field] for one in runs)
    return f"{statistics.median(values):.{digits}f} ({values[0]:.{digits}f}–{values[-1]:.{digits}f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--peer-repetitions", type=int, default=1, help="0 leaves the peers out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([PYTHON, "-c", MAKE, folder, str(options.rows), str(options.columns)], check=True)
        tables = [f"{folder}/{name}.f64" for name in ("reference", "current")]
        scores = [f"{folder}/{name}-scores.f64" for name in ("reference", "current")]
        ours = [run(EXAMPLE, "report", *tables, options.columns) for _ in range(options.repetitions)]
        print(f"report, {options.rows} × {options.columns} twice: {spread(ours, 'cpu_s')} CPU s, {spread(ours, 'over_input_mb', 1)} MB over the input, "
              f"{ours[0]['shifted']} shifted")
        online = [run(EXAMPLE, "online") for _ in range(options.repetitions)]
        print(f"online: {spread(online, 'ns_a_value', 1)} ns a value, {spread(online, 'ns_a_text', 1)} ns a text of 500, {online[0]['window_bytes']} bytes a window, {spread(online, 'compare_us', 0)} µs a comparison")
        cbpe = [run(EXAMPLE, "cbpe", *scores) for _ in range(options.repetitions)]
        print(f"CBPE, 50,000 + 50,000: {spread(cbpe, 'cpu_s')} CPU s, {spread(cbpe, 'over_input_mb', 1)} MB")
        if options.peer_repetitions == 0:
            return
        nannyml = [run(PYTHON, PEERS, "nannyml", *scores) for _ in range(options.peer_repetitions)]
        worst = max(abs(value - nannyml[0]["first_chunk"][name]) for name, value in cbpe[0]["first_chunk"].items())
        print(f"NannyML, the same: {spread(nannyml, 'cpu_s')} CPU s, {spread(nannyml, 'over_input_mb', 1)} MB; first chunk differs by at most {worst:.1e}")
        evidently = [run(PYTHON, PEERS, "evidently", *tables, options.columns) for _ in range(options.peer_repetitions)]
        print(f"Evidently's preset, the same tables: {spread(evidently, 'cpu_s', 1)} CPU s, {spread(evidently, 'over_input_mb', 0)} MB, {evidently[0]['drifted']}")
        ratio = lambda peer, own: statistics.median(one["cpu_s"] for one in peer) / statistics.median(one["cpu_s"] for one in own)
        print(f"ratios of CPU: Evidently {ratio(evidently, ours):.0f} ×, NannyML {ratio(nannyml, cbpe):.0f} ×")


if __name__ == "__main__":
    main()
