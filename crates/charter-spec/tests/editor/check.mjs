// Holds the schema of the language against a real language server: it accepts our charters, completes, explains and refuses.
// The cases stand in `cases.mjs`, how to talk to the server in `server.mjs`.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import { EXAMPLES, HOVERS, OFFERS, REFUSALS } from "./cases.mjs";
import { Editor } from "./server.mjs";

const HEAD = "charter: 1\nsystem: shop\n";
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const tests = fileURLToPath(new URL("../", import.meta.url));
const binary = process.argv[2] ?? join(root, "target/debug/charter");

const failures = [];
let checked = 0;

function hold(condition, what) {
  checked += 1;
  if (!condition) failures.push(what);
}

function words(item) {
  return item.documentation?.value ?? item.documentation ?? "";
}

/** Texts between lines `# case: NAME`, as the tests of the reader take them. */
function cases(file) {
  const parts = readFileSync(join(tests, "schema", file), "utf8").split(/^# case: /m).slice(1);
  return parts.map((part) => [part.slice(0, part.indexOf("\n")), HEAD + part.slice(part.indexOf("\n") + 1)]);
}

/** The text that a problem marks. */
function marked(text, { start, end }) {
  const line = text.split("\n")[start.line];
  return line.slice(start.character, end.line === start.line ? end.character : undefined);
}

async function checkAccepted(editor) {
  const whole = ["examples/shop/charter.yaml", "examples/reference/charter.yaml"].map((path) => join(root, path));
  const own = ["charters/full.yaml", "charters/reference.yaml"].map((path) => join(tests, path));
  const texts = [...whole, ...own].map((path) => [path.slice(root.length), readFileSync(path, "utf8")]);
  for (const [name, text] of [...texts, ...cases("accepted.yaml")]) {
    const problems = await editor.problems(text);
    const seen = problems.map((problem) => `${problem.range.start.line + 1}: ${problem.message}`).join("; ");
    hold(problems.length === 0, `refuses ${name}: ${seen}`);
  }
}

async function checkRefused(editor) {
  for (const [name, text] of cases("refused.yaml")) {
    hold((await editor.problems(text)).length > 0, `accepts ${name}`);
  }
  for (const [missing, text] of [["charter", "system: shop\n"], ["system", "charter: 1\n"], ["1", "charter: 2\nsystem: shop\n"]]) {
    const messages = (await editor.problems(text)).map((problem) => problem.message).join("; ");
    hold(messages.includes(missing), `does not ask for \`${missing}\`: ${messages}`);
  }
  for (const [name, [body, place, message]] of Object.entries(REFUSALS)) {
    const text = HEAD + body;
    const problems = await editor.problems(text);
    const seen = problems.map((problem) => `\`${marked(text, problem.range)}\` ${problem.message}`).join("; ");
    const right = problems.some((problem) => marked(text, problem.range) === place && problem.message.includes(message));
    hold(right, `says of ${name}: ${seen || "nothing"}`);
    hold(!seen.includes("does not match the pattern"), `shows a pattern for ${name}: ${seen}`);
  }
}

async function checkOffered(editor) {
  for (const [name, [text, labels]] of Object.entries(OFFERS)) {
    const items = await editor.offers(HEAD + text);
    for (const label of labels) {
      const item = items.find((item) => item.label === label);
      hold(item, `does not offer \`${label}\` among the ${name}`);
      hold(!item || words(item).trim() !== "", `offers \`${label}\` among the ${name} without a word about it`);
    }
  }
  for (const [name, [text, labels]] of Object.entries(EXAMPLES)) {
    const head = text.startsWith("charter") ? "" : HEAD;
    const offered = (await editor.offers(head + text)).map((item) => item.label);
    for (const label of labels) hold(offered.includes(label), `does not offer \`${label}\` for ${name}: ${offered.join(", ")}`);
  }
}

async function checkExplained(editor) {
  for (const [name, [text, message]] of Object.entries(HOVERS)) {
    const seen = await editor.hover(HEAD + text);
    hold(seen.includes(message), `says of ${name}: ${seen || "nothing"}`);
  }
}

const folder = mkdtempSync(join(tmpdir(), "charter-editor-"));
try {
  const schema = join(folder, "charter.schema.json");
  writeFileSync(schema, execFileSync(binary, ["schema"], { maxBuffer: 64 * 1024 * 1024 }));
  const editor = await Editor.start(pathToFileURL(schema).href);
  for (const check of [checkAccepted, checkRefused, checkOffered, checkExplained]) await check(editor);
  await editor.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const failure of failures) console.error(`the editor ${failure}`);
console.log(`${checked - failures.length} of ${checked} hold`);
process.exit(failures.length === 0 ? 0 : 1);
