//! `charter check --fix`: what it writes, and what it leaves alone.

use crate::support::CHARTER;
use std::path::Path;
use std::process::{Command, Output};

const MESSY: &str = "# The shop.
charter: 1
system: shop
title: Shop
owner: architect
currency: USD
stakeholders:
  sponsor: { role: sponsor, cares: [quik] }   # one letter off
load: { peek: 10 rps }
quality:
  quick:
    attribute: performence   # a word
    source: a   caller
    stimulus: calls
    response: an answer
    measure: p99(latncy) < 200ms
    under: load.peak
dependencies:
  lake: { direction: upstream, kind: stream, region: NO, hard: yes }
decisions:
  new-store: { status: accepted, supersedes: [old-store] }
  old-store:
    status: superseded   # since last year
risks:
  late: { probability: low, impact: low, level: high }
lint: { F0003: { severity: error } }
";

const MENDED: &str = "# The shop.
charter: 1
system: shop
title: Shop
owner: architect
currency: USD
stakeholders:
  sponsor: { role: sponsor, cares: [quick] }   # one letter off
load: { peak: 10 rps }
quality:
  quick:
    attribute: performance   # a word
    source: a   caller
    stimulus: calls
    response: an answer
    measure: p99(latency) < 200ms
    under: load.peak
dependencies:
  lake: { direction: upstream, kind: stream, region: \"NO\", hard: true }
decisions:
  new-store: { status: accepted, supersedes: [old-store] }
  old-store:
    status: superseded   # since last year
    superseded_by: new-store
risks:
  late: { probability: low, impact: low, level: low }
lint: { F003: { severity: error } }
";

fn check(folder: &Path, more: &[&str]) -> Output {
    Command::new(CHARTER).arg("check").arg(folder).args(more).output().expect("charter runs")
}

fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn messy() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("charter.yaml");
    std::fs::write(&path, MESSY).expect("written");
    (folder, path)
}

#[test]
fn what_is_mechanical_is_mended_and_comments_and_spaces_stay() {
    let (folder, path) = messy();
    let output = check(folder.path(), &["--fix"]);
    assert_eq!(std::fs::read_to_string(&path).expect("read"), MENDED, "{}", shown(&output));
    assert!(shown(&output).contains("mended[Y009] charter.yaml:9:9: write `peak`\n"), "{}", shown(&output));
    let left: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["charter.yaml"], "nothing is left beside it");

    let again = check(folder.path(), &["--fix"]);
    assert_eq!(std::fs::read_to_string(&path).expect("read"), MENDED);
    assert!(!shown(&again).contains("mended["), "{}", shown(&again));
}

#[test]
fn a_diff_is_shown_and_nothing_is_written() {
    let (folder, path) = messy();
    for arguments in [&["--fix", "--diff"][..], &["--diff"], &["--fix", "--dry-run"]] {
        let output = check(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
        let text = shown(&output);
        assert!(text.starts_with("--- charter.yaml\n+++ charter.yaml\n@@ -5,"), "{text}");
        assert!(text.contains("\n-load: { peek: 10 rps }\n") && text.contains("\n+load: { peak: 10 rps }\n"), "{text}");
        assert_eq!(std::fs::read_to_string(&path).expect("read"), MESSY);
    }
    std::fs::write(&path, MENDED).expect("written");
    let clean = check(folder.path(), &["--fix", "--diff"]);
    assert_eq!((clean.status.code(), shown(&clean).as_str()), (Some(0), ""));
}

#[test]
fn parts_are_mended_where_they_stand_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = messy();
    let part = folder.path().join("parts/more.yaml");
    std::fs::create_dir(folder.path().join("parts")).expect("a folder");
    std::fs::write(&path, "charter: 1\nsystem: shop\ntitle: Shop\nowner: architect\ninclude: [parts/more.yaml]\n").expect("written");
    std::fs::write(&part, "risks:\n  late: { probabilty: low, impact: low }\n").expect("written");
    std::fs::set_permissions(&part, std::fs::Permissions::from_mode(0o640)).expect("set");
    check(folder.path(), &["--fix"]);
    assert_eq!(std::fs::read_to_string(&part).expect("read"), "risks:\n  late: { probability: low, impact: low }\n");
    assert_eq!(std::fs::metadata(&part).expect("there").permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_change_that_would_bring_a_new_error_is_left_to_a_person() {
    let (folder, path) = messy();
    // The key is one letter off, and what stands under it is no rate.
    let text = "charter: 1\nsystem: shop\ntitle: Shop\nowner: architect\nload: { peek: 10 ms }\nrisks:\n  late: { probability: low, impact: low, level: high }\n";
    std::fs::write(&path, text).expect("written");
    let output = check(folder.path(), &["--fix"]);
    assert_eq!(std::fs::read_to_string(&path).expect("read"), text.replace("level: high", "level: low"), "{}", shown(&output));
    assert!(shown(&output).contains("did you mean `peak`?"), "{}", shown(&output));
}

#[test]
fn every_finding_says_once_why_it_matters() {
    let folder = tempfile::tempdir().expect("a folder");
    let vague = |id: &str| {
        format!(
            "  {id}:\n    attribute: performance\n    source: a\n    stimulus: many calls\n    response: is fast\n    measure: p99(latency) < 200ms\n    under: load.peak\n"
        )
    };
    let text = format!(
        "charter: 1\nsystem: shop\ntitle: Shop\nowner: architect\nload: {{ peak: 10 rps }}\nquality:\n{}{}",
        vague("one"),
        vague("two")
    );
    std::fs::write(folder.path().join("charter.yaml"), text).expect("written");
    let text = shown(&check(folder.path(), &[]));
    let why = "why: each reader hears something else, and no test can fail on it (1 more of Q004 below)\n";
    assert_eq!(text.matches(why).count(), 1, "{text}");
    let json: serde_json::Value = serde_json::from_slice(&check(folder.path(), &["--format", "json"]).stdout).expect("JSON");
    let found = json["findings"].as_array().expect("findings");
    assert!(found.iter().all(|finding| finding["why"].as_str().is_some_and(|why| !why.is_empty())), "{found:?}");
}

#[test]
fn a_rule_weighs_what_the_charter_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |lint: &str| {
        let text = format!(
            "charter: 1\nsystem: shop\ntitle: Shop\nowner: architect\nrisks:\n  late: {{ probability: low, impact: low, level: high }}\ncost: {{ ceiling: 10 USD/month }}\n{lint}"
        );
        std::fs::write(folder.path().join("charter.yaml"), text).expect("written");
    };
    write("");
    assert_eq!(check(folder.path(), &[]).status.code(), Some(1));
    write("lint: { K001: { severity: warning, why: levels are from another team } }\n");
    let output = check(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", shown(&output));
    assert!(shown(&output).contains("warning[K001]"), "{}", shown(&output));
    assert!(
        shown(&output).contains("weighed: error to the rule, set by the charter: levels are from another team\n"),
        "{}",
        shown(&output)
    );
    write("lint: { K001: { severity: warning } }\n");
    let output = check(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(1), "{}", shown(&output));
    assert!(
        shown(&output).contains("error[T006]") && shown(&output).contains("error[K001]"),
        "without a reason nothing changes: {}",
        shown(&output)
    );
}

/// What would be declined is not promised: the last line of a check counts what `--fix` then makes.
#[test]
fn no_more_is_promised_than_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let head = "charter: 1\nsystem: shop\ntitle: Shop\nowner: architect\n";
    // `risks2` can only be `risks`, which is there already.
    let twice = "risks:\n  late: { probability: low, impact: low }\nrisks2:\n  other: { probability: low, impact: low }\n";
    let both = "load: { peak: 10 rps }\nrisks:\n  late: { probability: low, impact: low, level: high }\nrisks2:\n  other: { probability: low, impact: low }\n";
    for (body, promised) in [(twice, None), (both, Some("one of them is mended by `charter check --fix`"))] {
        std::fs::write(folder.path().join("charter.yaml"), format!("{head}{body}")).expect("written");
        let text = shown(&check(folder.path(), &[]));
        assert_eq!(text.contains("mended by `charter check --fix`"), promised.is_some(), "{text}");
        assert!(promised.is_none_or(|promised| text.contains(promised)), "{text}");
        let found: serde_json::Value = serde_json::from_slice(&check(folder.path(), &["--format", "json"]).stdout).expect("JSON");
        let mechanical =
            found["findings"].as_array().expect("findings").iter().filter(|finding| finding["fix"]["certainty"] == "mechanical").count();
        let diff = shown(&check(folder.path(), &["--diff"]));
        assert_eq!((mechanical, diff.is_empty()), (usize::from(promised.is_some()), promised.is_none()), "{found:#}\n{diff}");
        let mended = shown(&check(folder.path(), &["--fix"]));
        assert_eq!(mended.matches("mended[").count(), mechanical, "{mended}");
        assert!(!mended.contains("mended by `charter check --fix`"), "{mended}");
    }
}
