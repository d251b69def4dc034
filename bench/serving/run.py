#!/usr/bin/env python3
"""Charter against a bare limit and against a peer, on one workload, alternating in one run.

    cargo xtask bench serving [--peers limit,charter,kserve,mosec] [--repetitions 5] [--seconds 8]
                              [--connections 64] [--model fraud|ranker] [--batch 1|32] [--keys] [--json FILE]

`charter-batched`, `charter-off` and `charter-on` are peers too: the charter beside this file of that name.

Everything is made under $PEERS_DIR (a folder of the system's temporary folder): environments, two trained models,
request bodies, the limit program. `wrk -t1` shares the machine's cores with the server, as every peer's does.
Needs python3, wrk and cargo; nothing is installed into the system's Python.
"""
import argparse, json, os, pathlib, re, shutil, signal, statistics, subprocess, sys, tempfile, time, urllib.request

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
ROOT = pathlib.Path(os.environ.setdefault("PEERS_DIR", str(pathlib.Path(tempfile.gettempdir()) / "peers")))
ONNXRUNTIME = "onnxruntime==1.32.0"
PACKAGES = {
    "train": ["numpy", "scikit-learn", "lightgbm", "onnx", "skl2onnx", "onnxmltools", ONNXRUNTIME],
    "kserve": ["kserve", "numpy", ONNXRUNTIME],
    "mosec": ["mosec", "orjson", "numpy", ONNXRUNTIME],
}
FEATURES = {"fraud": 30, "ranker": 128}
TICK = os.sysconf("SC_CLK_TCK")


# ── set-up ───────────────────────────────────────────────────────────────────
def environment(name):
    folder = ROOT / f"venv-{name}"
    if not (folder / ".ok").exists():
        print(f"installing {name} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "-q", *PACKAGES[name]], check=True)
        (folder / ".ok").touch()
    return folder / "bin/python"


def runtime_library():
    environment("train")
    found = sorted(ROOT.glob("venv-train/lib/python3*/site-packages/onnxruntime/capi/libonnxruntime.so*"))
    return str(found[0])


def trained(model):
    if not (ROOT / "models" / model / "model.onnx").exists():
        subprocess.run([environment("train"), HERE / "train.py"], check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def limit_program():
    program = ROOT / "limits" / "serving-limits"
    if not program.exists():
        target = ROOT / "limits" / "target"
        subprocess.run(["cargo", "build", "--release", "--manifest-path", HERE / "limits/Cargo.toml", "--target-dir", target], check=True)
        shutil.copy(target / "release/serving-limits", program)
    return str(program)


def charter_folder(peer, model):
    """The charter `{peer}.yaml` beside this file, with the model's name in it, and the model under each name that it may have."""
    folder = ROOT / "work" / f"{peer}-{model}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("model.onnx", "model-2.onnx", "model-3.onnx"):
        shutil.copy(ROOT / "models" / model / "model.onnx", folder / name)
    (folder / "charter.yaml").write_text((HERE / f"{peer}.yaml").read_text().replace("MODEL", model))
    return str(folder)


# ── peers ────────────────────────────────────────────────────────────────────
def command(peer, model, port):
    environ = {**os.environ, "MODEL": model, "PORT": str(port)}
    if peer == "limit":
        environ["ORT_DYLIB_PATH"] = runtime_library()
        return [limit_program(), "serve", str(port), model], environ
    if peer in ("charter", "charter-batched", "charter-off", "charter-on"):
        binary = os.environ.get("CHARTER", str(REPOSITORY / "target/release/charter"))
        folder = charter_folder(peer, model)
        return [binary, "serve", folder, "--no-state", "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{port + 1}"], environ
    if peer == "kserve":
        return [str(environment("kserve")), str(HERE / "peers/kserve_app.py")], environ
    if peer == "mosec":
        environ |= {"PEER_BATCH": "32", "PEER_WORKERS": "2"}
        line = [str(environment("mosec")), str(HERE / "peers/mosec_app.py"), "--address", "127.0.0.1", "--port", str(port)]
        return [*line, "--timeout", "30000", "--log-level", "warning"], environ
    raise SystemExit(f"no peer {peer!r}: limit, charter, charter-batched, charter-off, charter-on, kserve, mosec")


def tree(pid):
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                line = open(f"/proc/{entry}/stat").read()
            except OSError:
                continue
            children.setdefault(int(line[line.rindex(")") + 2:].split()[1]), []).append(int(entry))
    found, todo = [], [pid]
    while todo:
        current = todo.pop()
        found.append(current)
        todo += children.get(current, [])
    return found


def usage(pid):
    cpu = memory = 0.0
    for process in tree(pid):
        try:
            line = open(f"/proc/{process}/stat").read()
            fields = line[line.rindex(")") + 2:].split()
            cpu += (int(fields[11]) + int(fields[12])) / TICK
            memory += int(re.search(r"^Rss:\s+(\d+)", open(f"/proc/{process}/smaps_rollup").read(), re.M).group(1)) / 1024
        except OSError:
            continue
    return cpu, memory


def ask(url, body):
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.loads(answer.read())


def right(answer, expected):
    """The last output must be the model's own, to 1e-4."""
    got = answer["outputs"][-1]["data"]
    while got and isinstance(got[0], list):
        got = [value for row in got for value in row]
    return len(got) == len(expected) and all(abs(one - other) < 1e-4 for one, other in zip(got, expected))


def wrk(url, connections, seconds, body, keys=False):
    line = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(HERE / "load.lua"), url]
    output = subprocess.run(line, env={**os.environ, "BODY": str(body), "KEYS": "1000" if keys else "0"}, capture_output=True, text=True, timeout=seconds + 30).stdout
    return json.loads(re.search(r"^RESULT (.*)$", output, re.M).group(1))


def measure(peer, options, port):
    line, environ = command(peer, options.model, port)
    body = ROOT / "bodies" / f"{options.model}-b{options.batch}.json"
    expected = json.loads((ROOT / "bodies" / f"{options.model}-b{options.batch}.expect.json").read_text())
    url = f"http://127.0.0.1:{port}/v2/models/{options.model}/infer"
    log = open(ROOT / f"log-{peer}.txt", "w")
    started = time.time()
    process = subprocess.Popen(line, env=environ, stdout=log, stderr=log, start_new_session=True)
    try:
        while True:
            try:
                answer = ask(url, body.read_bytes())
                break
            except OSError:
                if time.time() - started > 90 or process.poll() is not None:
                    raise SystemExit(f"{peer} does not answer; see {log.name}")
                time.sleep(0.005)
        ready = time.time() - started
        if not right(answer, expected):
            raise SystemExit(f"{peer} answers wrongly: {json.dumps(answer)[:300]}")
        wrk(url, options.connections, 3, body, options.keys)
        before, _ = usage(process.pid)
        result = wrk(url, options.connections, options.seconds, body, options.keys)
        after, memory = usage(process.pid)
        result |= {"peer": peer, "cpu_us_per_request": (after - before) / max(result["requests"], 1) * 1e6,
                   "rss_mib": memory, "ready_s": ready}
        return result
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def spread(values):
    return f"{statistics.median(values):,.1f} ({min(values):,.1f}–{max(values):,.1f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", default="limit,charter,kserve")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--model", choices=FEATURES, default="fraud")
    parser.add_argument("--batch", type=int, choices=(1, 32), default=1)
    parser.add_argument("--keys", action="store_true", help="send a key with each request, so that experiments have units")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    trained(options.model)
    peers = options.peers.split(",")
    results = {peer: [] for peer in peers}
    for repetition in range(options.repetitions):
        for position, peer in enumerate(peers):
            result = measure(peer, options, 18080 + 10 * position)
            results[peer].append(result)
            print(f"{repetition + 1}/{options.repetitions} {peer}: {result['rps']:,.0f} req/s", file=sys.stderr)
    print(f"\n{options.model}, {options.batch} row(s), {options.connections} connections, {options.seconds} s × {options.repetitions}; median (least–most)\n")
    print(f"| peer | req/s | ÷ {peers[0]} | server CPU µs/request | p50 ms | p99 ms | RSS MiB | ready s | errors |")
    print("|---|---|---|---|---|---|---|---|---|")
    for peer in peers:
        runs = results[peer]
        ratios = [run["rps"] / base["rps"] for run, base in zip(runs, results[peers[0]])]
        errors = sum(sum(run["errors"].values()) for run in runs)
        columns = [spread([run[key] for run in runs]) for key in ("cpu_us_per_request", "p50_ms", "p99_ms", "rss_mib")]
        ratio = f"{statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"
        ready = f"{statistics.median(run['ready_s'] for run in runs):.2f}"
        print(f"| {peer} | {statistics.median(run['rps'] for run in runs):,.0f} | {ratio} | {' | '.join(columns)} | {ready} | {errors} |")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
