#!/usr/bin/env python3
"""How soon the shop answers after its start, and how much memory it holds before and after a load.

    cargo xtask bench ready [--repetitions 7] [--seconds 5]

Ready is the first right answer on the data plane, counted from the start of the process. Memory is resident memory of the server after `charter verify`'s
own load of the peak scenario (10,000 requests a second over the five routes).
"""
import argparse, os, pathlib, re, statistics, subprocess, tempfile, time, urllib.error, urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
CHARTER = os.environ.get("CHARTER", str(REPOSITORY / "target/release/charter"))
SHOP = REPOSITORY / "examples/shop"
PORT = 18470


def resident_mib(pid):
    return int(re.search(r"^VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read(), re.M).group(1)) / 1024


def ready(address):
    try:
        with urllib.request.urlopen(f"{address}/v2/health/ready", timeout=1) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def start():
    line = [CHARTER, "serve", str(SHOP), "--listen", f"127.0.0.1:{PORT}", "--admin", f"127.0.0.1:{PORT + 1}", "--no-watch"]
    began = time.perf_counter()
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    while not ready(f"http://127.0.0.1:{PORT}"):
        if process.poll() is not None or time.perf_counter() - began > 30:
            raise SystemExit("the server does not get ready")
        time.sleep(0.002)
    return process, time.perf_counter() - began


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    times, idle, loaded = [], [], []
    for repetition in range(options.repetitions):
        process, seconds = start()
        try:
            times.append(seconds * 1e3)
            idle.append(resident_mib(process.pid))
            if repetition == options.repetitions - 1:
                line = [CHARTER, "verify", str(SHOP), "--target", f"http://127.0.0.1:{PORT}", "--only", "peak-latency", "--duration", str(options.seconds)]
                with open(os.devnull, "w") as nowhere:
                    subprocess.run([*line, "--evidence", str(pathlib.Path(tempfile.gettempdir(), "charter-bench-evidence"))], stdout=nowhere, stderr=nowhere, check=False)
                loaded.append(resident_mib(process.pid))
        finally:
            process.terminate()
            process.wait(20)
    print(f"ready after {statistics.median(times):.0f} ms (least {min(times):.0f}, most {max(times):.0f}, {len(times)} starts)")
    print(f"resident: {statistics.median(idle):.1f} MiB after the start, {max(loaded):.1f} MiB after {options.seconds} s at the peak")


if __name__ == "__main__":
    main()
