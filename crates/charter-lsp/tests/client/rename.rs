use crate::support::{Client, charter, under, uri};
use serde_json::{Value, json};

const PART: &str = "risks:\n  late: { owner: stakeholders.boss, mitigate: [quick] }\n";
const RECORD: &str = "# Store\n\n`boss` wanted it, says the boss. `stakeholders.boss` signed. `bosses` did not.\n";

fn body() -> String {
    charter(
        "include: [parts/risks.yaml]
stakeholders:
  boss: { role: the boss, cares: [quick] }
  buyer: { role: b }
quality:
  quick: { attribute: performance, owner: boss } # the boss
decisions:
  store: { owner: \"boss\", record: decisions/0001.md }
models: { fraud: { task: classification, versions: { v1: { onnx: a } } } }
routes: { fraud: { answer: { model: fraud@v1 } } }
architecture:
  people: { shopper: { uses: { gate: asks } } }
  containers: { gate: { about: routes } }
",
    )
}

fn client(capabilities: &Value) -> (Client, String) {
    let text = body();
    let files = [("charter.yaml", text.as_str()), ("parts/risks.yaml", PART), ("decisions/0001.md", RECORD)];
    let mut client = Client::start_with(&files, capabilities);
    client.open("charter.yaml", &text);
    (client, text)
}

fn rename(marked: &str, name: &str) -> Result<Value, (i64, String)> {
    let (mut client, text) = client(&json!({}));
    client.at("textDocument/rename", "charter.yaml", &text, marked, json!({ "newName": name }))
}

/// The text of a file after the edits.
fn edited(answer: &Value, path: &str, text: &str) -> String {
    let mut edits: Vec<(u64, u64, String, String)> = answer["changes"][uri(path)]
        .as_array()
        .unwrap_or(&Vec::new())
        .iter()
        .map(|edit| {
            let start = &edit["range"]["start"];
            let new = edit["newText"].as_str().unwrap().to_owned();
            (start["line"].as_u64().unwrap(), start["character"].as_u64().unwrap(), under(text, &edit["range"]), new)
        })
        .collect();
    edits.sort();
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    for (line, column, old, new) in edits.into_iter().rev() {
        let line = &mut lines[usize::try_from(line).unwrap()];
        let mut left = usize::try_from(column).unwrap();
        let at = line.char_indices().find(|(_, character)| {
            let here = left == 0;
            left = left.saturating_sub(character.len_utf16());
            here
        });
        let at = at.map_or(line.len(), |(at, _)| at);
        line.replace_range(at..at + old.len(), &new);
    }
    lines.join("\n")
}

#[test]
fn an_id_is_renamed_in_every_file_and_nothing_else_is() {
    let answer = rename("bo|ss: { role", "chief").unwrap();
    let text = body();
    let expected =
        text.replace("  boss: {", "  chief: {").replace("owner: boss }", "owner: chief }").replace("owner: \"boss\"", "owner: \"chief\"");
    assert_eq!(edited(&answer, "charter.yaml", &text), expected);
    assert_eq!(edited(&answer, "parts/risks.yaml", PART), PART.replace("stakeholders.boss", "stakeholders.chief"));
    let record = RECORD.replace("`boss`", "`chief`").replace("`stakeholders.boss`", "`stakeholders.chief`");
    assert_eq!(edited(&answer, "decisions/0001.md", RECORD), record);
}

#[test]
fn it_works_from_a_reference_and_knows_two_elements_of_one_name_apart() {
    assert_eq!(rename("owner: bo|ss }", "chief").unwrap(), rename("bo|ss: { role", "chief").unwrap());
    let text = body();
    let answer = rename("models: { fra|ud", "payment").unwrap();
    let renamed = edited(&answer, "charter.yaml", &text);
    assert!(
        renamed.contains("models: { payment: {") && renamed.contains("routes: { fraud: { answer: { model: payment@v1 } } }"),
        "{renamed}"
    );
    let gate = edited(&rename("gat|e: asks", "door").unwrap(), "charter.yaml", &text);
    assert!(gate.contains("uses: { door: asks }") && gate.contains("containers: { door: {"), "{gate}");
}

#[test]
fn what_stands_for_an_element_by_its_name_is_renamed_with_it() {
    let text = charter(
        "stakeholders: { boss: { role: the boss, cares: [quick] }, bossy: { role: c } }
quality:
  quick: { attribute: performance, source: boss, measure: p99(latency) < 1s, under: load.peak }
  slow: { attribute: performance, source: a boss, measure: p99(latency) < 9s }
load: { peak: 1 rps }
models: { fraud: { task: classification, versions: { v1: { onnx: a } } }, fraud-2: { task: classification } }
routes: { check: { latency: quick, answer: { model: fraud@v1 } } }
latency: { quick: { total: 1s }, other: { total: 2s, implements: slow } }
controls: { locked: { enforce: [lock], where: [gate, transit] } }
chaos: { experiments: { broken: { faults: [{ at: fraud@v1, kind: error }, { at: \"fraud\", kind: hang }, { at: fraud-2@v1 }] } } }
architecture:
  containers: { gate: { about: routes } }
  views: { whole: { level: context, audience: [boss, bossy, the boss] } }
",
    );
    let renamed = |marked: &str, name: &str| {
        let mut client = Client::with(&text);
        let answer = client.at("textDocument/rename", "charter.yaml", &text, marked, json!({ "newName": name })).unwrap();
        edited(&answer, "charter.yaml", &text)
    };
    let person = renamed("bo|ss: { role", "chief");
    assert!(
        person.contains("source: chief,") && person.contains("source: a boss,") && person.contains("audience: [chief, bossy, the boss]"),
        "{person}"
    );
    assert_eq!(renamed("source: bo|ss,", "chief"), person, "from where it is said as well");
    let model = renamed("fra|ud: { task", "scam");
    assert!(model.contains("at: scam@v1,") && model.contains("at: \"scam\",") && model.contains("at: fraud-2@v1 }"), "{model}");
    assert!(renamed("ga|te: { about", "door").contains("where: [door, transit]"));
    // A budget without `implements` belongs to the scenario of its name, from either side.
    let scenario = renamed("qu|ick: { attribute", "soon");
    assert!(
        scenario.contains("latency: { soon: { total") && scenario.contains("latency: soon,") && scenario.contains("cares: [soon]"),
        "{scenario}"
    );
    assert_eq!(renamed("qu|ick: { total", "soon"), scenario);
    assert!(renamed("ot|her: { total", "late").contains("implements: slow"), "one that says what it implements is on its own");
}

#[test]
fn what_would_not_mean_the_same_is_refused_with_a_reason() {
    let refused = |marked: &str, name: &str, reason: &str| {
        let (code, message) = rename(marked, name).unwrap_err();
        assert_eq!(code, -32803);
        assert!(message.contains(reason), "{message}");
    };
    refused("bo|ss: { role", "buyer", "`stakeholders` has a `buyer` already, at charter.yaml:9:3");
    refused("bo|ss: { role", "the boss", "`the boss` is no id: an id holds ASCII letters");
    refused("bo|ss: { role", "", "an id is not empty");
    refused("bo|ss: { role", "no", "`boss` cannot become `no`: ");
    refused("bo|ss: { role", "12", "`boss` cannot become `12`: ");
    refused("title: Ä s|hop", "x", "no id that can be renamed stands here");
    refused("attri|bute", "x", "no id that can be renamed stands here");
}

/// Every id of the shop there and back: the text is what it was, and reads without a new problem in between.
#[test]
fn every_id_of_the_shop_can_be_renamed_and_back() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop");
    let mut files: Vec<(String, String)> = vec![("charter.yaml".to_owned(), std::fs::read_to_string(folder.join("charter.yaml")).unwrap())];
    for entry in std::fs::read_dir(folder.join("contracts")).unwrap().flatten() {
        files.push((format!("contracts/{}", entry.file_name().to_string_lossy()), std::fs::read_to_string(entry.path()).unwrap()));
    }
    let listed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let text = files[0].1.clone();
    let mut client = Client::start(&listed);
    client.open("charter.yaml", &text);
    let set = charter_spec::FileSet::single("charter.yaml", text.as_bytes());
    let spec = charter_spec::read(&set, "charter.yaml").spec.unwrap();
    let (mut version, mut renamed) = (1, 0);
    for section in charter_spec::SectionName::ALL {
        for (id, span) in spec.declared(*section) {
            let start = &text[..span.start as usize];
            let line = start.matches('\n').count();
            let column = start.rsplit('\n').next().unwrap().encode_utf16().count();
            let params = |name: &str| json!({ "textDocument": { "uri": uri("charter.yaml") }, "position": { "line": line, "character": column }, "newName": name });
            let there = client
                .ask("textDocument/rename", params("renamed-by-a-test"))
                .unwrap_or_else(|(_, why)| panic!("{}.{id}: {why}", section.key()));
            let other = edited(&there, "charter.yaml", &text);
            assert_ne!(other, text);
            version += 1;
            client.write("charter.yaml", version, &other);
            let back =
                client.ask("textDocument/rename", params(id)).unwrap_or_else(|(_, why)| panic!("{}.{id} back: {why}", section.key()));
            assert_eq!(edited(&back, "charter.yaml", &other), text, "{}.{id}", section.key());
            version += 1;
            client.write("charter.yaml", version, &text);
            renamed += 1;
        }
    }
    assert!(renamed > 60, "{renamed}");
}

#[test]
fn a_broken_charter_is_mended_first() {
    let (mut client, text) = client(&json!({}));
    let broken = format!("{text}load: {{\n");
    client.write("charter.yaml", 2, &broken);
    let (code, message) =
        client.at("textDocument/rename", "charter.yaml", &broken, "bo|ss: { role", json!({ "newName": "chief" })).unwrap_err();
    assert_eq!(code, -32803);
    assert!(message.contains("mend its YAML first"), "{message}");
}

#[test]
fn preparing_names_the_id_and_edits_carry_versions_where_the_client_can() {
    let (mut client, text) = client(&json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } }));
    let answer = client.at("textDocument/prepareRename", "charter.yaml", &text, "owner: \"bo|ss\"", json!({})).unwrap();
    assert_eq!((answer["placeholder"].as_str(), under(&text, &answer["range"]).as_str()), (Some("boss"), "boss"));
    let answer = client.at("textDocument/rename", "charter.yaml", &text, "bo|ss: { role", json!({ "newName": "chief" })).unwrap();
    let versions: Vec<&Value> =
        answer["documentChanges"].as_array().unwrap().iter().map(|change| &change["textDocument"]["version"]).collect();
    assert_eq!(versions, [&json!(1), &Value::Null, &Value::Null], "open, and not open");
}
