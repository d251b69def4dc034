// Mermaid's own parser over every diagram below a folder. Its parser wants a document for sanitizing, which jsdom gives.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JSDOM } from 'jsdom';

const { window } = new JSDOM('<!doctype html><body></body>');
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import('mermaid');

const files = readdirSync(process.argv[2], { recursive: true }).filter((name) => name.endsWith('.mmd')).sort();
let failed = 0;
for (const name of files) {
  try {
    await mermaid.parse(readFileSync(join(process.argv[2], name), 'utf8'));
  } catch (problem) {
    failed += 1;
    console.error(`${name}: ${problem.message}`);
  }
}

// A parser that takes everything would prove nothing.
for (const wrong of ['flowchart LR\n    n1["a\n', 'quadrantChart\n    "r": [0.1]\n', 'gantt\n    section x\n    a b c', 'C4Context\n    Person(a, "b"\n']) {
  const taken = await mermaid.parse(wrong).then(() => true, () => false);
  if (taken) {
    failed += 1;
    console.error(`the parser takes what is wrong: ${JSON.stringify(wrong)}`);
  }
}
console.log(`mermaid: ${files.length} diagrams, ${failed} problems`);
process.exit(failed === 0 && files.length > 0 ? 0 : 1);
