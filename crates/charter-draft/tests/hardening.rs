//! Whatever the documents are: notes, never a panic, a charter that reads, in bounded time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says what is wrong by panicking")]

mod support;

use charter_draft::import::{Draft, Target};
use charter_draft::{madr, odcs, openapi, openslo, structurizr};
use charter_spec::FileSet;
use proptest::prelude::*;
use std::fmt::Write;
use std::time::{Duration, Instant};
use support::{check_notes, mutated, reading};

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
