//! Whatever the documents are: notes, never a panic, a charter that reads, in bounded time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

mod support;

use charter_draft::import::{Draft, Target};
use charter_draft::{madr, odcs, openapi, openslo, structurizr};
use charter_plan::artifact::Artifacts;
use charter_render::export::{Export, Format, Input, export};
use charter_spec::FileSet;
use charter_spec::quantity::Date;
use proptest::prelude::*;
use std::fmt::Write;
use std::time::{Duration, Instant};
use support::{check_notes, mutated, notes, reading, single, written};

const MADR: &str = include_str!("documents/madr4.md");
const NYGARD: &str = include_str!("documents/nygard.md");
const OPENSLO: &str = include_str!("documents/slo.yaml");
const ODCS: &str = include_str!("documents/orders.odcs.yaml");
const DSL: &str = include_str!("documents/workspace.dsl");
const JSON: &str = include_str!("documents/workspace.json");
const OPENAPI: &str = include_str!("documents/openapi.yaml");

/// Generous: the machine may be busy. Quadratic behaviour takes minutes on the inputs below.
const BOUND: Duration = Duration::from_secs(20);

/// Every importer on the same bytes under its own name.
fn all(bytes: &[u8]) -> Vec<(FileSet, Draft)> {
    let target = Target::default();
    let set = |path: &str| FileSet::single(path, bytes.to_vec());
    let mut drafts = Vec::new();
    let files = set("0001-a.md");
    drafts.push((files.clone(), madr::import(&files, &target)));
    let files = set("a.yaml");
    drafts.push((files.clone(), odcs::import(&files, &target)));
    drafts.push((files.clone(), openslo::import(&files, &target)));
    drafts.push((files.clone(), openapi::import(&files, "a.yaml", &target)));
    for path in ["workspace.dsl", "workspace.json"] {
        let files = set(path);
        drafts.push((files.clone(), structurizr::import(&files, path, &target)));
    }
    drafts
}

fn check(bytes: &[u8]) {
    for (files, draft) in all(bytes) {
        check_notes(&draft, &files);
        reading(&draft);
        assert!(!draft.counts.is_empty() || draft.files.is_empty(), "nothing is imported, and yet {:?}", draft.files.keys());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_noted_or_imported(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        check(&bytes);
    }

    #[test]
    fn any_text_is_noted_or_imported(text in "([ -~]|\n|\n\n## |\n# |\n\\* |: |\\{|\\}|\"|é|決定|status|model|kind|person|->){0,80}") {
        check(text.as_bytes());
    }

    #[test]
    fn changed_documents_are_noted_or_imported(
        which in 0usize..7,
        changes in proptest::collection::vec((any::<usize>(), any::<u8>(), any::<usize>()), 1..8),
    ) {
        let text = [MADR, NYGARD, OPENSLO, ODCS, DSL, JSON, OPENAPI][which];
        check(&mutated(text, &changes));
    }
}

#[test]
fn nothing_is_imported_from_nothing() {
    check(b"");
    check("\u{feff}".as_bytes());
    check(b"\xff\xfe");
    check(b"---\n");
    check(b"# \n## \n### \n");
}

/// Runs an import of a large document and of one of four times the size.
fn grows(what: &str, make: impl Fn(usize) -> FileSet, import: impl Fn(&FileSet) -> Draft) {
    let files = make(4);
    let start = Instant::now();
    let draft = import(&files);
    let took = start.elapsed();
    assert!(took < BOUND, "{what} took {took:?}");
    check_notes(&draft, &files);
    reading(&draft);
}

#[test]
fn large_documents_take_their_time_and_no_more() {
    let target = Target::default();
    grows(
        "one huge record",
        |times| {
            FileSet::single(
                "0001-huge.md",
                format!(
                    "# Title\n\n## Context\n\n{}\n\n## Considered Options\n\n{}",
                    "[word *a* `b` ".repeat(40_000 * times),
                    "* option <!-- ".repeat(10_000)
                )
                .into_bytes(),
            )
        },
        |files| madr::import(files, &target),
    );
    grows(
        "many records that replace each other",
        |times| {
            let mut files = FileSet::new();
            for number in 0..400 * times {
                let text = format!(
                    "# {number}. Same\n\n## Status\n\nAccepted\n\nSupersedes ADR-{}\n\n## Context\n\nx\n",
                    number.saturating_sub(1)
                );
                files.insert(format!("{number:04}-same.md"), text.into_bytes());
            }
            files
        },
        |files| madr::import(files, &target),
    );
    grows(
        "a wide workspace",
        |times| {
            let mut text = String::from("workspace {\n model {\n s = softwareSystem \"S\" {\n");
            for number in 0..900 * times {
                let _ = writeln!(text, "c{number} = container \"C\" \"x\" \"y\" {{ -> c{} \"uses\" \n }}", number / 2);
            }
            text.push_str("}\n}\n}\n");
            FileSet::single("workspace.dsl", text.into_bytes())
        },
        |files| structurizr::import(files, "workspace.dsl", &target),
    );
    grows(
        "many objectives",
        |times| {
            FileSet::single("a.yaml", format!("---\n{}", "apiVersion: openslo/v1\nkind: SLO\nmetadata: { name: same }\nspec: { service: s, objectives: [{ target: 0.99 }] }\n---\n".repeat(500 * times)).into_bytes())
        },
        |files| openslo::import(files, &target),
    );
    grows(
        "a schema that names itself",
        |_| {
            let text = "openapi: 3.1.0\npaths: { /a: { post: { requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/A' } } } } } } }\ncomponents: { schemas: { A: { type: object, properties: { a: { $ref: '#/components/schemas/A' }, b: { $ref: '#/components/schemas/A' }, c: { type: string } } } } }\n";
            FileSet::single("a.yaml", text.as_bytes().to_vec())
        },
        |files| openapi::import(files, "a.yaml", &target),
    );
}

#[test]
fn files_that_include_each_other_end() {
    let mut files = FileSet::new();
    for number in 0..60 {
        let text = format!(
            "!include {}.dsl\nmodel {{\n group g {{\n !include {}.dsl\n p{number} = person P{number}\n }}\n}}\n",
            (number + 1) % 60,
            (number + 2) % 60
        );
        files.insert(format!("{number}.dsl"), text.into_bytes());
    }
    let draft = structurizr::import(&files, "0.dsl", &Target::default());
    check_notes(&draft, &files);
    reading(&draft);
}

#[test]
fn deep_nesting_ends() {
    for text in [
        "{".repeat(100_000),
        "a {\n".repeat(50_000),
        "[".repeat(100_000),
        "> ".repeat(100_000),
        "- ".repeat(50_000),
        "group g {\n".repeat(10_000),
    ] {
        check(text.as_bytes());
        check(format!("workspace {{\nmodel {{\n{text}").as_bytes());
    }
}

/// Imports a workspace of one file.
fn workspace(text: &str) -> (FileSet, Draft) {
    let files = single("workspace.dsl", text);
    let draft = structurizr::import(&files, "workspace.dsl", &Target::default());
    check_notes(&draft, &files);
    reading(&draft);
    (files, draft)
}

/// The workspace that an export of a draft writes.
fn exported(draft: &Draft) -> Export {
    let (files, _) = written(draft);
    let resolved = charter_plan::resolve(reading(draft).spec.unwrap(), &files);
    let today = Date { year: 2026, month: 11, day: 23 };
    export(Format::Structurizr, &Input { resolved: &resolved, files: &files, artifacts: &Artifacts::default(), evidence: &[], today })
}

#[test]
fn archetypes_that_are_made_of_themselves_end() {
    for archetypes in [
        "element {\n y = element \"x\"\n }",
        "foo = element {\n y = foo \"x\"\n }",
        "description = element {\n description \"x\"\n }",
        "foo = element {\n description = foo \"x\"\n }",
        "element {\n tags = element \"x\"\n tags \"T\"\n }\n foo = element {\n group g {\n z = foo \"x\"\n }\n }",
    ] {
        for depth in [0, 55] {
            let (open, close) = ("group g {\n".repeat(depth), "}\n".repeat(depth));
            let text = format!(
                "workspace {{\nmodel {{\narchetypes {{\n {archetypes}\n }}\n{open}e = element \"E\"\nf = foo \"F\"\n s = softwareSystem \"S\" {{\n c = container \"C\"\n }}\n{close}}}\n}}\n"
            );
            let (files, draft) = workspace(&text);
            let told = notes(&draft, &files);
            assert!(!told.contains("an import takes"), "{told}");
        }
    }
    let (files, draft) = workspace(
        "workspace {\nmodel {\narchetypes {\nelement {\n y = element \"x\"\n tags \"T\"\n}\n}\na = element \"A\"\nb = element \"B\"\n}\n}\n",
    );
    assert_eq!(notes(&draft, &files).matches("`y = element`").count(), 1, "{}", notes(&draft, &files));
}

#[test]
fn what_leads_to_other_files_is_a_comment_wherever_it_stands() {
    let (_, draft) = workspace(
        "workspace {\n!const \"B C\" \"y\"\nmodel {\ns = softwareSystem \"S\" {\n c = container \"C ${B C}\"\n}\nt = softwareSystem \"T\"\ns -> t \"uses ${B C}\" {\n url \"${B C}\"\n !include \"/etc/rel\"\n}\ndeploymentEnvironment \"Live\" {\n deploymentNode \"N\" {\n  !include \"/etc/one\"\n  !DOCS \"/etc/two\"\n  \"!script\" kotlin {\n   three \"/etc/three\"\n  }\n  containerInstance c\n }\n deploymentNode \"M\" { !plugin \"/etc/four\" }\n}\n}\nviews {\nstyles {\n !adrs \"/etc/five\"\n element \"X\" {\n  color #ffffff\n }\n}\n}\n}\n",
    );
    let made = exported(&draft);
    let text = &made.files[0].text;
    for line in text.lines().filter(|line| line.contains('!') || line.contains("/etc/")) {
        assert!(line.trim_start().starts_with("//") || line.trim_start().starts_with("!const"), "{line}\n{text}");
    }
    for part in ["one", "two", "three", "four", "five", "rel"] {
        assert!(text.contains(&format!("/etc/{part}")), "{part}\n{text}");
    }
    assert!(text.contains("!const \"B C\" \"y\""), "{text}");
    assert!(text.contains("containerInstance c"), "{text}");
    assert_eq!(text.matches('{').count(), text.matches('}').count(), "{text}");
    let told = made.notes.iter().filter(|note| note.text.contains("it is a comment")).count();
    assert_eq!(told, 3, "{:?}", made.notes);
}

#[test]
fn what_is_beyond_a_limit_is_told_once() {
    let views: String = (0..5_000).fold(String::new(), |mut text, number| {
        let _ = writeln!(text, "custom v{number} {{\n include *\n}}");
        text
    });
    let (files, draft) = workspace(&format!("workspace {{\nmodel {{\ns = softwareSystem S\n}}\nviews {{\n{views}}}\n}}\n"));
    let told = notes(&draft, &files);
    assert_eq!(told.matches("an import keeps 4000 statements").count(), 1, "{told}");
    let kept = draft.notes.iter().find(|note| note.message.contains("`views`")).unwrap();
    assert!(!format!("{kept:?}").contains("writes it back"), "{kept:?}");

    let relation = r#"{"id":"9","destinationId":"2","description":"d"}"#;
    let relations = vec![relation; 12_010].join(",");
    let text = format!(
        r#"{{"name":"W","model":{{"softwareSystems":[{{"id":"1","name":"A","relationships":[{relations}]}},{{"id":"2","name":"B"}}]}}}}"#
    );
    let files = single("workspace.json", &text);
    let draft = structurizr::import(&files, "workspace.json", &Target::default());
    let told = notes(&draft, &files);
    assert_eq!(told.matches("an import takes 12000 relations").count(), 1, "{told}");
}

#[test]
fn names_that_lead_nowhere_are_compared_for_the_first_fifty_only() {
    let mut text = String::from("workspace {\nmodel {\n");
    for number in 0..100 {
        let _ = writeln!(text, "person{number:02} = person \"P{number}\"");
    }
    for number in 0..200 {
        let _ = writeln!(text, "person{0:02} -> persom{0:02} \"uses\"", number % 100);
    }
    text.push_str("}\n}\n");
    let told = |draft: &Draft| draft.notes.iter().map(|note| format!("{note:?}\n")).collect::<String>();
    let (first, again) = (told(&workspace(&text).1), told(&workspace(&text).1));
    assert_eq!(first.matches("did you mean").count(), 50, "{first}");
    assert_eq!(first, again);
}

#[test]
fn a_long_constant_that_is_named_often_stays_as_it_is_written() {
    let long = "a".repeat(300_000);
    let often = "${A}".repeat(3_900);
    let (files, draft) = workspace(&format!(
        "workspace {{\n!const A \"{long}\"\n!const B \"bbbb\"\nmodel {{\np = person \"P\" \"{often}\"\nq = person \"Q ${{B}}\"\n}}\n}}\n"
    ));
    let told = notes(&draft, &files);
    assert!(told.contains("some stay as they are written"), "{told}");
    let (_, text) = written(&draft);
    assert!(text.len() < 100_000, "{}", text.len());
    assert!(text.contains("Q bbbb"), "{text}");
}

#[test]
fn a_workspace_that_cannot_be_extended_is_told_as_it_is() {
    let mut files = FileSet::new();
    for number in 0..30 {
        let text = format!("workspace extends {}.dsl {{\nmodel {{\np{number} = person P{number}\n}}\n}}\n", number + 1);
        files.insert(format!("{number}.dsl"), text.into_bytes());
    }
    files.insert("a.dsl", b"workspace extends a.dsl {\nmodel {\np = person P\n}\n}\n".to_vec());
    let import = |path: &str| notes(&structurizr::import(&files, path, &Target::default()), &files);
    let (deep, round) = (import("0.dsl"), import("a.dsl"));
    assert!(deep.contains("more than 16 deep; `17.dsl` is left out"), "{deep}");
    assert!(round.contains("`a.dsl` is read already"), "{round}");
    assert!(!deep.contains("not among the files") && !round.contains("not among the files"), "{deep}{round}");
}
