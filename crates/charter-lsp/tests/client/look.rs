//! Hover, definition, references, symbols.

use crate::support::{Client, charter, under, uri};
use serde_json::{Value, json};

fn body() -> String {
    charter(
        "include: [parts/decisions.yaml]
stakeholders:
  sponsor: { role: sponsor, cares: [quick, quality.quick] }
load: { peak: 1_000 rps }
quality:
  quick:
    attribute: performance
    artifact: fraud
    measure: p99(latency) < 200ms
    owner: sponsor
constraints:
  soon: { text: soon, check: roadmap.end(mvp) <= 8w }
models:
  fraud:
    task: classification
    versions: { v2: { onnx: models/fraud-v2 }, v1: { onnx: models/fraud-v1 } }
routes:
  checkout:
    answer: { ladder: { full: { model: fraud@v2 }, degraded: { model: fraud@v1 } } }
roadmap:
  mvp: { box: 6w, gate: { go: quick @load, stop: else } }
",
    )
}

const PART: &str = "decisions:\n  store: { status: accepted, record: ../decisions/0001.md, answers: [quick] }\n";
const RECORD: &str = "# Store\n\nBecause of `quick` and `quality.quick`; `sponsor` agreed, quick or not. `fraud` is two things.\n";

fn client() -> (Client, String) {
    let text = body();
    let mut client = Client::start(&[("charter.yaml", &text), ("parts/decisions.yaml", PART), ("decisions/0001.md", RECORD)]);
    client.open("charter.yaml", &text);
    (client, text)
}

fn hover(marked: &str) -> String {
    let (mut client, text) = client();
    let answer = client.at("textDocument/hover", "charter.yaml", &text, marked, json!({})).unwrap();
    answer["contents"]["value"].as_str().unwrap_or("").to_owned()
}

#[test]
fn hover_tells_what_explain_says_and_what_the_language_says() {
    let own = hover("qu|ick:\n");
    assert!(own.contains("**quality.quick**") && own.contains("is referred to by"), "{own}");
    assert!(hover("spo|nsor: {").starts_with(&hover("owner: spo|nsor")), "a name tells what its declaration tells");
    let key = hover("artif|act: fraud");
    assert!(key.contains("**artifact**: The part that it happens to"), "{key}");
    let word = hover("attribute: perf|ormance");
    assert!(word.contains("Answers in time with the resources given."), "{word}");
    let figure = hover("pe|ak: 1_000");
    assert!(figure.contains("1,000"), "{figure}");
}

#[test]
fn hover_on_a_code_is_its_page() {
    let text = charter("waivers:\n  late: { rule: R004, why: agreed }\nlint:\n  F003: { severity: error }\n");
    let mut client = Client::with(&text);
    for (marked, start) in [("R0|04", "# R004: "), ("F0|03", "# F003: ")] {
        let answer = client.at("textDocument/hover", "charter.yaml", &text, marked, json!({})).unwrap();
        let value = answer["contents"]["value"].as_str().unwrap();
        assert!(value.contains(start) && !value.contains("## Passes"), "{value}");
    }
}

/// File and text of each place of an answer.
fn places(answer: &Value, text: &str) -> Vec<(String, String)> {
    let all = [("charter.yaml", text), ("parts/decisions.yaml", PART), ("decisions/0001.md", RECORD)];
    let shown = |location: &Value| {
        let (path, text) = all.iter().find(|(path, _)| location["uri"] == uri(path)).unwrap_or_else(|| panic!("{location}"));
        let line = location["range"]["start"]["line"].as_u64().unwrap();
        (format!("{path}:{}", line + 1), under(text, &location["range"]))
    };
    answer.as_array().unwrap_or(&Vec::new()).iter().map(shown).collect()
}

fn definition(path: &str, marked: &str) -> Vec<(String, String)> {
    let (mut client, text) = client();
    let document = match path {
        "charter.yaml" => text.clone(),
        "parts/decisions.yaml" => PART.to_owned(),
        _ => RECORD.to_owned(),
    };
    client.open(path, &document);
    let answer = client.at("textDocument/definition", path, &document, marked, json!({})).unwrap();
    places(&answer, &text)
}

fn is(line: usize, text: &str) -> Vec<(String, String)> {
    vec![(format!("charter.yaml:{line}"), text.to_owned())]
}

#[test]
fn definitions_are_found_from_everywhere() {
    let text = body();
    let line = |part: &str| text.lines().position(|line| line.contains(part)).unwrap() + 1;
    assert_eq!(definition("charter.yaml", "cares: [qu|ick,"), is(line("  quick:"), "quick"));
    assert_eq!(definition("charter.yaml", "quality.qu|ick"), is(line("  quick:"), "quick"));
    assert_eq!(definition("charter.yaml", "artifact: fra|ud"), is(line("  fraud:"), "fraud"));
    assert_eq!(definition("charter.yaml", "full: { model: fra|ud@v2"), is(line("  fraud:"), "fraud"));
    assert_eq!(definition("charter.yaml", "full: { model: fraud@v|2"), is(line("versions"), "v2"));
    assert_eq!(definition("charter.yaml", "roadmap.end(mv|p)"), is(line("  mvp:"), "mvp"));
    assert_eq!(definition("charter.yaml", "go: qu|ick @load"), is(line("  quick:"), "quick"));
    assert_eq!(definition("parts/decisions.yaml", "answers: [qui|ck]"), is(line("  quick:"), "quick"));
    assert_eq!(definition("parts/decisions.yaml", "../decisions/00|01.md"), [("decisions/0001.md:1".to_owned(), String::new())]);
    assert_eq!(definition("decisions/0001.md", "of `qui|ck` and"), is(line("  quick:"), "quick"));
    assert!(definition("decisions/0001.md", "quick or n|ot").is_empty(), "words are only words");
    assert!(definition("charter.yaml", "title: Ä s|hop").is_empty());
}

#[test]
fn references_are_found_across_files_and_in_records() {
    let (mut client, text) = client();
    let answer = client
        .at("textDocument/references", "charter.yaml", &text, "cares: [qu|ick,", json!({ "context": { "includeDeclaration": true } }))
        .unwrap();
    let mut found: Vec<String> =
        places(&answer, &text).into_iter().map(|(place, word)| format!("{} {word}", place.split(':').next().unwrap())).collect();
    found.sort();
    let expected = ["charter.yaml quick"; 4].into_iter().chain(["decisions/0001.md quick"; 2]).chain(["parts/decisions.yaml quick"]);
    assert_eq!(found, expected.collect::<Vec<_>>());
    let without = client
        .at("textDocument/references", "charter.yaml", &text, "cares: [qu|ick,", json!({ "context": { "includeDeclaration": false } }))
        .unwrap();
    assert_eq!(without.as_array().unwrap().len(), found.len() - 1);
    let here = client.at("textDocument/documentHighlight", "charter.yaml", &text, "cares: [qu|ick,", json!({})).unwrap();
    assert_eq!(here.as_array().unwrap().len(), 4);
}

#[test]
fn symbols_are_told_also_of_a_broken_document() {
    let text = "models:\n  fraud:\n    task: classification\n  price: { task: [\nroutes:\n  checkout: {}\n";
    let mut client = Client::with(text);
    let symbols = client.ask("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri("charter.yaml") } })).unwrap();
    let names = |symbols: &Value| -> Vec<String> {
        symbols.as_array().unwrap().iter().map(|symbol| symbol["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&symbols), ["models", "routes"]);
    assert_eq!(names(&symbols[0]["children"]), ["fraud", "price"]);
    assert_eq!(symbols[0]["children"][0]["children"][0]["detail"], "classification");
    assert_eq!(under(text, &symbols[0]["range"]), "models:\n  fraud:\n    task: classification\n  price: { task: [");
    assert_eq!(under(text, &symbols[1]["selectionRange"]), "routes");
}
