#!/usr/bin/env python3
"""`charter check` on a charter with 2,000 elements: time and memory, against a charter with one tenth of them in the same run.

    cargo xtask bench check [--elements 2000] [--repetitions 11]

Prints the median with its spread, peak resident memory, and how the time grows with the number of elements (1.0 is linear).
"""
import argparse, os, pathlib, statistics, subprocess, tempfile, time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
CHARTER = os.environ.get("CHARTER", str(REPOSITORY / "target/release/charter"))


def charter(elements):
    """A charter whose elements refer to each other, spread over ten sections."""
    each = elements // 10
    models = [f"model-{i}" for i in range(each)]
    share = [round(100 / each, 6)] * each
    lines = ["charter: 1", "system: large", "title: A large charter", "owner: architect", "currency: USD", "stakeholders:"]
    lines += [f"  person-{i}: {{ role: role {i}, cares: [scenario-{i}] }}" for i in range(each)]
    lines += ["load:", "  peak: 10_000 rps", "  mix:"]
    lines += [f"    {name}: {part}%" for name, part in zip(models, share)]
    lines += ["quality:"]
    for i in range(each):
        lines += [f"  scenario-{i}:", "    attribute: performance", f"    source: person {i}", "    stimulus: calls it at the peak",
                  f"    artifact: model-{i}", "    response: an answer", f"    measure: p99(latency) < {100 + i}ms", "    under: load.peak"]
    lines += ["constraints:"]
    lines += [f"  given-{i}: {{ text: Given number {i}, check: cost.total <= 90_000_000 USD/month }}" for i in range(each)]
    lines += ["dependencies:"]
    lines += [f"  system-{i}: {{ direction: upstream, kind: stream, region: eu-central-1, data: none, slo: 99.99%, hard: true }}" for i in range(each)]
    lines += ["models:"]
    lines += [f"  {name}: {{ task: regression, version: v1, baseline: the mean, needs: [system-{i}], feedback: {{ loop: none, control: none }} }}"
              for i, name in enumerate(models)]
    lines += ["capacity:", "  safety: 1.75", "  zones: 3"]
    lines += [f"  {name}: {{ throughput: 250 rps/replica, device: cpu, min_replicas: 2, load_time: 5s }}" for name in models]
    lines += ["cost:", "  ceiling: 100_000_000 USD/month", "  unit: { gpu: 480 USD/month, cpu: 150 USD/month }", "  attribute_by: [model]", "degradation:"]
    lines += [f"  {name}: {{ full: v1, degraded: {{ rules: thresholds }}, fallback: {{ constant: static }} }}" for name in models]
    lines += ["controls:"]
    lines += [f"  control-{i}: {{ evidence: evidence/control-{i}.json, where: gateway }}" for i in range(each)]
    lines += ["risks:"]
    lines += [f"  risk-{i}: {{ probability: low, impact: high, mitigate: [control-{i}], owner: person-{i} }}" for i in range(each)]
    return "\n".join(lines) + "\n"


def measure(path):
    start = time.perf_counter()
    process = subprocess.Popen([CHARTER, "check", str(path), "--format", "json"], stdout=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return (time.perf_counter() - start) * 1e3, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=2000)
    parser.add_argument("--repetitions", type=int, default=11)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        small, large = pathlib.Path(folder, "small.yaml"), pathlib.Path(folder, "large.yaml")
        small.write_text(charter(options.elements // 10))
        large.write_text(charter(options.elements))
        runs = [(measure(small), measure(large)) for _ in range(options.repetitions)]
    for name, index, count in (("small", 0, options.elements // 10), ("large", 1, options.elements)):
        times = [run[index][0] for run in runs]
        print(f"{name}: {count} elements, {statistics.median(times):.1f} ms (least {min(times):.1f}, most {max(times):.1f}), "
              f"{max(run[index][1] for run in runs):.1f} MB resident at most")
    growth = statistics.median(run[1][0] for run in runs) / statistics.median(run[0][0] for run in runs)
    print(f"ten times the elements take {growth:.1f} times as long, the start of the process included")


if __name__ == "__main__":
    main()
