//! OpenSLO: whatever a document can say comes back, and what the charter says today is in what it writes.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

#[path = "support/exchange.rs"]
mod exchange;
#[path = "support/objectives.rs"]
mod objectives;
#[path = "support/mod.rs"]
mod support;

use charter_draft::import::{Draft, Target};
use charter_draft::openslo;
use charter_render::export::{Export, Format};
use charter_spec::FileSet;
use exchange::{documents, export_of, export_of_text, files_of, fixed, stream};
use objectives::{all_kinds, old_slo};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{check_notes, mutated, notes, single, spec};

/// The name under which an export writes a document again, so that the second import starts from the same path.
const PATH: &str = "slo.openslo.yaml";

fn import(text: &str) -> Draft {
    let files = single(PATH, text);
    let draft = openslo::import(&files, &Target::default());
    check_notes(&draft, &files);
    draft
}

fn again(draft: &Draft) -> (Export, Draft) {
    let made = export_of(draft, Format::OpenSlo);
    let second = openslo::import(&files_of(&made), &Target::default());
    (made, second)
}

fn text(made: &Export, path: &str) -> String {
    let file = made.files.iter().find(|file| file.path == path);
    file.unwrap_or_else(|| panic!("`{path}` is not written: {:?}", made.notes)).text.clone()
}

fn text_of(made: &Export) -> String {
    made.files.iter().map(|file| format!("=== {}\n{}", file.path, file.text)).collect()
}

fn charter(draft: &Draft) -> String {
    draft.charter("system", None)
}

/// Import, export and import once more: the documents are the same, and so is the charter.
fn comes_back(given: &[Value]) {
    let text_given = stream(given);
    let first = import(&text_given);
    for note in first.notes.iter().filter(|note| note.code == "X010") {
        assert!(note.message.starts_with("`x-unknown` is no key of `objectives`"), "{}\n{text_given}", note.message);
    }
    let (made, second) = again(&first);
    let told = || format!("{:?}\n{}\n=====\n{}", made.notes, charter(&first), serde_json::to_string_pretty(given).unwrap());
    assert_eq!(made.files.len(), 1, "{}", told());
    assert_eq!(documents(&text(&made, PATH)), given, "{}", told());
    assert_eq!(charter(&first), charter(&second), "{}", told());
}

proptest! {
    #![proptest_config(fixed(192))]

    #[test]
    fn documents_of_every_kind_come_back(given in all_kinds()) {
        comes_back(&given);
    }
}

// ── The charter says something else than the document did ──

/// The draft with another measure of a scenario.
fn changed(draft: &Draft, id: &str, measure: &str) -> Draft {
    let mut draft = draft.clone();
    let Some(charter_draft::Value::Map(mut quality)) = draft.sections.get("quality").cloned() else { panic!("there are scenarios") };
    let Some(charter_draft::Value::Map(mut scenario)) = quality.get(id).cloned() else { panic!("`{id}` is a scenario") };
    scenario.replace("measure", measure);
    quality.replace(id, scenario);
    draft.sections.replace("quality", quality);
    draft
}

/// What a scenario says, by the objective that it is.
fn measures(draft: &Draft) -> Vec<(String, String, Option<String>)> {
    let of = |entry: &charter_spec::names::Entry<charter_spec::ast::Scenario>| {
        let measure = entry.measure.as_ref().map(|measure| measure.value.text.to_string());
        (entry.facts.get("openslo").cloned().unwrap_or_default(), entry.id.value.to_string(), measure)
    };
    spec(draft).quality.iter().map(of).collect()
}

/// A measure in which one thing is different; `None` where that would be none.
fn other(measure: &str, which: usize) -> Option<String> {
    let (head, window) = measure.rsplit_once(" over ").map_or((measure, None), |(head, window)| (head, Some(window)));
    let (operator, at) = [" <= ", " >= ", " < ", " > "].into_iter().find_map(|operator| Some((operator, head.rfind(operator)?)))?;
    let (term, value) = (&head[..at], &head[at + operator.len()..]);
    let over = window.map(|window| format!(" over {window}")).unwrap_or_default();
    match which {
        0 => {
            let strict = [(" <= ", " < "), (" >= ", " > "), (" < ", " <= "), (" > ", " >= ")];
            let other = strict.into_iter().find(|(one, _)| *one == operator)?.1;
            Some(format!("{term}{other}{value}{over}"))
        }
        1 => Some(format!("{term}{operator}{value} over 17d")),
        2 if term.starts_with("ratio(") => Some(format!("{term}{operator}{}{over}", if operator.contains('>') { "97.5%" } else { "2.5%" })),
        2 => Some(format!("p{}({}{operator}{value}{over}", if operator.contains('<') { 97 } else { 3 }, term.split_once('(')?.1)),
        _ => None,
    }
}

/// An SLO without what a charter has words for, and without the annotation for what OpenSLO says less exactly.
fn unsaid(mut slo: Value) -> Value {
    let keep = |value: Option<&mut Value>, keys: &[&str]| {
        value.and_then(Value::as_object_mut).unwrap().retain(|key, _| !keys.contains(&key.as_str()));
    };
    keep(slo.pointer_mut("/spec/objectives/0"), &["op", "value", "target", "targetPercent"]);
    keep(slo.pointer_mut("/spec"), &["timeWindow"]);
    if let Some(annotations) = slo.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.remove("charter-measure");
        if annotations.is_empty() {
            keep(slo.pointer_mut("/metadata"), &["annotations"]);
        }
    }
    slo
}

fn changes_are_written(given: &[Value], chosen: prop::sample::Index, which: usize) -> Result<(), TestCaseError> {
    let first = import(&stream(given));
    // Objectives of one SLO share its window and metadata.
    let alone = |pointer: &str| {
        let name = pointer.rsplit('#').next().unwrap().split(['/', '~']).next().unwrap();
        given.iter().any(|document| {
            document["metadata"]["name"] == name && document["spec"]["objectives"].as_array().is_some_and(|list| list.len() == 1)
        })
    };
    let may: Vec<_> = measures(&first)
        .into_iter()
        .filter(|(pointer, ..)| alone(pointer))
        .filter_map(|(pointer, id, measure)| Some((pointer, id, other(&measure?, which)?)))
        .collect();
    prop_assume!(!may.is_empty());
    let (pointer, id, measure) = chosen.get(&may);
    let today = changed(&first, id, measure);
    let (made, second) = again(&today);
    let told = || format!("{:?}\n{measure}\n{}\n=====\n{}", made.notes, charter(&first), text(&made, PATH));
    let expected: Vec<_> = measures(&first)
        .into_iter()
        .map(|(its, id, known)| if its == *pointer { (its, id, Some(measure.clone())) } else { (its, id, known) })
        .collect();
    prop_assert_eq!(measures(&second), expected, "{}", told());
    let name = pointer.rsplit('#').next().unwrap();
    for (before, after) in given.iter().zip(documents(&text(&made, PATH))) {
        if before["kind"] == "SLO" && before["metadata"]["name"] == name {
            if !before["spec"]["indicator"]["spec"]["thresholdMetric"].is_null() {
                // OpenSLO has an operator for a threshold, so that nothing is left for an annotation.
                let word =
                    ["lte", "gte", "lt", "gt"].into_iter().zip([" <= ", " >= ", " < ", " > "]).find(|(_, sign)| measure.contains(sign));
                prop_assert_eq!(after["spec"]["objectives"][0]["op"].as_str(), word.map(|(word, _)| word), "{}", told());
                prop_assert!(after["metadata"]["annotations"]["charter-measure"].is_null(), "{}", told());
            }
            prop_assert_eq!(unsaid(before.clone()), unsaid(after), "{}", told());
        } else {
            prop_assert_eq!(before, &after, "{}", told());
        }
    }
    // What was written once comes back as it is.
    let (again_made, third) = again(&second);
    prop_assert_eq!(charter(&second), charter(&third));
    prop_assert_eq!(text(&again_made, PATH), text(&made, PATH));
    Ok(())
}

// ── v1alpha ──

/// Every text and number of a document, sorted, without keys.
fn leaves(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| leaves(item, out)),
        Value::Object(map) => map.values().for_each(|item| leaves(item, out)),
        leaf => out.push(leaf.to_string()),
    }
}

fn old_becomes_new(given: &[Value]) -> Result<(), TestCaseError> {
    let first = import(&stream(given));
    let (made, second) = again(&first);
    let written = documents(&text(&made, PATH));
    let told = || format!("{:?}\n{}\n=====\n{}", made.notes, charter(&first), text(&made, PATH));
    prop_assert!(written.iter().all(|document| document["apiVersion"] == "openslo/v1"), "{}", told());
    prop_assert!(!text(&made, PATH).contains("ratioMetrics") && !text(&made, PATH).contains("timeWindows"), "{}", told());
    prop_assert_eq!(charter(&first), charter(&second), "{}", told());
    let (again_made, third) = again(&second);
    prop_assert_eq!(text(&again_made, PATH), text(&made, PATH), "{}", told());
    prop_assert_eq!(charter(&second), charter(&third));
    for (before, after) in given.iter().zip(&written) {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        leaves(before, &mut old);
        leaves(after, &mut new);
        let units = ["\"Second\"", "\"Day\"", "\"Week\"", "\"Month\"", "\"Quarter\"", "\"openslo/v1alpha\""];
        let count = before["spec"]["timeWindows"][0]["count"].to_string();
        for leaf in old.iter().filter(|leaf| !units.contains(&leaf.as_str()) && **leaf != count) {
            prop_assert!(new.contains(leaf), "{leaf} is gone\n{}", told());
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(fixed(192))]

    #[test]
    fn what_the_charter_says_today_is_written(given in all_kinds(), chosen: prop::sample::Index, which in 0usize..3) {
        changes_are_written(&given, chosen, which)?;
    }

    #[test]
    fn documents_that_somebody_broke_are_still_passed_on(changes in prop::collection::vec((any::<usize>(), any::<u8>(), any::<usize>()), 1..5), old: bool) {
        let text = if old { include_str!("documents/objectives-old.yaml") } else { include_str!("documents/objectives-shop.yaml") };
        let files = FileSet::single(PATH, mutated(text, &changes));
        let first = openslo::import(&files, &Target::default());
        if !first.is_empty() && !spec(&first).quality.is_empty() {
            let (made, second) = again(&first);
            let unreadable = second.notes.iter().filter(|note| note.code == "X001").count();
            prop_assert_eq!(unreadable, 0, "{}", text_of(&made));
            prop_assert_eq!(charter(&first), charter(&second), "{}\n=====\n{}", String::from_utf8_lossy(files.get(PATH).unwrap()), text_of(&made));
        }
    }

    #[test]
    fn old_documents_become_new_ones(names in prop::collection::btree_set("[a-z]{1,6}(-[a-z]{1,6})?", 1..4), slos in prop::collection::vec(old_slo("NAME".to_owned()), 4)) {
        let named = names.iter().zip(slos).map(|(name, mut slo)| { slo["metadata"]["name"] = json!(name); slo });
        old_becomes_new(&named.collect::<Vec<_>>())?;
    }
}

// ── As they are met ──

fn shown(path: &str, text: &str) -> String {
    let files = single(path, text);
    let draft = openslo::import(&files, &Target::default());
    spec(&draft);
    let made = export_of(&draft, Format::OpenSlo);
    let told: String = made.notes.iter().map(|note| format!("note: {}\n", note.text)).collect();
    let written: String =
        made.files.iter().map(|file| format!("=== {}{}\n", file.path, if file.text == text { ": as it was" } else { "" })).collect();
    let rewritten: String = made.files.iter().filter(|file| file.text != text).map(|file| file.text.clone()).collect();
    format!("{}\n{}\n{told}{written}{rewritten}", charter(&draft), notes(&draft, &files))
}

#[test]
fn a_team_s_objectives() {
    insta::assert_snapshot!("openslo_shop", shown("objectives-shop.yaml", include_str!("documents/objectives-shop.yaml")));
}

#[test]
fn objectives_of_v1alpha() {
    insta::assert_snapshot!("openslo_old", shown("objectives-old.yaml", include_str!("documents/objectives-old.yaml")));
}

#[test]
fn what_no_scenario_is_any_more_is_left_out_and_told() {
    let draft = import(include_str!("documents/objectives-shop.yaml"));
    let text_of =
        |draft: &Draft| charter(draft).replace("objectives/slo.openslo.yaml#checkout-works\n", "objectives/slo.openslo.yaml#gone\n");
    let today = text_of(&draft);
    assert_ne!(today, charter(&draft));
    let made = export_of_text(&draft, &today, Format::OpenSlo);
    let notes: String = made.notes.iter().map(|note| format!("{}\n", note.text)).collect();
    insta::assert_snapshot!(notes);
    let written = documents(&text(&made, PATH));
    let slo = written.iter().find(|document| document["metadata"]["name"] == "checkout-works").expect("the other objective is there");
    assert_eq!(slo["spec"]["objectives"].as_array().map(Vec::len), Some(1));
    assert_eq!(slo["spec"]["objectives"][0]["owner"], "@payments");
    assert_eq!(written.len(), 7);
}

#[test]
fn a_limit_that_an_indicator_counts_itself_is_not_changed_by_its_objective() {
    let text_of = |limit: &str| {
        format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{ name: fast }}\nspec:\n  service: s\n  budgetingMethod: Occurrences\n  indicator:\n    metadata: {{ name: i }}\n    \
             spec: {{ ratioMetric: {{ counter: true, good: {{ metricSource: {{ spec: {{ query: 'sum(request_duration_seconds_bucket{{le=\"{limit}\"}})' }} }} }}, total: {{ metricSource: {{ spec: {{ query: x }} }} }} }} }}\n  \
             timeWindow: [{{ duration: 28d, isRolling: true }}]\n  objectives: [{{ target: 0.99 }}]\n"
        )
    };
    let draft = import(&text_of("0.2"));
    assert_eq!(measures(&draft)[0].2.as_deref(), Some("p99(latency) <= 200ms over 28d"));
    // The strictness stands in the annotation.
    let (made, second) = again(&changed(&draft, "fast", "p99(latency) < 200ms over 28d"));
    assert_eq!(measures(&second)[0].2.as_deref(), Some("p99(latency) < 200ms over 28d"), "{}", text(&made, PATH));
    // Another bucket is another indicator: the objective is not written, and ours stands in its place.
    let made = export_of(&changed(&draft, "fast", "p99(latency) <= 500ms over 28d"), Format::OpenSlo);
    assert!(
        made.notes.iter().any(|note| note.text.contains("says `p99(latency) <= 500ms over 28d`, which") && note.text.contains("left out")),
        "{:?}",
        made.notes
    );
    assert!(made.files.iter().all(|file| file.path == "openslo.yaml"), "{:?}", made.files);
    assert!(text(&made, "openslo.yaml").contains("le=\\\"0.5\\\""), "{}", text(&made, "openslo.yaml"));
}

#[test]
fn objectives_of_ours_come_back_with_their_measures() {
    let measures_given = [
        "p99(latency) < 200ms over 28d",
        "p99(latency) <= 200ms over 28d",
        "p99.9(latency) < 180ms over 7d",
        "ratio(answered) > 99% over 1h",
        "ratio(answered) >= 99.95% over 30min",
        "ratio(errors) < 1% over 28d",
        "ratio(errors) <= 0.1%",
        "ratio(rung == full) >= 95% over 28d",
        "ratio(rung == plain) < 5% over 28d",
    ];
    let scenarios: String = measures_given
        .iter()
        .enumerate()
        .map(|(at, measure)| format!("  s{at}: {{ attribute: performance, measure: {measure} }}\n"))
        .collect();
    let draft = Draft::default();
    let made = export_of_text(&draft, &format!("charter: 1\nsystem: s\nquality:\n{scenarios}"), Format::OpenSlo);
    let files = files_of(&made);
    let second = openslo::import(&files, &Target::default());
    assert_eq!(
        measures(&second).into_iter().filter_map(|(_, _, measure)| measure).collect::<Vec<_>>(),
        measures_given,
        "{}",
        text(&made, "openslo.yaml")
    );
    assert_eq!(notes(&second, &files), "");
}

#[test]
fn an_annotation_that_says_something_else_is_told() {
    let made = export_of_text(
        &Draft::default(),
        "charter: 1\nsystem: s\nquality:\n  a: { attribute: performance, measure: ratio(answered) > 99% over 28d }\n",
        Format::OpenSlo,
    );
    let edited = text(&made, "openslo.yaml").replace("target: 0.99\n", "target: 0.9\n");
    let files = single("openslo.yaml", &edited);
    let second = openslo::import(&files, &Target::default());
    assert_eq!(measures(&second)[0].2.as_deref(), Some("ratio(answered) >= 90% over 28d"));
    assert!(notes(&second, &files).contains("the annotation says `ratio(answered) > 99% over 28d`"), "{}", notes(&second, &files));
}

#[test]
fn what_departs_from_the_standard_is_told_with_its_place() {
    let whole = include_str!("documents/objectives-shop.yaml").replace("      owner: \"@payments\"\n", "").replace("OnCall", "on-call");
    let told = |text: &str| {
        let files = single("slo.yaml", text);
        let draft = openslo::import(&files, &Target::default());
        notes(&draft, &files).lines().filter(|line| line.starts_with("X010")).map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_eq!(told(&whole), "");
    for (was, is, message) in [
        (
            "budgetingMethod: Occurrences",
            "budgetingMethod: Guesswork",
            "slo.yaml:70:20 `budgetingMethod: Guesswork` is none of Occurrences, Timeslices, RatioTimeslices",
        ),
        ("  budgetingMethod: Occurrences\n", "", "`spec` needs `budgetingMethod`"),
        ("op: lt,", "op: below,", "`op: below` is none of lte, gte, lt, gt"),
        ("targetPercent: 99.9\n", "targetPercent: 100\n", "`targetPercent: 100` is not from 0 to below 100"),
        ("duration: 1Q", "duration: quarter", "`duration: quarter` is no duration such as `4w`"),
        ("duration: 1Q", "duration: 01Q", "`duration: 01Q` is no duration such as `4w`"),
        ("counter: true", "counter: perhaps", "`counter: perhaps` is neither `true` nor `false`"),
        ("value: 300", "value: much", "`value: much` is no number"),
        ("name: checkout-works", "name: Checkout Works", "is no name of at most 63 small letters, digits and `-`"),
        ("kind: AlertNotificationTarget", "kind: Pager", "slo.yaml:91:7 OpenSLO v1 has no kind `Pager`"),
        ("spec: { target: opsgenie }", "spec: opsgenie", "`spec` has keys"),
        ("objectives:\n    - displayName", "objectives:\n    displayName", "`objectives` is a list"),
        ("spec: { target: opsgenie }", "spec: { target: opsgenie }\nstatus: live", "`status` is no key of an object"),
        ("timeZone: Europe/Berlin", "zone: Europe/Berlin", "`calendar` needs `timeZone`"),
    ] {
        let text = whole.replacen(was, is, 1);
        assert_ne!(text, whole, "{was}");
        assert!(told(&text).contains(message), "{was} to {is}: {}", told(&text));
    }
    let long = whole.replace("95th percentile, as the load balancer sees it", &"x".repeat(1051));
    assert!(told(&long).contains("is longer than 1,050 characters"), "{}", told(&long));
}

#[test]
fn objectives_of_ours_beside_imported_ones_have_names_of_their_own() {
    let draft = import(include_str!("documents/objectives-shop.yaml"));
    let today = charter(&draft).replacen(
        "quality:\n",
        "quality:\n  Checkout-Works: { attribute: reliability, artifact: system, measure: ratio(answered) >= 99% over 28d }\n",
        1,
    );
    let made = export_of_text(&draft, &today, Format::OpenSlo);
    let ours = documents(&text(&made, "openslo.yaml"));
    let names: Vec<&str> =
        ours.iter().filter(|object| object["kind"] == "SLO").filter_map(|object| object["metadata"]["name"].as_str()).collect();
    assert_eq!(names, ["checkout-works-2"]);
    assert_eq!(text(&made, PATH), include_str!("documents/objectives-shop.yaml"));
}
