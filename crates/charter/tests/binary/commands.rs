//! What a stranger types, and what comes back: exit codes and messages.

use crate::support::{CHARTER, copy_of_shop, shop};
use std::process::{Command, Output};

fn charter(arguments: &[&str]) -> Output {
    Command::new(CHARTER).args(arguments).output().expect("charter runs")
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn shop_path() -> String {
    shop().display().to_string()
}

#[test]
fn the_shop_passes_its_own_check() {
    let output = charter(&["check", &shop_path()]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
}

/// Evidence that its rungs answer is shipped with the shop, and is of the plan as it is: when this fails, delete `examples/shop/evidence/*-chaos.json`, run
/// `charter verify examples/shop --chaos` and add the new files. The day is that of the run, so this does not depend on the calendar.
#[test]
fn the_shop_is_clean_on_the_day_of_its_evidence() {
    let files = std::fs::read_dir(shop().join("evidence")).expect("shipped evidence").flatten();
    let names: Vec<String> =
        files.map(|file| file.file_name().to_string_lossy().into_owned()).filter(|name| name.ends_with("-chaos.json")).collect();
    let day = names.iter().filter_map(|name| name.get(..10)).min().expect("a chaos run").to_owned();
    let output = charter(&["check", &shop_path(), "--today", &day]);
    assert!(shown(&output).contains("\n0 errors, 0 warnings, 0 hints, "), "{}", shown(&output));
    // A quarter later it has to be shown again.
    let later = charter(&["check", &shop_path(), "--today", "2029-01-01"]);
    assert!(shown(&later).contains("[F007]: in 90 days nobody has shown"), "{}", shown(&later));
}

#[test]
fn what_is_stated_and_not_run_is_told() {
    let folder = copy_of_shop();
    let charter_yaml = folder.path().join("charter.yaml");
    let text = std::fs::read_to_string(&charter_yaml).expect("the charter");
    std::fs::write(&charter_yaml, format!("{text}\naudit: {{ retain: 30d }}\n")).expect("written");
    let output = charter(&["check", &folder.path().display().to_string()]);
    assert!(shown(&output).contains("hint[Y121]: `audit`: no record of calls is kept"), "{}", shown(&output));
}

#[test]
fn the_reference_case_does_not() {
    let path = shop().join("../reference").display().to_string();
    let output = charter(&["check", &path]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    for code in ["R004", "C005", "L002", "Q006", "C006", "C010", "D003", "F002"] {
        assert!(shown(&output).contains(&format!("[{code}]")), "{code} is missing in\n{}", shown(&output));
    }
}

#[test]
fn json_and_sarif_are_json() {
    for format in ["json", "sarif"] {
        let output = charter(&["check", &shop_path(), "--format", format]);
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(value.is_object());
    }
}

#[test]
fn a_plan_and_an_explanation_are_printed() {
    let path = shop_path();
    let plan = charter(&["plan", &path]);
    assert_eq!(plan.status.code(), Some(0), "{}", shown(&plan));
    assert!(shown(&plan).contains("fraud@v2"), "{}", shown(&plan));
    let json: serde_json::Value = serde_json::from_slice(&charter(&["plan", &path, "--format", "json"]).stdout).expect("JSON");
    assert!(json["fingerprint"].as_str().is_some_and(|fingerprint| fingerprint.starts_with("sha256:")));
    let replicas = charter(&["explain", "capacity.fraud", &path]);
    assert!(shown(&replicas).contains("÷"), "{}", shown(&replicas));
    let rule = charter(&["explain", "L002"]);
    assert!(shown(&rule).starts_with("# L002"), "{}", shown(&rule));
}

#[test]
fn wrong_words_end_with_2_and_name_the_nearest() {
    let output = charter(&["explain", "capacity.frud", &shop_path()]);
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("fraud"), "{}", shown(&output));
    assert_eq!(charter(&["chek"]).status.code(), Some(2));
    assert_eq!(charter(&["serve", &shop_path(), "--grpc", "nowhere"]).status.code(), Some(2));
}

#[test]
fn a_missing_folder_ends_with_3() {
    let output = charter(&["check", "no/such/folder"]);
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    assert!(shown(&output).contains("no/such/folder"), "{}", shown(&output));
}

#[test]
fn an_address_in_use_ends_with_3_and_says_which() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = charter(&["serve", &shop_path(), "--listen", &address, "--admin", "127.0.0.1:0"]);
    assert_eq!(output.status.code(), Some(3), "{}", shown(&output));
    assert!(shown(&output).contains(&address), "{}", shown(&output));
}

#[test]
fn the_schema_is_a_schema() {
    let value: serde_json::Value = serde_json::from_slice(&charter(&["schema"]).stdout).expect("JSON");
    assert_eq!(value["$schema"], "https://json-schema.org/draft/2020-12/schema");
}

#[test]
fn a_model_file_says_which_engine_runs_it() {
    let file = shop().join("models/fraud-v2.onnx").display().to_string();
    let output = charter(&["models", "inspect", &file]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(shown(&output).contains("charter-onnx"), "{}", shown(&output));
}
