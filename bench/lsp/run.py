#!/usr/bin/env python3
"""`charter lsp` on the shop: how long after a keystroke the findings are there, and what the keystrokes read from disk.

    cargo xtask bench lsp [--runs 7] [--keystrokes 40] [--charter FOLDER]

Each run starts a server of its own. One letter is typed at the end of the title, and the next one when the findings about it have come. The baselines, in the
same run: the time for which the server waits for further letters before it looks (25 ms), and `charter check` of the same folder, which is what the
findings cost without a server that remembers. Prints the median of the runs' medians with its spread, the slowest keystroke of all, and how often models,
rows and files were read meanwhile: never, or it is a bug.
"""
import argparse, json, os, pathlib, shutil, statistics, subprocess, sys, tempfile, time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from measure import CHARTER, REPOSITORY, ratio, run, spread

# How long the server waits for further letters, in milliseconds.
QUIET = 25


class Editor:
    def __init__(self, cache):
        self.process = subprocess.Popen([CHARTER, "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=dict(os.environ, XDG_CACHE_HOME=cache))
        self.asked = 0
        self.ask("initialize", {"capabilities": {}})
        self.tell("initialized", {})

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def tell(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        self.asked += 1
        self.send({"id": self.asked, "method": method, "params": params})
        return self.until(lambda message: message.get("id") == self.asked)["result"]

    def until(self, wanted):
        while True:
            length = 0
            while line := self.process.stdout.readline().strip():
                name, value = line.split(b":", 1)
                length = int(value) if name.lower() == b"content-length" else length
            message = json.loads(self.process.stdout.read(length))
            if wanted(message):
                return message

    def findings(self, uri):
        self.until(lambda message: message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri)


def typed(copy, keystrokes):
    """Milliseconds after each keystroke, and what was read meanwhile."""
    with tempfile.TemporaryDirectory() as cache:
        editor = Editor(cache)
        path = copy / "charter.yaml"
        uri, text = path.as_uri(), path.read_text()
        line, title = next((at, line) for at, line in enumerate(text.split("\n")) if line.startswith("title:"))
        editor.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
        editor.findings(uri)
        before, times = editor.ask("charter/statistics", {}), []
        for typed in range(keystrokes):
            place = {"line": line, "character": len(title) + typed}
            change = {"range": {"start": place, "end": place}, "text": "x"}
            start = time.perf_counter()
            editor.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": typed + 2}, "contentChanges": [change]})
            editor.findings(uri)
            times.append((time.perf_counter() - start) * 1e3)
        after = editor.ask("charter/statistics", {})
        editor.ask("shutdown", None)
        editor.tell("exit", None)
        editor.process.wait()
    return times, {what: after[what] - before[what] for what in ("files", "models", "samples", "evidence")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--keystrokes", type=int, default=40)
    parser.add_argument("--charter", type=pathlib.Path, default=REPOSITORY / "examples/shop")
    options = parser.parse_args()
    medians, slowest, checks, read = [], [], [], {}
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "charter")
        shutil.copytree(options.charter, copy, ignore=shutil.ignore_patterns("train", "*.parquet"))
        run("check", copy)
        for _ in range(options.runs):
            checks.append(run("check", copy)[0])
            times, reads = typed(copy, options.keystrokes)
            medians.append(statistics.median(times))
            slowest.append(max(times))
            read = {what: read.get(what, 0) + count for what, count in reads.items()}
    print(f"charter check: {spread(checks)}")
    print(f"{options.runs} runs of {options.keystrokes} keystrokes: findings after {spread(medians)}, the slowest keystroke {max(slowest):.1f} ms; "
          f"{QUIET} ms are the wait for further letters; {ratio(medians, checks)} a whole check")
    print("read meanwhile: " + ", ".join(f"{what} {count}" for what, count in read.items()))


if __name__ == "__main__":
    main()
