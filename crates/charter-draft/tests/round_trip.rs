//! Import, export, import: what a charter took over is in what it writes, and comes back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

mod support;

use charter_draft::import::{Draft, Target};
use charter_draft::{Value, madr, odcs, openslo, structurizr};
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
    // A record by hand that says what the charter says is passed on as it is.
    for decision in &before.decisions {
        let path = decision.record.as_ref().unwrap().value.as_str().trim_start_matches("decisions/").to_owned();
        let shown = |files: &FileSet| String::from_utf8_lossy(files.get(&path).unwrap_or_default()).into_owned();
        assert_eq!(shown(files), shown(&again), "{path}");
    }
}

/// A decision without places, which measures carry too.
fn plain(decision: &Decision) -> String {
    let text = without(&without_places(&format!("{:?}", unplaced(decision))), "by_id: {");
    text.replace("span: Some()", "span: None")
}

/// Export, import: every decision is what it was. Gives back the records, and the draft that they are imported as.
fn charter_comes_back(decisions: &str) -> (FileSet, Draft) {
    comes_back(decisions, FileSet::new())
}

/// The same, with records by hand beside the charter.
fn comes_back(decisions: &str, mut files: FileSet) -> (FileSet, Draft) {
    let base = include_str!("documents/base.yaml");
    let text = &format!("{base}{decisions}");
    files.insert("charter.yaml", text.clone().into_bytes());
    let reading = charter_spec::read(&files, "charter.yaml");
    assert!(reading.diagnostics.is_empty(), "{:?}\n{text}", reading.diagnostics);
    let before = reading.spec.unwrap();
    let resolved = charter_plan::resolve(before.clone(), &files);
    let artifacts = Artifacts::default();
    let today = Date { year: 2026, month: 11, day: 23 };
    let made = export(Format::Madr, &Input { resolved: &resolved, files: &files, artifacts: &artifacts, evidence: &[], today });
    let mut records = FileSet::new();
    for file in &made.files {
        records.insert(file.path.clone(), file.text.clone().into_bytes());
        assert!(file.text.lines().filter(|line| line.starts_with("charter:")).count() < 2, "{}", file.text);
    }
    let known = charter_spec::read(&single("charter.yaml", base), "charter.yaml").spec.unwrap();
    let draft = madr::import(&records, &Target { spec: Some(&known), home: Some(String::new()) });
    let again = format!("{base}{}", charter_draft::write(&draft.sections));
    let reading = charter_spec::read(&single("charter.yaml", &again), "charter.yaml");
    assert!(reading.diagnostics.is_empty(), "{:?}\n{again}", reading.diagnostics);
    let after = reading.spec.unwrap();
    let shown = || {
        let texts: String = made.files.iter().map(|file| format!("=== {}\n{}", file.path, file.text)).collect();
        format!("{text}\n{texts}\n=== again\n{}", draft.charter("s", None))
    };
    assert_eq!(before.decisions.len(), after.decisions.len(), "{}", shown());
    for decision in &before.decisions {
        let back = after.decisions.get(&decision.id.value).unwrap_or_else(|| panic!("{} is gone\n{}", decision.id.value, shown()));
        assert_eq!(plain(&decision.value.value), plain(back), "{}\n{}", decision.id.value, shown());
    }
    (records, draft)
}

/// A decision with one thing more that its text has no words for.
fn changed(decision: &mut charter_draft::Map, what: usize) {
    match what {
        0 => decision.replace("mode", "build"),
        1 => decision.replace("kind", "sync-or-async"),
        _ => {
            let mut facts = match decision.get("facts") {
                Some(Value::Map(facts)) => facts.clone(),
                _ => charter_draft::Map::new(),
            };
            facts.insert(if what == 2 { 0 } else { facts.len() }, "zone", Value::Text("42".to_owned()));
            decision.replace("facts", facts);
        }
    }
}

#[test]
fn a_record_that_was_exported_takes_one_more_key() {
    let (id, block) = ("adr-004", "charter:\n  mode: build\n  # why\n  facts: { team: blue }\n\n  unknown: 1\n");
    for block in [
        block,
        "charter: {mode: build, facts: {team: blue}, unknown: 1}\n",
        "charter:\n  mode: build\ncharter:\n  facts:\n    team: blue\n  unknown: 1\n",
    ] {
        let text = format!("---\nstatus: accepted\n{block}date: 2026-05-21\n---\n\n# Use KServe\n\n## Decision\n\nWe serve.\n");
        let files = single("adr-004.md", &text);
        let draft = madr::import(&files, &Target { spec: None, home: Some(String::new()) });
        let Some(Value::Map(mut section)) = draft.sections.get("decisions").cloned() else { panic!("no decision") };
        let Some(Value::Map(mut decision)) = section.get(id).cloned() else { panic!("no decision") };
        assert_eq!(decision.get("mode"), Some(&"build".into()), "{block}");
        changed(&mut decision, 3);
        section.replace(id, decision);
        let (records, _) = comes_back(&charter_draft::write(&charter_draft::Map::new().with("decisions", section)), files);
        let text = String::from_utf8_lossy(records.get("adr-004.md").unwrap_or_default()).into_owned();
        assert_eq!(text.matches("charter:").count(), 1, "{text}");
        assert!(text.contains("unknown: 1") && text.contains("zone: ") && text.contains("team: blue"), "{text}");
        assert!(text.ends_with("date: 2026-05-21\n---\n\n# Use KServe\n\n## Decision\n\nWe serve.\n"), "{text}");
    }
}

#[test]
fn a_field_of_that_name_gives_way() {
    let files = single("adr-004.md", "---\nstatus: accepted\ncharter: yes please\n---\n\n# Use KServe\n\n## Decision\n\nWe serve.\n");
    let decisions = "decisions:\n  adr-004:\n    title: Use KServe\n    status: accepted\n    record: adr-004.md\n    mode: build\n    \
                     rationale: We serve.\n    facts: { charter: yes please }\n";
    let (records, _) = comes_back(decisions, files);
    let text = String::from_utf8_lossy(records.get("adr-004.md").unwrap_or_default()).into_owned();
    assert!(text.contains("# charter: yes please\ncharter:\n") && text.contains("mode: build"), "{text}");
}

#[test]
fn a_guide_is_no_record() {
    let read = |path: &str, text: &str| {
        let draft = madr::import(&single(path, text), &Target::default());
        matches!(draft.sections.get("decisions"), Some(Value::Map(section)) if section.len() == 1)
    };
    for guide in ["# Deploying\n\n## What\n\nThe site.\n\n## How\n\nRun make.\n", "# Slow\n\n## Problem\n\nSlow.\n\n## Solution\n\nWait.\n"]
    {
        assert!(!read("deploying.md", guide), "{guide}");
        assert!(read("0003-deploying.md", guide), "{guide}");
        assert!(read("deploying.md", &format!("{guide}\n## Consequences\n\nIt is up.\n")), "{guide}");
        assert!(read("deploying.md", &format!("---\nstatus: accepted\n---\n\n{guide}")), "{guide}");
    }
}

#[test]
fn a_decision_with_every_key_comes_back() {
    charter_comes_back(include_str!("documents/decisions.yaml"));
}

#[test]
fn the_text_of_a_record_is_the_place_for_what_it_can_say() {
    let text = format!("{}{}", include_str!("documents/base.yaml"), include_str!("documents/decisions.yaml"));
    let files = single("charter.yaml", &text);
    let resolved = charter_plan::resolve(charter_spec::read(&files, "charter.yaml").spec.unwrap(), &files);
    let artifacts = Artifacts::default();
    let today = Date { year: 2026, month: 11, day: 23 };
    let made = export(Format::Madr, &Input { resolved: &resolved, files: &files, artifacts: &artifacts, evidence: &[], today });
    insta::assert_snapshot!("exported_decision", made.files[0].text);
    // What a person changes in the text is taken over.
    let text = made.files[0].text.replace("status: accepted", "status: deprecated").replace("One runtime less", "Two runtimes less");
    let again = spec(&madr::import(&single("adr-004.md", &text), &Target::default()));
    let decision = again.decisions.get("adr-004").unwrap();
    assert_eq!(decision.status.unwrap().value.word(), "deprecated");
    assert_eq!(decision.consequences.iter().next().unwrap().about.as_ref().unwrap().value, "Two runtimes less");
    assert_eq!(decision.criteria.len(), 2);
    // What the charter that it is imported into does not declare is told, and no reference leads nowhere.
    assert!(decision.answers.is_empty() && decision.owner.is_none(), "{decision:?}");
    assert_eq!(
        decision.facts.iter().find(|fact| fact.id.as_str() == "answers").map(|fact| fact.value.value.as_str()),
        Some("latency, cap")
    );
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

/// Text as a charter holds it: also of several lines, with space at strange places, or longer than an import takes.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => words(),
        1 => (words(), words()).prop_map(|(first, second)| format!("{first}\n{second}")),
        1 => (words(), words()).prop_map(|(first, second)| format!("{first}\n\n- {second}\n- x\n\n```\n# {first}\n```")),
        1 => words().prop_map(|words| format!("{words}?")),
        1 => prop_oneof![
            Just("as said: none"), Just("Good, because of [this](that.md)"), Just("two  spaces"), Just("TBD."), Just("{place}"), Just("# no heading"),
            Just("| a | b |"), Just("1. first"), Just("<!-- a comment -->"), Just("Superseded by ADR-7"), Just("Not chosen, because dear"), Just("---"),
        ].prop_map(str::to_owned),
        1 => words().prop_map(|words| format!("{words}. ").repeat(200).trim_end().to_owned()),
    ]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(text(), 0..3)
}

/// Sets a key in half of the cases.
fn some(map: &mut charter_draft::Map, bits: &mut u64, key: &str, value: impl Into<Value>) {
    if *bits & 1 == 1 {
        map.put(key, value);
    }
    *bits = bits.rotate_right(1);
}

fn option() -> impl Strategy<Value = charter_draft::Map> {
    (any::<u64>(), text(), text(), texts(), texts(), 1..5u32, 1..5u32).prop_map(|(mut bits, about, reason, pros, cons, first, second)| {
        let mut map = charter_draft::Map::new();
        let raw = |text: String| Value::Raw(text);
        some(&mut map, &mut bits, "scores", raw(format!("[{first}, {second}]")));
        some(&mut map, &mut bits, "chosen", true);
        some(&mut map, &mut bits, "because_not", reason);
        some(&mut map, &mut bits, "pros", pros);
        some(&mut map, &mut bits, "cons", cons);
        some(&mut map, &mut bits, "violates", raw("[cap, latency]".to_owned()));
        some(&mut map, &mut bits, "skills", vec!["rust"]);
        some(&mut map, &mut bits, "cost", raw("200 USD/month".to_owned()));
        some(&mut map, &mut bits, "cost_per_call", raw("0.2 USD/thousand".to_owned()));
        some(&mut map, &mut bits, "region", "eu-central-1");
        map.put("about", about);
        map
    })
}

fn decision() -> impl Strategy<Value = charter_draft::Map> {
    let parts = (proptest::collection::vec(option(), 0..3), proptest::collection::vec((text(), 0..4u8), 0..3));
    let plain = (text(), text(), text(), text(), text(), texts(), texts());
    (any::<u64>(), parts, plain, (texts(), words(), text())).prop_map(
        |(mut bits, (options, follows), (title, question, context, rationale, confirmation, drivers, people), (others, key, value))| {
            let mut map = charter_draft::Map::new();
            let raw = |text: &str| Value::Raw(text.to_owned());
            some(&mut map, &mut bits, "title", title);
            some(&mut map, &mut bits, "status", ["accepted", "superseded", "proposed", "rejected"][follows.len()]);
            some(&mut map, &mut bits, "date", raw("2026-05-21"));
            some(&mut map, &mut bits, "question", question);
            some(&mut map, &mut bits, "kind", "sync-or-async");
            some(&mut map, &mut bits, "answers", raw("[latency]"));
            some(&mut map, &mut bits, "mode", "build");
            some(&mut map, &mut bits, "factors", raw("{ differentiation: high }"));
            some(&mut map, &mut bits, "criteria", raw("{ fit: 60%, cost: 40% }"));
            let mut inner = charter_draft::Map::new();
            for (number, option) in options.into_iter().enumerate() {
                inner.put(["kserve", "in-house_2", "b"][number], option);
            }
            map.put("options", inner);
            let mut inner = charter_draft::Map::new();
            for (number, (about, side)) in follows.into_iter().enumerate() {
                let mut follows = charter_draft::Map::new().with("about", about);
                if side < 2 {
                    follows.put("good", side == 0);
                }
                if side > 1 {
                    follows.put("risk", "bus-factor");
                }
                inner.put(["skills", "lock-in", "z"][number], follows);
            }
            map.put("consequences", inner);
            some(&mut map, &mut bits, "accepts", raw("[bus-factor]"));
            some(&mut map, &mut bits, "revisit", raw("{ by: 2027-01-02, if: [ \"p99(latency) > 200ms\" ] }"));
            some(&mut map, &mut bits, "supersedes", raw("[adr-004]"));
            some(&mut map, &mut bits, "superseded_by", "adr-004");
            some(&mut map, &mut bits, "owner", "platform");
            some(&mut map, &mut bits, "deciders", people.clone());
            some(&mut map, &mut bits, "consulted", others.clone());
            some(&mut map, &mut bits, "informed", people);
            some(&mut map, &mut bits, "drivers", drivers);
            some(&mut map, &mut bits, "confirmation", confirmation);
            some(&mut map, &mut bits, "related", raw("[adr-004]"));
            some(&mut map, &mut bits, "context", context);
            some(&mut map, &mut bits, "rationale", rationale);
            let mut facts = charter_draft::Map::new().with("status", value.clone());
            facts.put(charter_draft::identified(&key), value);
            some(&mut map, &mut bits, "facts", facts);
            map
        },
    )
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
    fn generated_decisions_come_back(
        decisions in proptest::collection::vec(decision(), 1..4), at in any::<prop::sample::Index>(), what in 0usize..4,
    ) {
        let mut section = charter_draft::Map::new();
        for (number, mut decision) in decisions.into_iter().enumerate() {
            // What replaces what is no circle.
            for key in [&["supersedes", "superseded_by", "related"][..], &["superseded_by"], &["supersedes"]][number] {
                decision.remove(key);
            }
            let id = ["adr-004", "use-kserve", "A_9"][number];
            if decision.is_empty() {
                // A charter that is written leaves out what holds nothing.
                decision.put("title", id);
            }
            section.put(id, decision);
        }
        let (records, draft) = charter_comes_back(&charter_draft::write(&charter_draft::Map::new().with("decisions", section)));
        // The records are by hand now, and one key changes in the charter.
        let Some(Value::Map(mut section)) = draft.sections.get("decisions").cloned() else { panic!("no decision") };
        let ids: Vec<String> = section.keys().map(str::to_owned).collect();
        let id = at.get(&ids);
        let Some(Value::Map(mut decision)) = section.get(id).cloned() else { panic!("no decision") };
        changed(&mut decision, what);
        section.replace(id, decision);
        comes_back(&charter_draft::write(&charter_draft::Map::new().with("decisions", section)), records);
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

/// What a charter takes over of a workspace comes back, and a second export says what the first one says.
fn workspace_comes_back(text: &str) {
    let target = Target::default();
    let first = structurizr::import(&single("workspace.dsl", text), "workspace.dsl", &target);
    let again = exported(&first, Format::Structurizr);
    let second = structurizr::import(&again, "workspace.dsl", &target);
    let dsl = || {
        format!(
            "{text}\n=====\n{}\n=====\n{}\n=====\n{}",
            first.charter("s", None),
            String::from_utf8_lossy(again.get("workspace.dsl").unwrap_or_default()),
            second.charter("s", None)
        )
    };
    let (before, after) = (spec(&first), spec(&second));
    // Entries are looked up by id: their order is that of the picture.
    let sorted = |spec: &Spec| {
        let mut lines: Vec<String> = Vec::new();
        for dependency in &spec.dependencies {
            let plain = charter_spec::ast::Dependency { facts: Default::default(), ..dependency.value.value.clone() };
            lines.push(format!("dependency {} {plain:?}", dependency.id.value));
            lines.extend(facts(&dependency.facts).map(|fact| format!("dependency {} {fact}", dependency.id.value)));
        }
        let Some(architecture) = &spec.architecture else { return lines };
        for person in &architecture.people {
            lines.push(format!("person {} {:?}", person.id.value, person.about));
            lines.extend(relations(&person.uses).chain(facts(&person.facts)).map(|line| format!("person {} {line}", person.id.value)));
        }
        for container in &architecture.containers {
            let id = &container.id.value;
            lines.push(format!("container {id} {:?} {:?} {:?} {:?}", container.about, container.tech, container.layer, container.critical));
            lines.extend(relations(&container.talks_to).chain(facts(&container.facts)).map(|line| format!("container {id} {line}")));
            lines.extend(relations(&container.used_by).map(|line| format!("container {id} by {line}")));
            for component in &container.components {
                let id = format!("{id}.{}", component.id.value);
                lines.push(format!("component {id} {:?} {:?} {:?}", component.about, component.tech, component.critical));
                lines.extend(relations(&component.talks_to).chain(facts(&component.facts)).map(|line| format!("component {id} {line}")));
            }
        }
        lines.sort();
        // Places differ, what stands there does not.
        lines.iter().map(|line| without_places(line)).collect::<Vec<_>>()
    };
    assert_eq!(sorted(&before), sorted(&after), "{}", dsl());
    // What leads to files beside the workspace is a comment from the first export on.
    let shown = |files: &FileSet| {
        let text = String::from_utf8_lossy(files.get("workspace.dsl").unwrap_or_default()).into_owned();
        text.lines().filter(|line| !line.trim().starts_with("// !")).map(|line| format!("{line}\n")).collect::<String>()
    };
    let third = exported(&second, Format::Structurizr);
    assert_eq!(shown(&again), shown(&third), "{}", dsl());
}

fn relations(relations: &charter_spec::names::Named<charter_spec::ast::Relation>) -> impl Iterator<Item = String> {
    let word = |text: &Option<charter_spec::Spanned<String>>| text.as_ref().map(|text| text.value.clone());
    relations.iter().map(move |relation| format!("{} {:?} {:?}", relation.id.value, word(&relation.verb), word(&relation.via)))
}

/// Facts but those about relations, which say in words what other relations say.
fn facts(facts: &charter_spec::Entries<String>) -> impl Iterator<Item = String> {
    facts.iter().map(|fact| {
        let mut words: Vec<&str> = fact.value.value.split("; ").collect();
        words.sort_unstable();
        format!("fact {} {}", fact.id.value, words.join("; "))
    })
}

/// A text without `Span { … }`.
fn without_places(text: &str) -> String {
    without(text, "Span {")
}

/// A text without what starts so, up to the next brace.
fn without(text: &str, start: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(start) {
        out.push_str(&rest[..at]);
        let behind = &rest[at..];
        rest = behind.find('}').map_or("", |end| &behind[end + 1..]);
    }
    out + rest
}

#[test]
fn what_a_charter_has_no_word_for_is_written_back() {
    let text = include_str!("documents/whole.dsl");
    workspace_comes_back(text);
    let first = structurizr::import(&single("workspace.dsl", text), "workspace.dsl", &Target::default());
    let again = exported(&first, Format::Structurizr);
    let dsl = String::from_utf8_lossy(again.get("workspace.dsl").unwrap()).into_owned();
    insta::assert_snapshot!("written_back", dsl);
    for line in include_str!("documents/whole.kept").lines().filter(|line| !line.is_empty()) {
        assert!(dsl.lines().any(|written| written.trim() == line), "`{line}` is gone\n{dsl}");
    }
}

#[test]
fn the_workspace_comes_back() {
    workspace_comes_back(include_str!("documents/workspace.dsl"));
}

/// A workspace with everything that may be said of elements and relations.
fn workspace() -> impl Strategy<Value = String> {
    let elements = (1usize..4, 0usize..4, 0usize..3, 0usize..3, any::<bool>(), any::<u64>());
    let relations = proptest::collection::vec(
        (
            any::<prop::sample::Index>(),
            any::<prop::sample::Index>(),
            "([a-z]{2,8}( [a-z]{1,6}){0,2})?",
            "[A-Z]{0,4}",
            "([A-Z][a-z]{2,4})?",
            any::<bool>(),
        ),
        0..14,
    );
    (elements, relations).prop_map(|((people, containers, components, others, hierarchical, mut bits), relations)| {
        let mut text = String::from("workspace \"W\" \"About it\" {\n");
        text.push_str(if hierarchical { "!identifiers hierarchical\nmodel {\n" } else { "model {\n" });
        let mut names = Vec::new();
        let mut inside = |of: &str| {
            let mut told = String::new();
            for (bit, line) in [
                (1, format!("tags \"Tag {of}\" \"Second\"")),
                (2, format!("url https://example.org/{of}")),
                (4, format!("properties {{\n\"Cost Centre\" \"{of} 42\"\nowner us\n}}")),
                (8, format!("perspectives {{\n\"Security\" \"what {of} sees\"\n}}")),
            ] {
                if bits & bit != 0 {
                    told.push_str(&line);
                    told.push('\n');
                }
            }
            bits = bits.rotate_right(5);
            (told, bits & 1 == 1)
        };
        let mut add = |text: &mut String, heading: String, name: &str, inner: &str| {
            let (told, is_grouped) = inside(name);
            let group = if is_grouped { format!("group \"Group {}\" {{\n", name.len()) } else { String::new() };
            text.push_str(&format!("{group}{heading} {{\n{told}{inner}}}\n{}", if is_grouped { "}\n" } else { "" }));
        };
        let path = |parents: &[&str], own: &str| if hierarchical { [parents, &[own]].concat().join(".") } else { own.to_owned() };
        for number in 0..people {
            let name = format!("p{number}");
            add(&mut text, format!("{name} = person \"Person {number}\" \"does things\""), &name, "");
            names.push(name);
        }
        let mut ours = String::new();
        for number in 0..containers {
            let name = format!("c{number}");
            names.push(path(&["ours"], &name));
            let mut inner = String::new();
            for piece in 0..components {
                let part = format!("k{number}x{piece}");
                add(&mut inner, format!("{part} = component \"Piece {number} {piece}\" \"\" \"crate\""), &part, "");
                names.push(path(&["ours", &name], &part));
            }
            add(&mut ours, format!("{name} = container \"Part {number}\" \"holds\" \"Rust\""), &name, &inner);
        }
        add(&mut text, "ours = softwareSystem \"Ours\" \"is ours\"".to_owned(), "ours", &ours);
        for number in 0..others {
            let name = format!("o{number}");
            let inner = format!("i{number} = container \"Inner {number}\" \"\" \"Go\" \"Deep\"\n");
            add(&mut text, format!("{name} = softwareSystem \"Other {number}\" \"is there\""), &name, &inner);
            names.push(path(&[&name], &format!("i{number}")));
            names.push(name);
        }
        names.push("ours".to_owned());
        // A part has no relation to its whole.
        let parents = |name: &str| match name.rsplit('.').next().unwrap_or_default() {
            own if own.starts_with('c') => vec!["ours".to_owned()],
            own if own.starts_with('k') => vec!["ours".to_owned(), own.replace('k', "c").split('x').next().unwrap_or_default().to_owned()],
            own if own.starts_with('i') => vec![own.replace('i', "o")],
            _ => Vec::new(),
        };
        let own = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
        let mut seen = std::collections::HashSet::new();
        for (from, to, verb, technology, tag, has_more) in relations {
            let (from, to) = (from.get(&names), to.get(&names));
            let within = parents(to).contains(&own(from)) || parents(from).contains(&own(to));
            if from != to && !within && seen.insert((from.clone(), to.clone(), verb.clone())) {
                let more = if has_more { " {\nproperties {\nkey value\n}\n}" } else { "" };
                text.push_str(&format!("{from} -> {to} \"{verb}\" \"{technology}\" \"{tag}\"{more}\n"));
            }
        }
        text.push_str("}\nviews {\nsystemContext ours \"Mine\" {\ninclude *\n}\n}\n}\n");
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
