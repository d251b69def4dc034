#!/usr/bin/env python3
"""`charter check` on a charter of about 2,000 elements: time and memory, against the start of the process and a charter of a tenth of the size in the same run.

    cargo xtask bench check [--elements 2000] [--repetitions 11]

The charter is made by bench/elements.py: parts, records and contracts, a few warnings and no error. Prints medians with their spread, peak resident memory,
and how the time above the start grows with the number of elements (1.0 is linear).
"""
import argparse, pathlib, statistics, sys, tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import elements
from measure import ratio, run, spread


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=2000)
    parser.add_argument("--repetitions", type=int, default=11)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = pathlib.Path(folder, "small"), pathlib.Path(folder, "large")
        few, many = elements.write(small, options.elements // 10), elements.write(large, options.elements)
        commands = (("--version",), ("check", small, "--format", "json"), ("check", large, "--format", "json"))
        # A charter that does not read would be checked quickly, and prove nothing.
        run("plan", large, status=(0,))
        for command in commands:
            run(*command)
        runs = [[run(*command) for command in commands] for _ in range(options.repetitions)]
    start, tenth, whole = ([taken[at][0] for taken in runs] for at in range(3))
    memory = max(taken[2][1] for taken in runs)
    print(f"start of the process: {spread(start)}")
    print(f"{few} elements: {spread(tenth)}")
    print(f"{many} elements: {spread(whole)}, {ratio(whole, start)} the start of the process, {memory:.1f} MB resident at most")
    above = [(large - base) / (small - base) for large, small, base in zip(whole, tenth, start) if small > base]
    if above:
        growth = statistics.median(above) / (many / few)
        print(f"{many / few:.1f} times the elements take {statistics.median(above):.1f} times as long above the start: {growth:.2f} × linear")


if __name__ == "__main__":
    main()
