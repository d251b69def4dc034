#!/usr/bin/env python3
"""`charter docs` on a charter of about 2,000 elements: the time until every page is written, against `charter check` of the same charter in the same run.

    cargo xtask bench docs [--elements 2000] [--repetitions 11]

The charter is made by bench/elements.py. Each run writes into an empty folder, so that every page is written; a second run beside it finds nothing to change.
"""
import argparse, pathlib, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import elements
from measure import ratio, run, spread


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=2000)
    parser.add_argument("--repetitions", type=int, default=11)
    options = parser.parse_args()
    checks, writes, again = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        charter = pathlib.Path(folder, "charter")
        count = elements.write(charter, options.elements)
        run("docs", charter, "--out", pathlib.Path(folder, "warm"), status=(0,))
        for at in range(options.repetitions):
            site = pathlib.Path(folder, f"site-{at}")
            checks.append(run("check", charter, "--format", "json"))
            writes.append(run("docs", charter, "--out", site, status=(0,)))
            again.append(run("docs", charter, "--out", site, status=(0,)))
        pages = sum(1 for _ in site.rglob("*.html"))
        size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) / 1e6
    milliseconds = lambda runs: [took for took, _ in runs]
    print(f"{count} elements, {pages} pages, {size:.1f} MB")
    print(f"charter check: {spread(milliseconds(checks))}")
    print(f"charter docs, every page new: {spread(milliseconds(writes))}, {ratio(milliseconds(writes), milliseconds(checks))} the check, "
          f"{max(memory for _, memory in writes):.1f} MB resident at most")
    print(f"charter docs, nothing to change: {spread(milliseconds(again))}")


if __name__ == "__main__":
    main()
