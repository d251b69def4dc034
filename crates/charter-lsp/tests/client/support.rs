//! A client that a test drives, and a host that keeps its files in memory.

use charter_lint::{Lint, Report};
use charter_lsp::wire::{self, Incoming};
use charter_lsp::{Checked, Farewell, Home, Host, serve};
use charter_plan::resolved::resolve;
use charter_spec::quantity::Date;
use charter_spec::{FileSet, Reading};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufReader, PipeWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A test that waits longer for an answer has found a hang.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const FOLDER: &str = "/work space/shop";

/// Files by their path in the folder.
pub(crate) type Files = BTreeMap<String, String>;

struct InMemory {
    files: Arc<Mutex<Files>>,
    checks: AtomicU64,
}

impl Host for InMemory {
    fn home(&self, file: &Path, _: &str) -> Option<Home> {
        file.starts_with(FOLDER).then(|| Home { folder: PathBuf::from(FOLDER), document: "charter.yaml".to_owned() })
    }

    fn charter_in(&self, folder: &Path) -> Option<Home> {
        let inner = folder.strip_prefix(FOLDER).ok()?;
        let path = inner.join("charter.yaml").to_string_lossy().into_owned();
        let is_there = self.files.lock().expect("files").contains_key(&path);
        is_there.then(|| Home { folder: folder.to_path_buf(), document: "charter.yaml".to_owned() })
    }

    fn check(&mut self, home: &Home, open: &BTreeMap<String, Arc<[u8]>>) -> Result<Checked, String> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        let mut set = FileSet::new();
        // Paths are those in the charter's own folder.
        let inner = home.folder.strip_prefix(FOLDER).expect("a folder here").to_path_buf();
        let all = self.files.lock().expect("files");
        let within = all.iter().filter_map(|(path, text)| Some((Path::new(path).strip_prefix(&inner).ok()?.to_str()?.to_owned(), text)));
        let disk: BTreeMap<String, &String> = within.collect();
        if !disk.contains_key(&home.document) && !open.contains_key(&home.document) {
            return Err(format!("there is no `{}`", home.document));
        }
        // The document comes first, as it does on disk.
        let names = std::iter::once(&home.document).chain(disk.keys()).chain(open.keys());
        for path in names {
            let bytes = open.get(path).cloned().or_else(|| disk.get(path).map(|text| Arc::from(text.as_bytes())));
            if let Some(bytes) = bytes {
                set.insert(path.as_str(), bytes);
            }
        }
        let Reading { spec, diagnostics, unreadable, references, mentions } = charter_spec::read(&set, &home.document);
        let resolved = spec.map(|spec| resolve(spec, &set));
        let today = Date::parse("2026-11-23").expect("a date");
        let lint = resolved.as_ref().map(|resolved| Lint { resolved, evidence: &[], plan: None, today });
        let report = Report::new(diagnostics, &unreadable, lint.as_ref());
        Ok(Checked { files: set, resolved, plan: None, report, mentions, references })
    }

    fn page(&mut self, code: &str) -> Option<String> {
        Some(format!("file:///rules/{code}.md"))
    }

    fn statistics(&self) -> Value {
        json!({ "checks": self.checks.load(Ordering::Relaxed) })
    }
}

/// An editor with a server of its own.
pub(crate) struct Client {
    input: Option<PipeWriter>,
    answers: Receiver<Value>,
    server: Option<JoinHandle<Farewell>>,
    pub(crate) files: Arc<Mutex<Files>>,
    next_id: u64,
    /// What came besides answers, in order.
    pub(crate) told: Vec<Value>,
}

impl Client {
    /// A server that has not been greeted.
    pub(crate) fn connect(files: &[(&str, &str)]) -> Self {
        let files: Files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let files = Arc::new(Mutex::new(files));
        let (server_input, input) = std::io::pipe().expect("a pipe");
        let (output, server_output) = std::io::pipe().expect("a pipe");
        let mut host = InMemory { files: Arc::clone(&files), checks: AtomicU64::new(0) };
        let server = std::thread::spawn(move || serve(BufReader::new(server_input), server_output, &mut host).expect("the output holds"));
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Self { input: Some(input), answers, server: Some(server), files, next_id: 0, told: Vec::new() }
    }

    pub(crate) fn start(files: &[(&str, &str)]) -> Self {
        Self::start_with(files, &json!({}))
    }

    pub(crate) fn start_with(files: &[(&str, &str)], capabilities: &Value) -> Self {
        let mut client = Self::connect(files);
        client.ask("initialize", json!({ "capabilities": capabilities })).expect("initialized");
        client.tell("initialized", json!({}));
        client
    }

    /// A server with one document open.
    pub(crate) fn with(text: &str) -> Self {
        let mut client = Self::start(&[("charter.yaml", text)]);
        client.open("charter.yaml", text);
        client
    }

    pub(crate) fn send(&mut self, message: &Value) {
        let mut input = self.input.as_ref().expect("open");
        wire::write(&mut input, message).expect("sent");
    }

    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        self.input.as_ref().expect("open").write_all(bytes).expect("sent");
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Asks and waits for the answer; what comes meanwhile is kept.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, (i64, String)> {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id && message["method"].is_null() {
                return match message["error"].as_object() {
                    Some(error) => Err((error["code"].as_i64().expect("a code"), error["message"].as_str().expect("a message").to_owned())),
                    None => Ok(message["result"].clone()),
                };
            }
            self.told.push(message);
        }
    }

    pub(crate) fn receive(&mut self) -> Value {
        self.answers.recv_timeout(PATIENCE).expect("an answer in time")
    }

    pub(crate) fn open(&mut self, path: &str, text: &str) {
        self.tell(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri(path), "languageId": "yaml", "version": 1, "text": text } }),
        );
    }

    /// Replaces the whole document.
    pub(crate) fn write(&mut self, path: &str, version: i64, text: &str) {
        let params = json!({ "textDocument": { "uri": uri(path), "version": version }, "contentChanges": [{ "text": text }] });
        self.tell("textDocument/didChange", params);
    }

    /// What is next said of a document.
    pub(crate) fn diagnostics(&mut self, path: &str) -> Vec<Value> {
        loop {
            let at = self
                .told
                .iter()
                .position(|message| message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri(path));
            if let Some(at) = at {
                return self.told.remove(at)["params"]["diagnostics"].as_array().expect("a list").clone();
            }
            let message = self.receive();
            self.told.push(message);
        }
    }

    /// Asks about the place of the `|` in a marked text, which must stand once in what is open.
    pub(crate) fn at(&mut self, method: &str, path: &str, text: &str, marked: &str, more: Value) -> Result<Value, (i64, String)> {
        let mut params = json!({ "textDocument": { "uri": uri(path) }, "position": place(text, marked) });
        params.as_object_mut().expect("params").extend(more.as_object().cloned().unwrap_or_default());
        self.ask(method, params)
    }

    /// Says goodbye and waits for the server's end; whether it was in order.
    pub(crate) fn leave(mut self) -> bool {
        self.ask("shutdown", Value::Null).expect("shut down");
        self.tell("exit", Value::Null);
        self.ended()
    }

    /// Whether it ended in order.
    pub(crate) fn ended(self) -> bool {
        self.farewell() == Farewell::Polite
    }

    pub(crate) fn farewell(mut self) -> Farewell {
        self.server.take().expect("running").join().expect("no panic")
    }

    pub(crate) fn hang_up(&mut self) {
        self.input = None;
    }
}

fn read(output: &mut BufReader<std::io::PipeReader>) -> Option<Value> {
    // The same frames the other way round; parts are put together again.
    match wire::read(output).ok()?? {
        Incoming::Request { id, method, params } => Some(json!({ "id": id, "method": method, "params": params })),
        Incoming::Notification { method, params } => Some(json!({ "method": method, "params": params })),
        Incoming::Response { id, result, error } => Some(json!({ "id": id, "result": result, "error": error })),
        Incoming::Malformed { refusal, .. } => panic!("the server wrote {refusal:?}"),
        Incoming::Unreadable { why } => panic!("the server wrote what is no frame: {why}"),
    }
}

pub(crate) fn uri(path: &str) -> String {
    charter_lsp::uri_of(&Path::new(FOLDER).join(path))
}

/// The place of the `|` in UTF-16.
pub(crate) fn place(text: &str, marked: &str) -> Value {
    let at = marked.find('|').expect("a mark");
    let plain = marked.replacen('|', "", 1);
    let start = text.find(&plain).unwrap_or_else(|| panic!("`{plain}` is not in the text"));
    assert_eq!(text.rfind(&plain), Some(start), "`{plain}` stands there twice");
    let before = &text[..start + at];
    let line = before.matches('\n').count();
    let column: usize = before.rsplit('\n').next().unwrap_or("").chars().map(char::len_utf16).sum();
    json!({ "line": line, "character": column })
}

/// The text under a range in UTF-16.
pub(crate) fn under(text: &str, range: &Value) -> String {
    let offset = |place: &Value| {
        let line = usize::try_from(place["line"].as_u64().unwrap()).unwrap();
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut left = place["character"].as_u64().unwrap();
        let mut at = start;
        for character in text[start..].chars() {
            if left == 0 {
                break;
            }
            left -= character.len_utf16() as u64;
            at += character.len_utf8();
        }
        at
    };
    text[offset(&range["start"])..offset(&range["end"])].to_owned()
}

/// A charter that reads, with a head.
pub(crate) fn charter(body: &str) -> String {
    format!("charter: 1\nsystem: shop\ntitle: Ä shop 😀\nowner: architect\ncurrency: USD\n{body}")
}
