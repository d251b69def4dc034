//! `charter lsp` as an editor starts it: the real binary over standard input and output, on the shop.

use crate::support::{CHARTER, copy_of_shop};
use charter_lsp::wire::{self, Incoming};
use serde_json::{Value, json};
use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    next_id: u64,
    version: i64,
}

impl Editor {
    fn start(cache: &Path) -> Self {
        Self::start_in(cache, Value::Null)
    }

    fn start_in(cache: &Path, folders: Value) -> Self {
        let mut child = Command::new(CHARTER)
            .args(["lsp", "--stdio"])
            .env("XDG_CACHE_HOME", cache)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("charter lsp starts");
        let (input, output) = (child.stdin.take().expect("input"), BufReader::new(child.stdout.take().expect("output")));
        let mut editor = Self { child, input, output, next_id: 0, version: 1 };
        editor.ask("initialize", json!({ "capabilities": {}, "workspaceFolders": folders }));
        editor.tell("initialized", json!({}));
        editor
    }

    fn tell(&mut self, method: &str, params: Value) {
        wire::write(&mut self.input, &json!({ "jsonrpc": "2.0", "method": method, "params": params })).expect("sent");
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.next_id += 1;
        let id = json!(self.next_id);
        wire::write(&mut self.input, &json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).expect("sent");
        loop {
            if let Incoming::Response { id: of, result, error } = self.receive() {
                assert!(of == id && error.is_null(), "{method}: {error}");
                return result;
            }
        }
    }

    fn receive(&mut self) -> Incoming {
        wire::read(&mut self.output).expect("a frame").expect("a message")
    }

    /// What is next said of a document.
    fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        loop {
            if let Incoming::Notification { method, params } = self.receive()
                && method == "textDocument/publishDiagnostics"
                && params["uri"] == uri
            {
                return params["diagnostics"].as_array().expect("a list").clone();
            }
        }
    }

    fn write(&mut self, uri: &str, text: &str) {
        self.version += 1;
        let document = json!({ "uri": uri, "version": self.version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [{ "text": text }] }));
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_shop_is_edited_without_reading_its_files_again() {
    let (folder, cache) = (copy_of_shop(), tempfile::tempdir().expect("a folder"));
    let path = folder.path().join("charter.yaml");
    let (uri, text) = (charter_lsp::uri_of(&path), std::fs::read_to_string(&path).expect("the charter"));
    let mut editor = Editor::start(cache.path());
    editor.tell("textDocument/didOpen", json!({ "textDocument": { "uri": uri, "languageId": "yaml", "version": 1, "text": text } }));
    let clean = editor.diagnostics(&uri);
    assert!(clean.iter().all(|found| found["severity"] != 1), "the shop has no errors: {clean:?}");
    // A rule's page can be opened: it lies where programs keep what can be made again.
    if let Some(page) = clean.iter().find_map(|found| found["codeDescription"]["href"].as_str()) {
        let page = page.strip_prefix("file://").expect("a file");
        assert!(Path::new(page).starts_with(cache.path()) && Path::new(page).is_file(), "{page}");
    }
    let before = editor.ask("charter/statistics", json!({}));
    assert!(before["models"].as_u64() >= Some(5), "{before}");

    let mut slowest = Duration::ZERO;
    let keystrokes = 12;
    for keystroke in 0..keystrokes {
        let typed = if keystroke % 2 == 0 { text.replacen("peak: 10_000 rps", "peek: 10_000 rps", 1) } else { text.clone() };
        let start = Instant::now();
        editor.write(&uri, &typed);
        let found = editor.diagnostics(&uri);
        slowest = slowest.max(start.elapsed());
        let is_wrong = found.iter().any(|found| found["code"] == "Y009");
        assert_eq!(is_wrong, keystroke % 2 == 0, "{found:?}");
    }
    let after = editor.ask("charter/statistics", json!({}));
    for what in ["files", "models", "samples", "evidence"] {
        assert_eq!(after[what], before[what], "a keystroke reads no {what} again");
    }
    assert_eq!(after["analyses"].as_u64(), before["analyses"].as_u64().map(|count| count + keystrokes), "each is looked at once");
    println!("diagnostics at most {slowest:?} after a keystroke, {keystrokes} keystrokes");

    // A model that changes on disk is another matter.
    let model =
        walk(&folder.path().join("models")).into_iter().find(|path| path.extension().is_some_and(|end| end == "onnx")).expect("a model");
    let bytes = std::fs::read(&model).expect("read");
    std::fs::remove_file(&model).expect("removed");
    std::fs::write(&model, bytes).expect("written");
    editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": charter_lsp::uri_of(&model), "type": 2 }] }));
    editor.diagnostics(&uri);
    let again = editor.ask("charter/statistics", json!({}));
    assert_eq!(again["models"].as_u64(), after["models"].as_u64().map(|count| count + 1), "only that one");

    editor.ask("shutdown", Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.child.wait().expect("ended").code(), Some(0));
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn an_editor_that_says_no_goodbye_leaves_no_server_behind() {
    let cache = tempfile::tempdir().expect("a folder");
    let mut editor = Editor::start(cache.path());
    editor.tell("exit", Value::Null);
    assert_eq!(editor.child.wait().expect("ended").code(), Some(1));
}

#[test]
fn what_is_no_message_ends_the_server_with_its_reason() {
    let cache = tempfile::tempdir().expect("a folder");
    for (sent, reason) in [
        ("GET / HTTP/1.1\r\n\r\n", "a message starts with a header such as `Content-Length: 120`"),
        ("Content-Length: soon\r\n\r\n", "`Content-Length: soon` names no number of bytes"),
        ("Content-Length: 100\r\n\r\n{\"jsonrpc\"", "the input ended within a message"),
    ] {
        let mut command = Command::new(CHARTER);
        command.arg("lsp").env("XDG_CACHE_HOME", cache.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("charter lsp starts");
        child.stdin.take().expect("input").write_all(sent.as_bytes()).expect("sent");
        let output = child.wait_with_output().expect("ended");
        let (told, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(3), "{sent}: {said}");
        assert!(
            said.starts_with("charter: cannot understand the editor: ") && said.contains(reason) && said.lines().count() == 1,
            "{said}"
        );
        assert!(told.contains("-32700") && told.contains(reason), "{told}");
    }
}

#[test]
fn a_folder_is_checked_before_a_file_of_it_is_opened() {
    let (folder, cache) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    std::fs::create_dir(folder.path().join("parts")).expect("a folder");
    std::fs::write(folder.path().join("charter.yaml"), "charter: 1\nsystem: shop\ninclude: [parts/load.yaml]\n").expect("written");
    std::fs::write(folder.path().join("parts/load.yaml"), "load: { peek: 1 rps }\n").expect("written");
    let mut editor = Editor::start_in(cache.path(), json!([{ "uri": charter_lsp::uri_of(folder.path()), "name": "shop" }]));
    let uri = charter_lsp::uri_of(&folder.path().join("parts/load.yaml"));
    assert!(editor.diagnostics(&uri).iter().any(|found| found["code"] == "Y009"));
    assert_eq!(editor.ask("workspace/symbol", json!({ "query": "zz" })), json!([]));
}

#[test]
fn a_charter_that_is_begun_in_the_editor_becomes_one_while_it_is_typed() {
    let (folder, cache) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let uri = charter_lsp::uri_of(&folder.path().join("another name.yaml"));
    let mut editor = Editor::start(cache.path());
    editor.tell("textDocument/didOpen", json!({ "textDocument": { "uri": uri, "languageId": "yaml", "version": 1, "text": "" } }));
    editor.write(&uri, "charter: 1\nsystem: shop\nload: { peek: 1 rps }\n");
    let found = editor.diagnostics(&uri);
    assert!(found.iter().any(|found| found["code"] == "Y009"), "{found:?}");
}
