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
fn a_version_is_kept_when_the_model_before_it_is_chosen_again() {
    let offered = offers(&format!("{MODELS}routes:\n  a: {{ answer: {{ model: fra|ud@v2 }} }}\n"));
    assert!(offered.contains(&("price".to_owned(), "fraud → price".to_owned())), "{offered:?}");
    let offered = offers(&format!("{MODELS}routes:\n  a: {{ answer: {{ model: fraud@v|2 }} }}\n"));
    assert!(offered.contains(&("fraud@v1".to_owned(), "fraud@v2 → fraud@v1".to_owned())), "{offered:?}");
    let faults = format!("{MODELS}chaos:\n  experiments:\n    a: {{ faults: [{{ at: fra|ud@v2 }}] }}\n");
    assert!(offers(&faults).contains(&("price".to_owned(), "fraud → price".to_owned())));
    has(&faults.replace("fra|ud@v2", "fraud@|"), &["fraud@v1", "fraud@v2"], &["store"]);
    has(&faults.replace("fra|ud@v2", "|"), &["fraud", "store", "clock"], &[]);
}

#[test]
fn names_that_are_no_ids_of_a_section() {
    let body = format!(
        "{MODELS}routes:
  checkout: {{ answer: {{ ladder: {{ full: {{ model: fraud@v2 }}, previous: {{ model: fraud@v1 }} }} }} }}
architecture:
  people: {{ shopper: {{ uses: {{ gate: asks }} }} }}
  containers: {{ gate: {{ talks_to: [store] }}, store: {{ about: rows }} }}
flags:
  careful: {{ variants: {{ model: true, rule: false }}, default: model, turns: [checkout/full] }}
rollouts:
  next: {{ route: checkout, model: fraud, from: v1, to: v2 }}
chaos:
  experiments:
    broken: {{ expect: {{ rungs: {{ checkout: previous }} }} }}
roadmap:
  mvp: {{ do: [spike] }}
risks:
  late: {{ mitigate: [routes.checkout] }}
"
    );
    let at = |old: &str, new: &str| {
        assert!(body.contains(old), "{old}");
        body.replacen(old, new, 1)
    };
    has(&at("talks_to: [store]", "talks_to: [|]"), &["gate", "store", "checkout", "fraud", "shopper"], &["late"]);
    has(&at("uses: { gate: asks }", "uses: { ga|: asks }"), &["gate", "store"], &["late"]);
    has(&at("uses: { gate: asks }", "uses: [|]"), &["gate"], &[]);
    has(&at("default: model", "default: |"), &["model", "rule"], &[]);
    has(&at("turns: [checkout/full]", "turns: [checkout/|]"), &["checkout/full", "checkout/previous"], &[]);
    has(&at("from: v1", "from: |"), &["v1", "v2"], &["fraud"]);
    has(&at("checkout: previous", "checkout: |"), &["full", "previous"], &["late"]);
    has(&at("[routes.checkout]", "[routes.|]"), &["routes.checkout"], &["checkout", "fraud"]);
    has(&at("[routes.checkout]", "[|]"), &["spike", "models", "late"], &[]);
    has("patterns:\n  |\n", &["sidecar", "rag"], &[]);
}

#[test]
fn a_measure_is_completed_word_by_word() {
    let scenario = |measure: &str| {
        format!("quality:\n  quick:\n    measure: {measure}\n  slow: {{ measure: 1 }}\nroadmap: {{ mvp: {{ box: 2w }} }}\n")
    };
    let gate =
        |criterion: &str| format!("quality: {{ quick: {{ measure: 1 }} }}\nroadmap: {{ mvp: {{ gate: {{ go: [{criterion}] }} }} }}\n");
    has(&scenario("|"), &["p99()", "latency", "p99(latency) < 200ms over 28d"], &["slow", "every rung exercised", "else"]);
    has(&scenario("p99(|)"), &["latency", "queue.wait"], &["cost.total", "rung", "slow", "p99()"]);
    has(&scenario("p99(latency) |"), &["<", ">="], &["latency", "over"]);
    has(&scenario("p99(latency) < 20|"), &["20ms", "20s"], &["20%", "20rps"]);
    has(&scenario("ratio(answered) >= 99.9|"), &["99.9%"], &["99.9ms"]);
    has(&scenario("p99(latency) < 20ms |"), &["over", "at", "by"], &["<"]);
    has(&scenario("\"p99(latency) < 20ms over 28|\""), &["28d"], &["28%"]);
    has(&scenario("recall at |"), &["fpr", "precision"], &["latency"]);
    has(&scenario("ratio(|)"), &["answered", "rung == full"], &["latency"]);
    has("constraints:\n  a: { check: cost.total <= 50_000 | }\n", &["50_000 USD/month"], &["50_000 EUR/month", "50_000ms"]);
    has("constraints:\n  a: { check: cost.total <= | }\n", &["cost.ceiling"], &["latency", "team.capacity"]);
    has(&gate("roadmap.end(|) <= 2w"), &["mvp"], &["quick"]);
    has(&gate("breach(|)"), &["quick"], &["mvp", "latency"]);
    has(&gate("|"), &["quick", "every rung exercised", "else", "p99()"], &[]);
    has(&gate("quick @|"), &["load", "chaos"], &["quick", "<"]);
    has(&gate("quick |"), &["@load"], &["<"]);
    has(&gate("every |"), &["upstream", "control"], &["quick"]);
    has(&gate("every control |"), &["evidenced"], &["control"]);
    // Only the word at the place is replaced, not the measure.
    let offered = offers(&scenario("p99(la|tency) < 1s"));
    assert!(offered.contains(&("latency".to_owned(), "latency → latency".to_owned())), "{offered:?}");
    let offered = offers(&gate("\"qui|ck @load\""));
    assert!(offered.contains(&("quick".to_owned(), "quick → quick".to_owned())), "{offered:?}");
}

#[test]
fn quotes_stay_where_they_are() {
    let offered = offers("stakeholders: { sponsor: { role: a } }\nquality:\n  q: { owner: \"spo|\" }\n");
    assert!(offered.contains(&("sponsor".to_owned(), "spo → sponsor".to_owned())), "{offered:?}");
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
