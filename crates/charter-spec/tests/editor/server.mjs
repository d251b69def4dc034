// The YAML language server as an editor sees it: over standard input and output. What is checked with it stands in `check.mjs`.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";

const ANSWER_MS_MAX = 20_000;

export class Editor {
  #server;
  #buffer = Buffer.alloc(0);
  #waiting = new Map();
  #diagnostics = new Map();
  #serial = 0;
  #settings;

  /** Starts the server with a schema for every `charter.yaml`. */
  static async start(schema) {
    const editor = new Editor();
    editor.#settings = {
      yaml: {
        schemas: { [schema]: ["**/charter.yaml"] },
        validate: true,
        completion: true,
        hover: true,
        yamlVersion: "1.2",
        schemaStore: { enable: false },
      },
    };
    const server = createRequire(import.meta.url).resolve("yaml-language-server/bin/yaml-language-server");
    editor.#server = spawn(process.execPath, [server, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
    editor.#server.stdout.on("data", (bytes) => editor.#take(bytes));
    await editor.#ask("initialize", {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: null,
      capabilities: {
        workspace: { configuration: true, didChangeConfiguration: {} },
        textDocument: {
          completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown"] } },
          hover: { contentFormat: ["markdown"] },
        },
      },
    });
    editor.#tell("initialized", {});
    editor.#tell("workspace/didChangeConfiguration", { settings: editor.#settings });
    return editor;
  }

  /** What the server says is wrong with a text. Each problem has a `message` and a `range`. */
  async problems(text) {
    const uri = this.#open(text);
    const seen = await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("the server does not check the text")), ANSWER_MS_MAX);
      this.#diagnostics.set(uri, (found) => {
        clearTimeout(late);
        resolve(found);
      });
    });
    this.#close(uri);
    return seen;
  }

  /** What the server offers where `|` stands in a text. */
  async offers(marked) {
    const { uri, position } = this.#openMarked(marked);
    const answer = await this.#ask("textDocument/completion", { textDocument: { uri }, position });
    this.#close(uri);
    return answer.items ?? answer ?? [];
  }

  /** What the server says about what stands under `|` in a text. */
  async hover(marked) {
    const { uri, position } = this.#openMarked(marked);
    const answer = await this.#ask("textDocument/hover", { textDocument: { uri }, position });
    this.#close(uri);
    return answer?.contents?.value ?? "";
  }

  async stop() {
    await this.#ask("shutdown", null);
    this.#tell("exit", null);
  }

  #openMarked(marked) {
    const at = marked.lastIndexOf("|");
    const before = marked.slice(0, at).split("\n");
    const uri = this.#open(marked.slice(0, at) + marked.slice(at + 1));
    return { uri, position: { line: before.length - 1, character: before.at(-1).length } };
  }

  #open(text) {
    this.#serial += 1;
    const uri = `file:///charters/${this.#serial}/charter.yaml`;
    this.#tell("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
    return uri;
  }

  #close(uri) {
    this.#diagnostics.delete(uri);
    this.#tell("textDocument/didClose", { textDocument: { uri } });
  }

  #ask(method, params) {
    this.#serial += 1;
    const id = this.#serial;
    this.#send({ id, method, params });
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer to ${method}`)), ANSWER_MS_MAX);
      this.#waiting.set(id, (message) => {
        clearTimeout(late);
        message.error ? reject(new Error(`${method}: ${message.error.message}`)) : resolve(message.result);
      });
    });
  }

  #tell(method, params) {
    this.#send({ method, params });
  }

  #send(message) {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    this.#server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #take(bytes) {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#buffer.subarray(0, end).toString())[1]);
      if (this.#buffer.length < end + 4 + length) return;
      const message = JSON.parse(this.#buffer.subarray(end + 4, end + 4 + length).toString());
      this.#buffer = this.#buffer.subarray(end + 4 + length);
      this.#handle(message);
    }
  }

  #handle(message) {
    if (message.method === "textDocument/publishDiagnostics") {
      this.#diagnostics.get(message.params.uri)?.(message.params.diagnostics);
    } else if (message.method === "workspace/configuration") {
      const result = message.params.items.map((item) => this.#settings[item.section] ?? null);
      this.#send({ id: message.id, result });
    } else if (message.method && message.id !== undefined) {
      this.#send({ id: message.id, result: null });
    } else if (this.#waiting.has(message.id)) {
      this.#waiting.get(message.id)(message);
      this.#waiting.delete(message.id);
    }
  }
}
