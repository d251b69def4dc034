use crate::support::{Client, charter, under, uri};
use serde_json::{Value, json};

const WHOLE: (u64, u64) = (0, 1000);

fn actions(client: &mut Client, lines: (u64, u64), only: Option<&str>) -> Vec<Value> {
    let range = json!({ "start": { "line": lines.0, "character": 0 }, "end": { "line": lines.1, "character": 0 } });
    let context = only.map_or(json!({ "diagnostics": [] }), |kind| json!({ "diagnostics": [], "only": [kind] }));
    let params = json!({ "textDocument": { "uri": uri("charter.yaml") }, "range": range, "context": context });
    client.ask("textDocument/codeAction", params).unwrap().as_array().unwrap().clone()
}

#[test]
fn findings_offer_their_change() {
    let text = charter(
        "load: { peek: 1 rps } # why\nrisks:\n  late: { probability: low, impact: low, level: high }\ndependencies: { a: { hard: yes } }\n",
    );
    let mut client = Client::with(&text);
    let found = actions(&mut client, WHOLE, None);
    let titles: Vec<&str> = found.iter().map(|action| action["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Y009: write `peak`", "Y008: write `true`", "K001: write `low`"]);
    assert!(found.iter().all(|action| action["kind"] == "quickfix" && action["isPreferred"] == true));
    let edit = &found[0]["edit"]["changes"][uri("charter.yaml")][0];
    assert_eq!((under(&text, &edit["range"]).as_str(), edit["newText"].as_str()), ("peek", Some("peak")));
    assert_eq!(found[0]["diagnostics"][0]["code"], "Y009");
    assert!(actions(&mut client, (0, 2), None).is_empty(), "nothing is wrong there");
}

#[test]
fn all_of_them_are_made_at_once() {
    let text = charter("load: { peek: 1 rps }\nrisks:\n  late: { probability: low, impact: low, level: high }\n");
    let mut client = Client::with(&text);
    let found = actions(&mut client, WHOLE, Some("source.fixAll"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["edit"]["changes"][uri("charter.yaml")].as_array().unwrap().len(), 2);
    assert!(actions(&mut client, WHOLE, Some("refactor")).is_empty());
}
