#!/usr/bin/env python3
"""Attributions of one row at a time: CPU of Charter's TreeSHAP beside the `shap` package on the shop's models with the same known rows.

    python3 -m venv venv && venv/bin/pip install shap==0.51.0 lightgbm==4.5.0 onnx onnxruntime 'pandas<3'
    PYTHON=venv/bin/python cargo xtask bench explain [--repetitions 5] [--calls 300]

Microseconds of CPU a call with one row, median with least and most; the package's explainer and our tables are made once, outside of the time.
"""
import argparse, importlib.util, json, os, pathlib, statistics, subprocess, sys, time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
EXAMPLE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")) / "release/examples/explain"
CASES = REPOSITORY / "crates/charter-onnx/tests/explain"
MODELS = REPOSITORY / "examples/shop/models"


def peer(name, repetitions, calls):
    """Runs in the Python that has the package."""
    import numpy as np, onnx

    spec = importlib.util.spec_from_file_location("generate", CASES / "generate.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    case = next(case for case in json.loads((CASES / "cases.json").read_text())["cases"] if case["model"] == name)
    wide = lambda rows: np.array([[np.nan if value is None else value for value in row] for row in rows])
    node = next(node for node in onnx.load(MODELS / f"{name}.onnx").graph.node if node.op_type.startswith("TreeEnsemble"))
    explainer, rows = generate.explained(generate.tree_table(node), wide(case["known"])), wide(case["rows"])
    found = []
    for _ in range(repetitions):
        begun = time.process_time()
        for at in range(calls):
            explainer.shap_values(rows[at % len(rows)][None, :], check_additivity=False)
        found.append((time.process_time() - begun) * 1e6 / calls)
    print(json.dumps(found))


def line(*command):
    return json.loads(subprocess.run(list(map(str, command)), check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def spread(values):
    return f"{statistics.median(values):.1f} ({min(values):.1f}–{max(values):.1f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(options.peer, options.repetitions, options.calls)
    for name in ("fraud-v2", "pricing-v3", "search-ranking-v2", "personalization-v2"):
        runs = [line(EXAMPLE, MODELS / f"{name}.onnx", CASES / "cases.json", name) for _ in range(options.repetitions)]
        ours = [run["us_a_row"] for run in runs]
        python = os.environ.get("PYTHON", sys.executable)
        theirs = line(python, __file__, "--peer", name, "--repetitions", options.repetitions, "--calls", options.calls)
        ratio = statistics.median(theirs) / statistics.median(ours)
        print(f"{name}: {spread(ours)} µs a row after {statistics.median(run['prepare_ms'] for run in runs):.1f} ms of preparing, shap {spread(theirs)} µs, {ratio:.1f} ×")


if __name__ == "__main__":
    main()
