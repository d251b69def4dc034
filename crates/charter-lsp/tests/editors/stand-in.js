// As much of the API of Visual Studio Code as its client library asks for: classes that keep what they are given, events that are told, providers that
// are kept so that a script can ask them.
const Module = require('module');
const fs = require('fs');
const path = require('path');
const url = require('url');

const disposable = () => ({ dispose() {} });

class Uri {
  constructor(text) {
    this.text = text;
    this.scheme = text.split(':')[0];
    this.fsPath = this.scheme === 'file' ? url.fileURLToPath(text) : text;
    Object.assign(this, { path: this.fsPath, authority: '', query: '', fragment: '' });
  }
  static parse(text) { return new Uri(text); }
  static file(name) { return new Uri(url.pathToFileURL(name).href); }
  with() { return this; }
  toString() { return this.text; }
}

class Position {
  constructor(line, character) { Object.assign(this, { line, character }); }
  isEqual(other) { return this.line === other.line && this.character === other.character; }
  isBefore(other) { return this.line < other.line || (this.line === other.line && this.character < other.character); }
}

class Range {
  constructor(a, b, c, d) {
    const numbers = typeof a === 'number';
    Object.assign(this, { start: numbers ? new Position(a, b) : a, end: numbers ? new Position(c, d) : b });
  }
  get isEmpty() { return this.start.isEqual(this.end); }
}

class EventEmitter {
  constructor() {
    this.listeners = [];
    this.event = (listener, self) => {
      this.listeners.push(self ? listener.bind(self) : listener);
      return disposable();
    };
  }
  fire(event) { return Promise.all(this.listeners.map((listener) => listener(event))); }
  dispose() {}
}

class WorkspaceEdit {
  constructor() { this.list = []; }
  set(uri, edits) { edits.forEach((edit) => this.list.push([uri, edit])); }
  replace(uri, range, newText) { this.list.push([uri, { range, newText }]); }
  get size() { return this.list.length; }
}

class Disposable {
  constructor(end) { this.end = end; }
  dispose() { this.end?.(); }
  static from() { return disposable(); }
}

class CancellationTokenSource {
  constructor() { this.token = { isCancellationRequested: false, onCancellationRequested: disposable }; }
  cancel() {}
  dispose() {}
}

/** What a class keeps its arguments as. */
const KEPT = {
  Diagnostic: ['range', 'message', 'severity'], Location: ['uri', 'range'], Hover: ['contents', 'range'], CompletionItem: ['label', 'kind'],
  CompletionList: ['items', 'isIncomplete'], TextEdit: ['range', 'newText'], CodeAction: ['title', 'kind'], SymbolInformation: ['name', 'kind'],
  DocumentSymbol: ['name', 'detail', 'kind', 'range', 'selectionRange'], FoldingRange: ['start', 'end', 'kind'], DocumentLink: ['range', 'target'],
};

const plain = (name) => ({
  [name]: class {
    constructor(...given) {
      (KEPT[name] ?? []).forEach((key, index) => { this[key] = given[index]; });
      if (name === 'DocumentSymbol') this.children = [];
      if (name === 'MarkdownString') this.value = given[0] ?? '';
    }
    appendMarkdown(text) { this.value += text; return this; }
    static append(value) { return { value }; }
  },
})[name];

const code_action_kind = () => {
  class CodeActionKind {
    constructor(value) { this.value = value; }
    append(part) { return new CodeActionKind(this.value ? `${this.value}.${part}` : part); }
    contains() { return true; }
    intersects() { return true; }
  }
  const names = ['Empty', 'QuickFix', 'Refactor', 'RefactorExtract', 'RefactorInline', 'RefactorMove', 'RefactorRewrite', 'Source', 'SourceFixAll', 'SourceOrganizeImports', 'Notebook'];
  names.forEach((name) => { CodeActionKind[name] = new CodeActionKind(''); });
  return CodeActionKind;
};

/** Puts the stand-in where the library looks for `vscode`, with one folder and one open document. */
function stand(folder, name) {
  const file = path.join(folder, name);
  const uri = Uri.file(file);
  const document = {
    uri, fileName: file, languageId: 'yaml', version: 1, isClosed: false, isDirty: false, text: fs.readFileSync(file, 'utf8'),
    getText() { return this.text; },
  };
  const events = {};
  const providers = {};
  const diagnostics = new Map();
  const event = (key) => (events[key] ??= new EventEmitter()).event;
  const otherwise = (known, make) => new Proxy(known, { get: (target, key) => (key in target ? target[key] : make(String(key))) });
  const is_event = (key) => /^on(Did|Will)/.test(key);

  const collection = {
    set: (of, list) => diagnostics.set(of.toString(), list), delete: (of) => diagnostics.delete(of.toString()), get: (of) => diagnostics.get(of.toString()),
    has: (of) => diagnostics.has(of.toString()), forEach() {}, clear() {}, dispose() {},
  };
  const is_provider = (given) => given && typeof given === 'object' && Object.keys(given).some((key) => /^(provide|prepare)/.test(key));
  const languages = otherwise({ match: () => 10, createDiagnosticCollection: () => collection }, (key) => (...given) => {
    if (key.startsWith('register')) (providers[key] ??= []).push(given.find(is_provider));
    return disposable();
  });
  const workspace_folder = { uri: Uri.file(folder), name: path.basename(folder), index: 0 };
  const watcher = () => ({ onDidChange: event('changed'), onDidCreate: event('created'), onDidDelete: event('deleted'), dispose() {} });
  const workspace = otherwise({
    textDocuments: [document], notebookDocuments: [], workspaceFolders: [workspace_folder], getWorkspaceFolder: () => workspace_folder,
    getConfiguration: () => ({ get: (_, fallback) => fallback }), createFileSystemWatcher: watcher, registerTextDocumentContentProvider: disposable, applyEdit: async () => true,
  }, (key) => (is_event(key) ? event(key) : undefined));
  const log = ['append', 'appendLine', 'show', 'dispose', 'clear', 'trace', 'info', 'warn', 'error', 'debug'];
  const channel = () => ({ onDidChangeLogLevel: event('log'), ...Object.fromEntries(log.map((key) => [key, () => {}])) });
  const tabGroups = { all: [], onDidChangeTabs: event('tabs'), onDidChangeTabGroups: event('groups') };
  const window = otherwise({ visibleTextEditors: [{ document }], activeTextEditor: { document }, tabGroups, createOutputChannel: channel }, (key) =>
    (is_event(key) ? event(key) : async (...said) => console.log(`      ${key}: ${said[0]}`)));

  const words = new Proxy({}, { get: (_, key) => (typeof key === 'string' ? key : undefined) });
  const known = {
    Uri, Position, Range, EventEmitter, WorkspaceEdit, Disposable, CancellationTokenSource, CancellationError: class extends Error {}, languages, workspace, window,
    version: '1.95.0', env: { appName: 'Visual Studio Code', appHost: 'desktop', language: 'en' },
    commands: { registerCommand: disposable, executeCommand() {} }, CodeActionKind: code_action_kind(),
    CompletionItemKind: { Text: 0, Method: 1, Function: 2 }, SymbolKind: { Module: 1 }, DiagnosticSeverity: { Error: 0, Warning: 1, Information: 2, Hint: 3 },
  };
  const classes = {};
  const is_enum = /(Kind|Tag|Severity|Reason|Level|Change|Behavior|Scope|Status|Support|Identity)$/;
  const vscode = otherwise(known, (key) => {
    if (is_enum.test(key)) return words;
    return /^[A-Z]/.test(key) ? (classes[key] ??= plain(key)) : undefined;
  });
  const load = Module._load;
  Module._load = (wanted, ...rest) => (wanted === 'vscode' ? vscode : load(wanted, ...rest));
  return { document, providers, diagnostics, events, token: new CancellationTokenSource().token };
}

module.exports = { stand, Position, Range };
