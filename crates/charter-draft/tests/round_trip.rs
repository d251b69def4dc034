//! Import, export, import: what a charter took over is in what it writes, and comes back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

mod support;

use charter_draft::import::{Draft, Target};
use charter_draft::{madr, odcs, openslo, structurizr};
use charter_plan::artifact::Artifacts;
use charter_render::export::{Format, Input, export};
use charter_spec::ast::Decision;
use charter_spec::quantity::Date;
use charter_spec::{FileSet, Spec};
use proptest::prelude::*;
use support::{reading, single, written};

/// The files of a draft's charter in another format.
fn exported(draft: &Draft, format: Format) -> FileSet {
    let (files, _) = written(draft);
    let spec = reading(draft).spec.unwrap();
    let resolved = charter_plan::resolve(spec, &files);
    let artifacts = Artifacts::default();
    let input =
        Input { resolved: &resolved, files: &files, artifacts: &artifacts, evidence: &[], today: Date { year: 2026, month: 11, day: 23 } };
    let mut out = FileSet::new();
    for file in export(format, &input).files {
        out.insert(file.path, file.text.into_bytes());
    }
    out
}

fn spec(draft: &Draft) -> Spec {
    reading(draft).spec.unwrap()
}

/// A decision without the path of its record, which moves.
fn unplaced(decision: &Decision) -> Decision {
    Decision { record: None, ..decision.clone() }
}

fn decisions_come_back(files: &FileSet) {
    let target = Target::default();
    let first = madr::import(files, &target);
    let again = exported(&first, Format::Madr);
    let second = madr::import(&again, &target);
    let (before, after) = (spec(&first), spec(&second));
    assert_eq!(before.decisions.len(), after.decisions.len());
    for decision in &before.decisions {
        let text = || String::from_utf8_lossy(again.get(&format!("{}.md", decision.id.value)).unwrap_or_default()).into_owned();
        let back = after.decisions.get(&decision.id.value).unwrap_or_else(|| panic!("{} is gone", decision.id.value));
        assert_eq!(unplaced(&decision.value.value), unplaced(back), "{}\n{}", decision.id.value, text());
    }
}

#[test]
fn records_of_every_dialect_come_back() {
    let mut files = FileSet::new();
    files.insert("0001-record.md", b"# 1. Record decisions\n\n## Status\n\nAccepted\n\n## Context\n\nWe need *records*, `a [b]` and 2 * 3.\n\n```yaml\nstatus: x\n  # no heading\n```\n\n## Decision\n\n1. Write\n2. Read\n\n## Consequences\n\nBad: it takes time.\n".to_vec());
    files.insert(
        "0005-help-comments.md",
        b"# 5. Help comments\n\nDate: 2017-01-01\n\n## Status\n\nSuperseded by [9. Help scripts](0009-help-scripts.md)\n".to_vec(),
    );
    files.insert("0003-single-command.md", b"# 3. Single command\n\n## Status\n\nAccepted\n\n## Decision\n\nOne.\n".to_vec());
    files.insert("0009-help-scripts.md", include_bytes!("documents/nygard.md").to_vec());
    files.insert("0011-use-kserve.md", include_bytes!("documents/madr4.md").to_vec());
    decisions_come_back(&files);
}

/// Words as they stand in records, with signs that mean something to Markdown and YAML.
fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => "[a-z]{2,9}",
        1 => Just("KServe".to_owned()),
        1 => Just("größer".to_owned()),
        1 => Just("決定".to_owned()),
        1 => "[a-z]{1,3}[-_*`#:.,'\"()<>|&%!?/+=~][a-z]{1,3}",
        1 => "[0-9]{1,4}",
    ];
    proptest::collection::vec(word, 1..7).prop_map(|words| words.join(" "))
}

fn record() -> impl Strategy<Value = String> {
    let list = || proptest::collection::vec(words(), 0..4);
    let status =
        prop_oneof![Just("accepted"), Just("proposed"), Just("rejected"), Just("deprecated"), Just("Accepted on 2026-01-02"), Just("")];
    let sides = || proptest::collection::vec((0usize..3, words()), 0..4);
    (words(), status, list(), list(), words(), proptest::option::of((any::<prop::sample::Index>(), words())), sides(), sides()).prop_map(
        |(title, status, people, options, context, chosen, consequences, arguments)| {
            let mut text = format!(
                "---\nstatus: {status}\ndecision-makers: [{}]\n---\n\n# {title}\n\n## Context and Problem Statement\n\n{context}\n",
                people.iter().map(|name| format!("\"{}\"", name.replace(['"', '\\', ','], ""))).collect::<Vec<_>>().join(", ")
            );
            let side = |(side, words): &(usize, String)| format!("* {}{words}\n", ["Good, because ", "Bad, because ", ""][*side]);
            text.push_str("\n## Considered Options\n\n");
            options.iter().for_each(|option| text.push_str(&format!("* {option}\n")));
            text.push_str("\n## Decision Outcome\n\n");
            if let Some((index, reason)) = chosen.filter(|_| !options.is_empty()) {
                text.push_str(&format!("Chosen option: \"{}\", because {reason}\n", index.get(&options).replace('"', "")));
            }
            text.push_str("\n### Consequences\n\n");
            consequences.iter().for_each(|consequence| text.push_str(&side(consequence)));
            text.push_str("\n## Pros and Cons of the Options\n\n");
            if let Some(option) = options.first() {
                text.push_str(&format!("### {option}\n\nSome words.\n\n"));
                arguments.iter().filter(|(side, _)| *side < 2).for_each(|argument| text.push_str(&side(argument)));
            }
            text
        },
    )
}

proptest! {
    #[test]
    fn generated_records_come_back(records in proptest::collection::vec(record(), 1..4)) {
        let mut files = FileSet::new();
        for (number, text) in records.iter().enumerate() {
            files.insert(format!("{:04}-record.md", number + 1), text.clone().into_bytes());
        }
        decisions_come_back(&files);
    }

    #[test]
    fn generated_workspaces_come_back(workspace in workspace()) {
        workspace_comes_back(&workspace);
    }

    #[test]
    fn generated_objectives_come_back(objectives in proptest::collection::vec(objective(), 1..5)) {
        objectives_come_back(&objectives.iter().enumerate().map(|(number, text)| text.replace("NAME", &format!("slo-{number}"))).collect::<String>());
    }
}

/// People, parts, neighbours and relations; what the picture adds by itself may be there too.
fn workspace_comes_back(text: &str) {
    let target = Target::default();
    let first = structurizr::import(&single("workspace.dsl", text), "workspace.dsl", &target);
    let system = first.system.clone().map(|(id, _)| id);
    let again = exported(&first, Format::Structurizr);
    let second = structurizr::import(&again, "workspace.dsl", &target);
    let (before, after) = (spec(&first), spec(&second));
    let dsl = || {
        format!(
            "{text}\n=====\n{}\n=====\n{}\n====={system:?}\n{}",
            first.charter("s", None),
            String::from_utf8_lossy(again.get("workspace.dsl").unwrap_or_default()),
            second.charter("s", None)
        )
    };
    for dependency in &before.dependencies {
        let back = after.dependencies.get(&dependency.id.value).unwrap_or_else(|| panic!("`{}` is gone\n{}", dependency.id.value, dsl()));
        assert_eq!(dependency.direction, back.direction, "{}\n{}", dependency.id.value, dsl());
        assert_eq!(
            dependency.about.as_ref().map(|about| &about.value),
            back.about.as_ref().map(|about| &about.value).filter(|_| dependency.about.is_some()),
            "{}",
            dsl()
        );
        assert_eq!(dependency.url, back.url);
    }
    let (Some(before), Some(after)) = (&before.architecture, after.architecture.as_ref()) else { return };
    for person in &before.people {
        let back = after.people.get(&person.id.value).unwrap_or_else(|| panic!("`{}` is gone\n{}", person.id.value, dsl()));
        for relation in &person.uses {
            assert_eq!(
                Some(&relation.value.value),
                back.uses.get(&relation.id.value),
                "{} to {}\n{}",
                person.id.value,
                relation.id.value,
                dsl()
            );
        }
    }
    for container in &before.containers {
        let back = after.containers.get(&container.id.value).unwrap_or_else(|| panic!("`{}` is gone\n{}", container.id.value, dsl()));
        assert_eq!(container.tech, back.tech, "{}", dsl());
        for relation in container.talks_to.iter() {
            assert_eq!(
                Some(&relation.value.value),
                back.talks_to.get(&relation.id.value),
                "{} to {}\n{}",
                container.id.value,
                relation.id.value,
                dsl()
            );
        }
        for relation in container.used_by.iter() {
            assert_eq!(
                Some(&relation.value.value),
                back.used_by.get(&relation.id.value),
                "{} by {}\n{}",
                container.id.value,
                relation.id.value,
                dsl()
            );
        }
        for component in &container.components {
            let inner = back.components.get(&component.id.value).unwrap_or_else(|| panic!("`{}` is gone\n{}", component.id.value, dsl()));
            for relation in component.talks_to.iter() {
                assert_eq!(
                    Some(&relation.value.value),
                    inner.talks_to.get(&relation.id.value),
                    "{} to {}\n{}",
                    component.id.value,
                    relation.id.value,
                    dsl()
                );
            }
        }
    }
}

#[test]
fn the_workspace_comes_back() {
    workspace_comes_back(include_str!("documents/workspace.dsl"));
}

fn workspace() -> impl Strategy<Value = String> {
    let elements = (1usize..4, 1usize..4, 0usize..3, 0usize..3);
    let relations = proptest::collection::vec(
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[a-z]{2,8}( [a-z]{1,6}){0,2}", "[A-Z]{0,4}"),
        0..14,
    );
    (elements, relations).prop_map(|((people, containers, components, others), relations)| {
        let mut text = String::from("workspace \"W\" {\nmodel {\n");
        let mut names = Vec::new();
        for number in 0..people {
            text.push_str(&format!("p{number} = person \"Person {number}\" \"does things\"\n"));
            names.push(format!("p{number}"));
        }
        text.push_str("ours = softwareSystem \"Ours\" {\n");
        for number in 0..containers {
            text.push_str(&format!("c{number} = container \"Part {number}\" \"holds\" \"Rust\" {{\n"));
            names.push(format!("c{number}"));
            for inner in 0..components {
                text.push_str(&format!("k{number}x{inner} = component \"Piece {number} {inner}\" \"does\" \"crate\"\n"));
                names.push(format!("k{number}x{inner}"));
            }
            text.push_str("}\n");
        }
        text.push_str("}\n");
        for number in 0..others {
            text.push_str(&format!(
                "o{number} = softwareSystem \"Other {number}\" \"is there\" {{\n url https://example.org/{number}\n}}\n"
            ));
            names.push(format!("o{number}"));
        }
        let mut seen = std::collections::HashSet::new();
        for (from, to, verb, technology) in relations {
            let (from, to) = (from.get(&names), to.get(&names));
            // A part has no relation to its whole.
            let within = to.starts_with('k') && to.starts_with(&from.replace('c', "k"))
                || from.starts_with('k') && from.starts_with(&to.replace('c', "k"));
            if from != to && !within && seen.insert((from.clone(), to.clone())) {
                text.push_str(&format!("{from} -> {to} \"{verb}\" \"{technology}\"\n"));
            }
        }
        text.push_str("}\n}\n");
        text
    })
}

/// Measures that are ratios of calls, which is what OpenSLO can carry.
fn objectives_come_back(text: &str) {
    let target = Target::default();
    let first = openslo::import(&single("slo.yaml", text), &target);
    let again = exported(&first, Format::OpenSlo);
    let second = openslo::import(&again, &target);
    let (before, after) = (spec(&first), spec(&second));
    for scenario in &before.quality {
        let back = after.quality.get(&scenario.id.value).unwrap_or_else(|| panic!("`{}` is gone\n{text}", scenario.id.value));
        let measure = |scenario: &charter_spec::ast::Scenario| scenario.measure.as_ref().map(|measure| measure.value.text.clone());
        assert_eq!(
            measure(&scenario.value.value),
            measure(back),
            "{text}\n{}",
            String::from_utf8_lossy(again.get("openslo.yaml").unwrap_or_default())
        );
        assert_eq!(scenario.attribute, back.attribute);
    }
}

fn objective() -> impl Strategy<Value = String> {
    let counted = prop_oneof![
        Just("good: { metricSource: { spec: { query: 'sum(requests{status=~\"2..\"})' } } }"),
        Just("bad: { metricSource: { spec: { query: 'sum(requests{status=~\"5..\"})' } } }"),
        Just("good: { metricSource: { spec: { query: 'sum(latency_seconds_bucket{le=\"0.1\"})' } } }"),
        Just("good: { metricSource: { spec: { query: 'sum(duration_milliseconds_bucket{le=\"500\"})' } } }"),
        Just("good: { metricSource: { spec: { query: 'sum(charter_rung_answers_total{rung=\"full\"})' } } }"),
    ];
    (counted, prop_oneof![Just("0.9"), Just("0.99"), Just("0.995"), Just("0.9999")], 1u32..60).prop_map(|(counted, target, days)| {
        format!("---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{ name: NAME }}\nspec:\n  service: s\n  indicator: {{ metadata: {{ name: i }}, spec: {{ ratioMetric: {{ counter: true, {counted}, total: {{ metricSource: {{ spec: {{ query: 'sum(requests)' }} }} }} }} }} }}\n  timeWindow: [{{ duration: {days}d, isRolling: true }}]\n  budgetingMethod: Occurrences\n  objectives: [{{ target: {target} }}]\n")
    })
}

#[test]
fn contracts_come_back_byte_for_byte() {
    let target = Target::default();
    let text = include_str!("documents/orders.odcs.yaml");
    let first = odcs::import(&single("orders.odcs.yaml", text), &target);
    let again = exported(&first, Format::Odcs);
    let path = again.paths().next().unwrap().to_owned();
    assert_eq!(again.get(&path).map(|bytes| String::from_utf8_lossy(bytes).into_owned()), Some(text.to_owned()));
    let second = odcs::import(&again, &target);
    let without_path = |draft: &Draft| {
        spec(draft)
            .dependencies
            .iter()
            .map(|entry| (entry.id.value.clone(), charter_spec::ast::Dependency { contract: None, ..entry.value.value.clone() }))
            .collect::<Vec<_>>()
    };
    assert_eq!(without_path(&first), without_path(&second));
}
