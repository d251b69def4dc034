use crate::support::{Client, charter, under};
use serde_json::{Value, json};

/// Labels with the texts that they write, at the `|`.
fn offers(marked: &str) -> Vec<(String, String)> {
    let marked = charter(marked);
    let text = marked.replacen('|', "", 1);
    let mut client = Client::with(&text);
    let at = marked.find('|').unwrap();
    let before = &text[..at];
    let column = before.rsplit('\n').next().unwrap().encode_utf16().count();
    let position = json!({ "line": before.matches('\n').count(), "character": column });
    let params = json!({ "textDocument": { "uri": crate::support::uri("charter.yaml") }, "position": position });
    let answer = client.ask("textDocument/completion", params).unwrap();
    let written = |item: &Value| {
        let replaced = under(&text, &item["textEdit"]["range"]);
        (item["label"].as_str().unwrap().to_owned(), format!("{replaced} → {}", item["textEdit"]["newText"].as_str().unwrap()))
    };
    answer["items"].as_array().unwrap().iter().map(written).collect()
}

fn labels(marked: &str) -> Vec<String> {
    offers(marked).into_iter().map(|(label, _)| label).collect()
}

#[track_caller]
fn has(marked: &str, wanted: &[&str], unwanted: &[&str]) {
    let found = labels(marked);
    for label in wanted {
        assert!(found.iter().any(|found| found == label), "`{label}` is not offered in {found:?}");
    }
    for label in unwanted {
        assert!(found.iter().all(|found| found != label), "`{label}` is offered in {found:?}");
    }
}

const MODELS: &str =
    "models:\n  fraud: { task: classification, versions: { v2: { onnx: a }, v1: { onnx: b } } }\n  price: { task: regression }\n";

#[test]
fn keys_that_may_stand_there() {
    has("qua|", &["quality", "risks", "lint"], &["system", "measure"]);
    has("quality:\n  quick:\n    measure: p99(latency) < 1s\n    own|\n", &["owner", "artifact"], &["measure", "peak"]);
    has("quality:\n  quick: { measure: 1, | }\n", &["owner"], &["measure"]);
    has("routes:\n  a:\n    answer:\n      ladder: {}\n      |\n", &["fail"], &["model", "ladder"]);
    let offered = offers("load:\n  pe|\n");
    assert!(offered.contains(&("peak".to_owned(), "pe → peak: ".to_owned())), "{offered:?}");
    let offered = offers("load:\n  pe|ak: 1 rps\n");
    assert!(offered.contains(&("peak".to_owned(), "peak → peak".to_owned())), "a colon is not written twice: {offered:?}");
    has(&format!("{MODELS}capacity:\n  |\n"), &["fraud", "price", "safety"], &[]);
    has("lint:\n  F0|\n", &["F003"], &[]);
}

#[test]
fn ids_where_a_reference_stands() {
    let people = "stakeholders: { sponsor: { role: a }, buyer: { role: b } }\n";
    has(&format!("{people}quality:\n  q: {{ owner: | }}\n"), &["sponsor", "buyer"], &["q"]);
    has(&format!("{people}quality:\n  q:\n    owner: spo|\n"), &["sponsor"], &[]);
    has("quality:\n  quick: { attribute: cost }\nstakeholders:\n  a: { cares: [q|] }\n", &["quick"], &[]);
    has(&format!("{MODELS}routes:\n  a: {{ answer: {{ model: fraud@| }} }}\n"), &["fraud@v1", "fraud@v2"], &["price"]);
    has("waivers:\n  a: { rule: R0| }\n", &["R004"], &[]);
    has("constraints:\n  a: { check: p| }\n", &["latency", "cost.total"], &[]);
}

#[test]
fn words_and_units() {
    has("decisions:\n  a: { status: | }\n", &["accepted", "superseded"], &["high"]);
    has("decisions:\n  a:\n    status: acc|\n", &["accepted"], &[]);
    has("dependencies:\n  a: { hard: | }\n", &["true", "false"], &[]);
    has("latency:\n  a: { total: 20| }\n", &["20ms", "20s"], &["20GB"]);
    has("cost: { ceiling: 5000| }\n", &["5000 USD/month"], &["5000 EUR/month"]);
}

#[test]
fn a_broken_line_does_not_hide_what_stands_behind_it() {
    let whole = charter(
        "stakeholders: { sponsor: { role: a } }\nquality:\n  q:\n    attribute: cost\nrisks:\n  late: { owner: sponsor }\ndecisions:\n  a: { accepts: [] }\n",
    );
    let mut client = Client::with(&whole);
    client.diagnostics("charter.yaml");
    let broken = whole.replace("    attribute: cost\n", "    attribute: cost\n    owner: {\n").replace("accepts: []", "accepts: [ l ]");
    client.write("charter.yaml", 2, &broken);
    let answer = client.at("textDocument/completion", "charter.yaml", &broken, "accepts: [ l| ]", json!({})).unwrap();
    assert!(answer["items"].as_array().unwrap().iter().any(|item| item["label"] == "late"), "{answer}");
}

#[test]
fn nothing_is_offered_in_comments_and_prose() {
    assert!(labels("load: { peak: 1 rps } # qual|ity\n").is_empty());
    assert!(labels("quality:\n  a:\n    why: >\n      own|\n").is_empty());
}
