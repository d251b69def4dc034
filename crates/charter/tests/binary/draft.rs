//! A first charter: asked for on standard input, from flags and files, and from documents of other tools.

use crate::support::{CHARTER, shop};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const KINDS: [&str; 4] = ["online", "assistant", "events", "batch"];

const ANSWERS: &str = "title: holds orders that smell of fraud\nusers: shopper\nowner: architect\nwrong: 5%\ngroups: [country, new-customers]\nmiss: 180 USD\nalarm: 12 USD\n\
    people: true\nai-act: high-risk\nexplain: on-request\npeak: 500 rps\naverage: 120 rps\nrows: 2_000_000\ntraining: 4_000_000\nlatency: 200ms\nfresh: 24h\navailable: 99.9%\n\
    data: personal\nlaws: GDPR, EU AI Act\nregion: EU\nbudget: 50_000 USD/month\nteam: 2 ML engineers, 3 backend engineers\nmonths: 14w\nevolution: two more countries\n";

fn charter(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(CHARTER)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("charter runs");
    // A command that ends early leaves its input unread.
    drop(child.stdin.take().expect("input").write_all(input.as_bytes()));
    child.wait_with_output().expect("charter ends")
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Runs a command that must end well.
fn fine(folder: &Path, arguments: &[&str], input: &str) -> String {
    let output = charter(folder, arguments, input);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}\n{}", shown(&output));
    shown(&output)
}

fn text(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).expect("a file")
}

#[test]
fn every_kind_passes_its_own_check_with_all_answers_and_with_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::write(at.join("answers.yaml"), ANSWERS).expect("written");
    for kind in KINDS {
        let (bare, full) = (format!("bare-{kind}"), format!("full-{kind}"));
        let told = fine(at, &["init", &bare, "--yes", "--kind", kind], "");
        assert!(told.contains("still open: ") && told.contains("M001 stand under a waiver"), "{told}");
        fine(at, &["init", &full, "--yes", "--kind", kind, "--answers", "answers.yaml"], "");
        for made in [&bare, &full] {
            fine(at, &["check", made], "");
        }
        // What was answered is recorded, and taken again it gives the same charter.
        let again = format!("again-{kind}");
        let recorded = format!("{full}/answers.yaml");
        fine(at, &["init", &again, "--yes", "--answers", &recorded], "");
        assert_eq!(text(at.join(&full).join("charter.yaml")), text(at.join(&again).join("charter.yaml")));
        assert!(!text(at.join(&full).join("charter.yaml")).contains("waivers:"));
    }
}

#[test]
fn each_question_alone_may_be_open_or_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for line in ANSWERS.lines().filter(|line| line.contains(": ")) {
        let (name, answer) = line.split_once(": ").expect("an answer");
        let answer = format!("{name}={}", answer.trim_matches(['[', ']']));
        fine(at, &["init", "one", "--yes", "--force", "--kind", "online", "--answer", &answer], "");
        std::fs::write(at.join("rest.yaml"), ANSWERS.replace(line, &format!("{name}: unknown"))).expect("written");
        fine(at, &["init", "all-but-one", "--yes", "--force", "--kind", "online", "--answers", "rest.yaml"], "");
        fine(at, &["check", "one"], "");
        fine(at, &["check", "all-but-one"], "");
    }
}

#[test]
fn a_conversation_asks_again_and_says_what_an_answer_determines() {
    let folder = tempfile::tempdir().expect("a folder");
    // The kind, the system by Enter, a title, users, owner; a share that is none and then one; the rest open.
    let input = format!("nothing\n1\n\n{}\nholds orders\nshopper\n\nmany\n5%\n{}", "long ".repeat(500), "\n".repeat(40));
    let told = fine(folder.path(), &["init", "fraud-check"], &input);
    assert!(told.contains("1/23 What is the system called, in a word?"), "{told}");
    assert!(told.contains("It determines the name of everything"), "{told}");
    assert!(told.contains("`nothing` is none of them"), "{told}");
    assert!(told.contains("`many` is no answer to `wrong`"), "{told}");
    assert!(told.contains("the answer to `title` is longer than 2000 bytes; write a shorter one"), "{told}");
    let charter_yaml = text(folder.path().join("fraud-check/charter.yaml"));
    assert!(charter_yaml.contains("system: fraud-check\ntitle: holds orders\n"), "{charter_yaml}");
    assert!(charter_yaml.contains("# open: how many requests per second at the peak?"), "{charter_yaml}");
    assert!(folder.path().join("fraud-check/evidence/README.md").is_file());
}

#[test]
fn an_input_that_ends_early_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = charter(folder.path(), &["init", "half"], "1\n\nholds orders\n");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("nothing is written"), "{}", shown(&output));
    assert!(!folder.path().join("half").exists());
}

#[test]
fn nothing_is_written_over_without_force() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("charter.yaml"), "by hand\n").expect("written");
    let output = charter(folder.path(), &["init", "--yes"], "");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert_eq!(text(folder.path().join("charter.yaml")), "by hand\n");
    fine(folder.path(), &["init", "--yes", "--force"], "");
    assert!(text(folder.path().join("charter.yaml")).contains("charter: 1"));
}

#[test]
fn wrong_answers_on_the_command_line_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    for (answer, said) in [("peek=5rps", "did you mean `peak`?"), ("peak=80ms", "not a rate"), ("peak", "is no answer")] {
        let output = charter(folder.path(), &["init", "x", "--yes", "--answer", answer], "");
        assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
        assert!(shown(&output).contains(said), "{}", shown(&output));
    }
    assert!(fine(folder.path(), &["init", "--questions"], "").contains("determines replicas"));
}

fn documents() -> String {
    shop().join("../../crates/charter-draft/tests/documents").display().to_string()
}

#[test]
fn a_charter_begins_from_documents_of_other_tools() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::create_dir_all(at.join("docs/adr")).expect("a folder");
    std::fs::copy(format!("{}/madr4.md", documents()), at.join("docs/adr/0001-use-kserve.md")).expect("copied");
    let (openapi, workspace) = (format!("{}/openapi.yaml", documents()), format!("{}/workspace.dsl", documents()));
    let told =
        fine(at, &["init", ".", "--yes", "--from-openapi", &openapi, "--from-adr", "docs/adr", "--from-structurizr", &workspace], "");
    assert!(told.contains("imported 2 routes"), "{told}");
    let charter_yaml = text(at.join("charter.yaml"));
    assert!(charter_yaml.contains("score-transaction:") && charter_yaml.contains("record: docs/adr/0001-use-kserve.md"), "{charter_yaml}");
    assert!(charter_yaml.contains("system: shop\n"), "{charter_yaml}");
    fine(at, &["check", "."], "");
}

#[test]
fn an_import_becomes_a_part_and_touches_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    fine(at, &["init", ".", "--yes", "--kind", "online"], "");
    let before = text(at.join("charter.yaml"));
    let sources = documents();
    for (kind, file, part) in [
        ("madr", "madr4.md", "imported-decisions.yaml"),
        ("odcs", "orders.odcs.yaml", "imported-contracts.yaml"),
        ("openslo", "slo.yaml", "imported-objectives.yaml"),
        ("structurizr", "workspace.dsl", "imported-architecture.yaml"),
    ] {
        let source = format!("{sources}/{file}");
        charter(at, &["import", kind, &source, "--into", "."], "");
        assert!(at.join(part).is_file(), "{part}");
        // Once more is the same once more.
        let again = charter(at, &["import", kind, &source, "--into", "."], "");
        assert!(shown(&again).contains("nothing new to write"), "{}", shown(&again));
    }
    let after = text(at.join("charter.yaml"));
    let added = "include: [imported-decisions.yaml, imported-contracts.yaml, imported-objectives.yaml, imported-architecture.yaml]\n";
    assert_eq!(after.replace(added, ""), before);
    let checked = shown(&charter(at, &["check", "."], ""));
    assert!(!checked.contains("error[Y"), "{checked}");
    // What the workspace says beside, the export of the charter says again.
    let workspace = shown(&charter(at, &["export", "structurizr", "."], ""));
    assert!(workspace.contains("live = deploymentEnvironment \"Live\" {") && workspace.contains("group \"Shop Ltd\" {"), "{workspace}");
    assert!(workspace.contains("\"Looks around in\" \"HTTPS\" \"Important\""), "{workspace}");
    assert!(at.join("decisions/madr4.md").is_file() && at.join("contracts/orders.odcs.yaml").is_file());
}

#[test]
fn an_import_of_nothing_leaves_no_folder_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    std::fs::create_dir(at.join("notes")).expect("made");
    std::fs::write(at.join("notes/hello.md"), "# Hello\n\nNothing was decided.\n").expect("written");
    let output = charter(at, &["import", "madr", "notes", "--into", "new"], "");
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(shown(&output).contains("nothing is imported"), "{}", shown(&output));
    assert!(!at.join("new").exists());
}

#[test]
fn records_in_folders_come_back_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    for (path, text) in [
        (
            "adr/api/0001-use-rest.md",
            "---\nstatus: accepted\nteam: api\n---\n\n# Use REST\n\n## Context and Problem Statement\n\nx\n\n## Reviews\n\n| who | when |\n|---|---|\n| Ann | 2026-01-02 |\n",
        ),
        ("adr/ODH-Storage.md", "# Storage\n\n## Status\n\nAccepted\n\n## Decision\n\nz\n"),
        (
            "adr/data/0002-use-kafka.md",
            "# 2. Use Kafka\r\n\r\n## Status\r\n\r\nAccepted\r\n\r\nAmends [1. Use REST](../api/0001-use-rest.md)\r\n\r\n## Context\r\n\r\ny\r\n",
        ),
    ] {
        std::fs::create_dir_all(at.join(path).parent().expect("a folder")).expect("made");
        std::fs::write(at.join(path), text).expect("written");
    }
    fine(at, &["import", "madr", "adr", "--into", "new"], "");
    fine(at, &["check", "new"], "");
    fine(at, &["export", "madr", "new", "--out", "out"], "");
    for path in ["api/0001-use-rest.md", "data/0002-use-kafka.md", "ODH-Storage.md"] {
        assert_eq!(text(at.join("adr").join(path)), text(at.join("out").join(path)), "{path}");
    }
}

#[test]
fn an_average_above_the_peak_is_refused_and_asked_for_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path();
    let output = charter(at, &["init", "a", "--yes", "--answer", "peak=100rps", "--answer", "average=200rps"], "");
    assert_eq!(output.status.code(), Some(2), "{}", shown(&output));
    assert!(shown(&output).contains("an average of `200rps` cannot be more than the peak of `100rps`"), "{}", shown(&output));
    assert!(!at.join("a").exists());
    std::fs::write(at.join("answers.yaml"), ANSWERS.replace("peak: 500 rps\n", "")).expect("written");
    let told = charter(at, &["init", "b", "--kind", "online", "--answers", "answers.yaml"], "shop\n20 rps\n500 rps\n");
    assert!(shown(&told).contains("cannot be more than the peak of `20 rps`"), "{}", shown(&told));
    assert!(text(at.join("b/charter.yaml")).contains("peak: 500 rps"), "{}", shown(&told));
}

#[test]
fn an_import_without_a_place_shows_and_writes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let source = format!("{}/workspace.dsl", documents());
    let output = charter(folder.path(), &["import", "structurizr", &source], "");
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("# Imported from"), "{}", shown(&output));
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning[X004]: `nothing` is no element"), "{}", shown(&output));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    assert!(fine(folder.path(), &["explain", "X004"], "").contains("a reference leads nowhere"));
    let json = charter(folder.path(), &["import", "structurizr", &source, "--format", "json"], "");
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    assert_eq!(value["imported"]["container"], 3);
    let lines: Vec<u64> = value["notes"].as_array().expect("notes").iter().filter_map(|note| note["line"].as_u64()).collect();
    assert!(lines.contains(&19), "{lines:?}");
}
