"""What the benches of commands share: a run of the binary with its time and peak memory, and a median with its spread."""
import os, pathlib, statistics, subprocess, time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
CHARTER = os.environ.get("CHARTER", str(REPOSITORY / "target/release/charter"))


def run(*arguments, status=(0, 1)):
    """Milliseconds and MB of one run; 1 is what `check` ends with when it has findings."""
    start = time.perf_counter()
    process = subprocess.Popen([CHARTER, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read().decode()
    _, ended, usage = os.wait4(process.pid, 0)
    took = (time.perf_counter() - start) * 1e3
    if os.waitstatus_to_exitcode(ended) not in status:
        raise SystemExit(f"charter {' '.join(map(str, arguments))} ended with {os.waitstatus_to_exitcode(ended)}\n{said}")
    return took, usage.ru_maxrss / 1024


def spread(figures, unit="ms"):
    """`117.2 ms (89.0–234.1)`: the median, the least and the most."""
    return f"{statistics.median(figures):.1f} {unit} ({min(figures):.1f}–{max(figures):.1f})"


def ratio(figures, baseline):
    """How many times a baseline that was measured beside it, pair by pair: the median with the least and the most."""
    pairs = [figure / beside for figure, beside in zip(figures, baseline)]
    return f"{statistics.median(pairs):.2f} × ({min(pairs):.2f}–{max(pairs):.2f})"
