//! Folders, symbols across files, ranges, links, signatures.

use crate::support::{Client, FOLDER, charter, under, uri};
use charter_lsp::uri_of;
use serde_json::{Value, json};
use std::path::Path;

const PART: &str = "risks:\n  late-delivery:\n    probability: low\n    impact: low\n    level: high\n";

/// A client that works in a folder and has opened nothing.
fn in_folder(files: &[(&str, &str)], folder: &str) -> Client {
    let mut client = Client::connect(files);
    let folders = json!([{ "uri": uri_of(&Path::new(FOLDER).join(folder)), "name": "shop" }]);
    client.ask("initialize", json!({ "capabilities": {}, "workspaceFolders": folders })).unwrap();
    client.tell("initialized", json!({}));
    client
}

fn names(symbols: &Value) -> Vec<&str> {
    symbols.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap()).collect()
}

#[test]
fn findings_of_every_file_are_there_before_one_is_opened() {
    let root = charter("include: [parts/risks.yaml]\nload: { peek: 1 rps }\n");
    let files = [("charter.yaml", root.as_str()), ("parts/risks.yaml", PART)];
    let mut client = in_folder(&files, "");
    let codes = |found: Vec<Value>| found.iter().map(|found| found["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert!(codes(client.diagnostics("charter.yaml")).contains(&"Y009".to_owned()));
    assert!(codes(client.diagnostics("parts/risks.yaml")).contains(&"K001".to_owned()));
    // What is opened and closed again is told as it stands on disk.
    client.open("parts/risks.yaml", &PART.replace("    level: high\n", ""));
    assert!(!codes(client.diagnostics("parts/risks.yaml")).contains(&"K001".to_owned()));
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri("parts/risks.yaml") } }));
    assert!(codes(client.diagnostics("parts/risks.yaml")).contains(&"K001".to_owned()));
    // A folder that is left takes its findings along.
    let folder = json!({ "uri": uri_of(Path::new(FOLDER)), "name": "shop" });
    client.tell("workspace/didChangeWorkspaceFolders", json!({ "event": { "added": [], "removed": [folder] } }));
    assert!(client.diagnostics("parts/risks.yaml").is_empty());
    assert!(client.leave());
}

#[test]
fn two_roots_are_two_charters() {
    let (one, other) = (charter("risks: { late: { level: high } }\n"), charter("load: { peek: 1 rps }\n"));
    let mut client = in_folder(&[("one/charter.yaml", &one), ("other/charter.yaml", &other)], "one");
    client.tell(
        "workspace/didChangeWorkspaceFolders",
        json!({ "event": { "added": [{ "uri": uri_of(&Path::new(FOLDER).join("other")), "name": "other" }], "removed": [] } }),
    );
    assert!(client.diagnostics("other/charter.yaml").iter().any(|found| found["code"] == "Y009"));
    assert!(client.diagnostics("one/charter.yaml").iter().all(|found| found["code"] != "Y009"));
    let found = client.ask("workspace/symbol", json!({ "query": "late" })).unwrap();
    assert_eq!(found[0]["location"]["uri"], uri("one/charter.yaml"));
    assert!(client.leave());
}

#[test]
fn elements_are_found_by_letters_of_their_names_across_files() {
    let root = charter("include: [parts/risks.yaml]\nstakeholders: { sponsor: { role: a } }\nquality: { latency: { measure: 1 } }\n");
    let mut client = in_folder(&[("charter.yaml", &root), ("parts/risks.yaml", PART)], "");
    let found = client.ask("workspace/symbol", json!({ "query": "lat" })).unwrap();
    assert_eq!(names(&found), ["latency", "late-delivery"], "the section counts too, and reading order");
    assert_eq!(found[1]["containerName"], "risks");
    assert_eq!(found[1]["location"]["uri"], uri("parts/risks.yaml"));
    assert_eq!(under(PART, &found[1]["location"]["range"]), "late-delivery");
    assert_eq!(names(&client.ask("workspace/symbol", json!({ "query": "Risks.DEL" })).unwrap()), ["late-delivery"]);
    assert_eq!(client.ask("workspace/symbol", json!({ "query": "" })).unwrap().as_array().unwrap().len(), 3);
    assert!(client.ask("workspace/symbol", json!({})).is_err_and(|(code, _)| code == -32602));
    assert_eq!(client.ask("workspace/symbol", json!({ "query": "zzz" })).unwrap(), json!([]));
}

#[test]
fn a_charter_that_comes_later_is_looked_at() {
    let mut client = in_folder(&[], "");
    client.files.lock().unwrap().insert("charter.yaml".to_owned(), charter("load: { peek: 1 rps }\n"));
    client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri("charter.yaml"), "type": 1 }] }));
    assert!(client.diagnostics("charter.yaml").iter().any(|found| found["code"] == "Y009"));
    // And one that is deleted is told once, whatever else changes.
    client.files.lock().unwrap().clear();
    for _ in 0..3 {
        client.tell("workspace/didChangeWatchedFiles", json!({ "changes": [{ "uri": uri("charter.yaml"), "type": 3 }] }));
        client.ask("workspace/symbol", json!({ "query": "" })).unwrap();
    }
    assert!(client.diagnostics("charter.yaml").is_empty());
    client.ask("workspace/symbol", json!({ "query": "" })).unwrap();
    let said = client.told.iter().filter(|message| message["method"] == "window/logMessage").count();
    assert!(said <= 1, "said {said} times");
}

#[test]
fn what_runs_over_lines_can_be_folded_also_while_it_is_broken() {
    let text = "models:\n  fraud:\n    task: x\n    versions: {\n      v1: a\n    }\n  price: { task: [\nroutes:\n  a: {}\n";
    let mut client = Client::with(text);
    let found = client.ask("textDocument/foldingRange", json!({ "textDocument": { "uri": uri("charter.yaml") } })).unwrap();
    let lines: Vec<(u64, u64)> =
        found.as_array().unwrap().iter().map(|range| (range["startLine"].as_u64().unwrap(), range["endLine"].as_u64().unwrap())).collect();
    assert_eq!(lines, [(0, 6), (1, 5), (3, 5), (7, 8)]);
}

#[test]
fn a_selection_grows_from_the_word_to_the_document() {
    let text = "models:\n  fraud:\n    task: ranking\n";
    let mut client = Client::with(text);
    let params = json!({ "textDocument": { "uri": uri("charter.yaml") }, "positions": [{ "line": 2, "character": 12 }] });
    let answer = client.ask("textDocument/selectionRange", params).unwrap();
    let mut grown = Vec::new();
    let mut at = &answer[0];
    while at.is_object() {
        grown.push(under(text, &at["range"]));
        at = &at["parent"];
    }
    assert_eq!(grown, ["ranking", "task: ranking", "fraud:\n    task: ranking", "models:\n  fraud:\n    task: ranking", text]);
    let wrong = json!({ "textDocument": { "uri": uri("charter.yaml") }, "positions": 1 });
    assert!(client.ask("textDocument/selectionRange", wrong).is_err_and(|(code, _)| code == -32602));
}

#[test]
fn named_files_are_links_and_functions_have_signatures() {
    let text = charter("include: [parts/risks.yaml]\nquality:\n  q: { measure: p99(latency) < 1s }\n  r: { measure: latency }\n");
    let mut client = Client::start(&[("charter.yaml", &text), ("parts/risks.yaml", PART)]);
    client.open("charter.yaml", &text);
    let links = client.ask("textDocument/documentLink", json!({ "textDocument": { "uri": uri("charter.yaml") } })).unwrap();
    assert_eq!(under(&text, &links[0]["range"]), "parts/risks.yaml");
    assert_eq!((&links[0]["target"], &links[0]["tooltip"]), (&json!(uri("parts/risks.yaml")), &json!("part of the charter")));
    let help = client.at("textDocument/signatureHelp", "charter.yaml", &text, "p99(lat|ency)", json!({})).unwrap();
    assert_eq!(help["signatures"][0]["label"], "p99(metric)");
    assert_eq!(client.at("textDocument/signatureHelp", "charter.yaml", &text, "measure: lat|ency", json!({})).unwrap(), Value::Null);
}
