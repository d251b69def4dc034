use crate::support::{Client, charter, under, uri};
use serde_json::{Value, json};

fn codes(found: &[Value]) -> Vec<&str> {
    found.iter().filter_map(|diagnostic| diagnostic["code"].as_str()).collect()
}

#[test]
fn findings_come_with_the_second_place_the_reason_and_a_page() {
    let text = charter("risks:\n  late: { probability: low, impact: low, level: high }\n");
    let mut client = Client::with(&text);
    let found = client.diagnostics("charter.yaml");
    let wrong = found.iter().find(|diagnostic| diagnostic["code"] == "K001").expect("the level is wrong");
    assert_eq!(under(&text, &wrong["range"]), "high");
    assert_eq!(wrong["severity"], 1);
    assert_eq!(wrong["source"], "charter");
    assert_eq!(wrong["codeDescription"]["href"], "file:///rules/K001.md");
    let message = wrong["message"].as_str().unwrap();
    assert!(message.starts_with("`late` is written as high, and is low\n"), "{message}");
    assert!(message.contains("\n= probability low × impact low = low\n") && message.contains("\nwhy: "), "{message}");
    let related = wrong["relatedInformation"].as_array().unwrap();
    assert_eq!(related[0]["message"], "probability");
    assert_eq!(related[0]["location"]["uri"], uri("charter.yaml"));
}

#[test]
fn they_go_when_mended_and_when_closed() {
    let broken = charter("load: { peek: 1 rps }\n");
    let mut client = Client::with(&broken);
    assert!(codes(&client.diagnostics("charter.yaml")).contains(&"Y009"));
    client.write("charter.yaml", 2, &charter("load: { peak: 1 rps }\n"));
    assert!(!codes(&client.diagnostics("charter.yaml")).contains(&"Y009"));
    client.write("charter.yaml", 3, &broken);
    assert!(codes(&client.diagnostics("charter.yaml")).contains(&"Y009"));
    client.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri("charter.yaml") } }));
    assert!(client.diagnostics("charter.yaml").is_empty());
    assert!(client.leave());
}

#[test]
fn open_documents_stand_in_for_files_and_findings_stand_where_they_belong() {
    let root = charter("include: [parts/risks.yaml]\n");
    let part = "risks:\n  late: { probability: low, impact: low, level: high }\n";
    let mut client = Client::start(&[("charter.yaml", &root), ("parts/risks.yaml", part)]);
    client.open("charter.yaml", &root);
    assert!(codes(&client.diagnostics("parts/risks.yaml")).contains(&"K001"), "also in a file that is not open");
    client.open("parts/risks.yaml", &part.replace(", level: high", ""));
    assert!(!codes(&client.diagnostics("parts/risks.yaml")).contains(&"K001"));
}

#[test]
fn edits_are_counted_as_the_protocol_says() {
    let text = charter("load: { peek: 1 rps } # 😀 ä\nteam: {}\n");
    let mut client = Client::with(&text);
    assert!(codes(&client.diagnostics("charter.yaml")).contains(&"Y009"));
    let line = text.lines().position(|line| line.starts_with("load")).unwrap();
    let range = |line: usize, from: usize, to: usize| json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } });
    // The comment's emoji counts two; what follows is put right behind it.
    let changes = json!([{ "range": range(line, 10, 11), "text": "a" }, { "range": range(line, 27, 28), "text": "ö!" }]);
    client
        .tell("textDocument/didChange", json!({ "textDocument": { "uri": uri("charter.yaml"), "version": 2 }, "contentChanges": changes }));
    assert!(!codes(&client.diagnostics("charter.yaml")).contains(&"Y009"));
    // Older than what is known: dropped.
    client.write("charter.yaml", 2, "load: {");
    client.write("charter.yaml", 1, "load: {");
    let hover = client.at("textDocument/hover", "charter.yaml", &text.replace("peek", "peak"), "pe|ak:", json!({})).unwrap();
    assert!(hover["contents"]["value"].as_str().unwrap().contains("peak"), "{hover}");
}

#[test]
fn a_keystroke_is_looked_at_once() {
    let text = charter("load: { peak: 1 rps }\n");
    let mut client = Client::with(&text);
    client.diagnostics("charter.yaml");
    let before = client.ask("charter/statistics", json!({})).unwrap()["checks"].as_u64().unwrap();
    client.write("charter.yaml", 2, &format!("{text}team: {{}}\n"));
    client.at("textDocument/hover", "charter.yaml", &text, "pe|ak", json!({})).unwrap();
    client.at("textDocument/completion", "charter.yaml", &text, "pe|ak", json!({})).unwrap();
    client.diagnostics("charter.yaml");
    let after = client.ask("charter/statistics", json!({})).unwrap();
    assert_eq!(after["checks"].as_u64().unwrap(), before + 1, "questions and diagnostics share one look");
    assert_eq!(after["analyses"], after["checks"]);
}

#[test]
fn places_are_in_the_units_that_the_client_chose() {
    // The key is one unit of UTF-16 and two bytes.
    let text = charter("risks:\n  ä: { about: \"😀\" }\n");
    let line = text.lines().position(|line| line.contains("about")).unwrap();
    for (offered, column) in [(json!(["utf-8"]), 3 + 1), (json!(["utf-16"]), 3), (json!(null), 3)] {
        let mut client = Client::start_with(&[("charter.yaml", &text)], &json!({ "general": { "positionEncodings": offered } }));
        client.open("charter.yaml", &text);
        let found = client.diagnostics("charter.yaml");
        let wrong = found.iter().find(|diagnostic| diagnostic["code"] == "Y014").expect("`ä` is no id");
        assert_eq!(wrong["range"]["start"], json!({ "line": line, "character": 2 }));
        assert_eq!(wrong["range"]["end"], json!({ "line": line, "character": column }), "{offered}");
    }
}
