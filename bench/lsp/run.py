#!/usr/bin/env python3
"""`charter lsp` on the shop: how long after a keystroke the findings are there, and what the keystrokes read from disk.

    cargo xtask bench lsp [--keystrokes 200] [--charter FOLDER]

One letter is typed at the end of the title, and the next one when the findings about it have come. The baseline is the time for which the server waits for
further letters before it looks (25 ms). Prints the median with its spread, and how often models, rows and files were read meanwhile: never, or it is a bug.
"""
import argparse, json, os, pathlib, shutil, statistics, subprocess, tempfile, time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent.parent
CHARTER = os.environ.get("CHARTER", str(REPOSITORY / "target/release/charter"))


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keystrokes", type=int, default=200)
    parser.add_argument("--charter", type=pathlib.Path, default=REPOSITORY / "examples/shop")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "charter")
        shutil.copytree(options.charter, copy, ignore=shutil.ignore_patterns("train", "*.parquet"))
        editor = Editor(folder)
        path = copy / "charter.yaml"
        uri, text = path.as_uri(), path.read_text()
        line, title = next((at, line) for at, line in enumerate(text.split("\n")) if line.startswith("title:"))
        editor.tell("textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
        editor.findings(uri)
        before, times = editor.ask("charter/statistics", {}), []
        for typed in range(options.keystrokes):
            place = {"line": line, "character": len(title) + typed}
            change = {"range": {"start": place, "end": place}, "text": "x"}
            start = time.perf_counter()
            editor.tell("textDocument/didChange", {"textDocument": {"uri": uri, "version": typed + 2}, "contentChanges": [change]})
            editor.findings(uri)
            times.append((time.perf_counter() - start) * 1e3)
        after = editor.ask("charter/statistics", {})
        editor.process.kill()
    times.sort()
    print(f"{options.keystrokes} keystrokes: findings after {statistics.median(times):.1f} ms (least {times[0]:.1f}, p95 {times[int(len(times) * .95) - 1]:.1f}, "
          f"most {times[-1]:.1f}), of which 25 ms are the wait for further letters")
    print("read meanwhile: " + ", ".join(f"{what} {after[what] - before[what]}" for what in ("files", "models", "samples", "evidence")))


if __name__ == "__main__":
    main()
