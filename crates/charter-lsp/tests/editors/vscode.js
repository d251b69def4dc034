// Drives the client library of Visual Studio Code on a copy of the shop: a line a step, and status 1 when one of them fails.
//     NODE_PATH=FOLDER/node_modules node vscode.js SHOP
// The library needs the editor's API around it; `stand-in.js` has as much of that as the library asks for. Visual Studio Code itself is not run.
const path = require('path');
const { stand, Position, Range } = require('./stand-in.js');

const editor = stand(path.resolve(process.argv[2]), 'charter.yaml');
const { document, providers, diagnostics, events, token } = editor;
const { LanguageClient } = require('vscode-languageclient/node');

let failed = false;
const step = (name, ok, shown = '') => {
  console.log(`${ok ? 'ok   ' : 'FAIL '} ${name}  ${String(shown).replace(/\n/g, ' / ').slice(0, 140)}`);
  failed ||= !ok;
};

/** The place of a text in the document, some characters on. */
const at = (text, onwards = 0) => {
  const found = document.text.indexOf(text);
  if (found < 0) throw new Error(`no ${text}`);
  const before = document.text.slice(0, found + onwards);
  return new Position(before.split('\n').length - 1, before.length - before.lastIndexOf('\n') - 1);
};

/** Types: replaces some characters at a text, and tells the library. */
const type = async (text, replaced, by) => {
  const offset = document.text.indexOf(text);
  const range = new Range(at(text), at(text, replaced));
  document.text = document.text.slice(0, offset) + by + document.text.slice(offset + replaced);
  document.version += 1;
  const change = { range, rangeOffset: offset, rangeLength: replaced, text: by };
  await events.onDidChangeTextDocument.fire({ document, contentChanges: [change], reason: undefined });
};

const until = async (test) => {
  for (let left = 400; left > 0; left -= 1) {
    if (test()) return true;
    await new Promise((done) => setTimeout(done, 25));
  }
  return false;
};
const found = () => diagnostics.get(document.uri.toString()) ?? [];
const code = (diagnostic) => diagnostic.code?.value ?? diagnostic.code;
const ask = (kind, method, ...more) => {
  const provider = providers[kind]?.[0];
  if (!provider) throw new Error(`the library has registered no ${kind}`);
  return provider[method](...more);
};

async function drive() {
  // As docs/reference/editors.md has it.
  const server = { command: 'charter', args: ['lsp'] };
  const client = new LanguageClient('charter', 'Charter', server, { documentSelector: [{ language: 'yaml' }, { language: 'markdown' }] });
  await client.start();
  step('starts', true, client.initializeResult.capabilities.positionEncoding);
  step('findings of the shop', await until(() => diagnostics.has(document.uri.toString())), found().length);
  await type('peak: 10_000', 1, '');
  step('findings of an unsaved buffer', await until(() => found().some((one) => code(one) === 'Y009')), found().map((one) => one.message.split('\n')[0]));
  const wrong = new Range(at('eak: 10_000'), at('eak: 10_000', 3));
  const fixes = await ask('registerCodeActionsProvider', 'provideCodeActions', document, wrong, { diagnostics: [], triggerKind: 1 }, token);
  step('quick fix', fixes.length > 0, fixes.map((fix) => fix.title));
  await type('eak: 10_000', 0, 'p');
  step('mended', await until(() => !found().some((one) => code(one) === 'Y009')));
  const hover = await ask('registerHoverProvider', 'provideHover', document, at('artifact: recommendation', 12), token);
  step('hover', JSON.stringify(hover).includes('models.recommendation'));
  const target = await ask('registerDefinitionProvider', 'provideDefinition', document, at('model: fraud@v2', 8), token);
  step('definition', document.text.split('\n')[target[0].range.start.line] === '  fraud:', target[0].range.start.line + 1);
  const place = at('model: recommendation@v2', 23);
  const offers = await ask('registerCompletionItemProvider', 'provideCompletionItems', document, place, token, { triggerKind: 0 });
  const labels = (offers.items ?? offers).map((item) => item.label.label ?? item.label);
  step('completion', labels.includes('recommendation@v1'), labels);
  const edit = await ask('registerRenameProvider', 'provideRenameEdits', document, at('  peak-latency:', 4), 'quick-enough', token);
  step('rename', edit.list.length > 15, edit.list.length);
  const outline = await ask('registerDocumentSymbolProvider', 'provideDocumentSymbols', document, token);
  step('outline', outline.length > 15, outline.length);
  const everywhere = await ask('registerWorkspaceSymbolProvider', 'provideWorkspaceSymbols', 'peaklat', token);
  step('symbols of the folder', everywhere[0].name === 'peak-latency', everywhere.length);
  const context = { includeDeclaration: true };
  const named = await ask('registerReferenceProvider', 'provideReferences', document, at('  peak-latency:', 4), context, token);
  step('references', named.length > 5, named.length);
  const foldings = await ask('registerFoldingRangeProvider', 'provideFoldingRanges', document, {}, token);
  step('folding', foldings.length > 20, foldings.length);
  const links = await ask('registerDocumentLinkProvider', 'provideDocumentLinks', document, token);
  step('links to files', links.length > 10, links.length);
  await client.stop();
  step('stops in order', true);
}

drive().then(() => process.exit(failed ? 1 : 0), (problem) => {
  console.error(problem);
  process.exit(1);
});
