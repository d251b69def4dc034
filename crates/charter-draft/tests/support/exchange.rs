//! Import, export and documents as values, for tests of round trips.

#![allow(dead_code, clippy::expect_used, clippy::panic, reason = "each test uses a part, and says what is wrong by panicking")]

use crate::support::{reading, single, written};
use charter_draft::import::Draft;
use charter_plan::artifact::Artifacts;
use charter_render::export::{Export, Format, Input, export};
use charter_spec::quantity::Date;
use charter_spec::{FileSet, document_as_json};
use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;
use serde_json::Value;

/// The same cases in every run.
pub(crate) fn fixed(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(4), failure_persistence: None, ..ProptestConfig::default() }
}

/// What a draft's charter is exported as.
pub(crate) fn export_of(draft: &Draft, format: Format) -> Export {
    let (files, _) = written(draft);
    let resolved = charter_plan::resolve(reading(draft).spec.expect("a charter without problems is read"), &files);
    exported(&files, &resolved, format)
}

/// What a charter's text is exported as, with the files of the draft that it was made from.
pub(crate) fn export_of_text(draft: &Draft, text: &str, format: Format) -> Export {
    let (mut files, _) = written(draft);
    files.insert("charter.yaml", text.as_bytes().to_vec());
    let read = charter_spec::read(&files, "charter.yaml");
    assert!(!read.has_errors(), "{:?}\n{text}", read.diagnostics);
    let resolved = charter_plan::resolve(read.spec.expect("a charter is read"), &files);
    exported(&files, &resolved, format)
}

fn exported(files: &FileSet, resolved: &charter_plan::Resolved, format: Format) -> Export {
    let artifacts = Artifacts::default();
    export(format, &Input { resolved, files, artifacts: &artifacts, evidence: &[], today: Date { year: 2026, month: 11, day: 23 } })
}

/// The files of an export, to be imported.
pub(crate) fn files_of(made: &Export) -> FileSet {
    let mut out = FileSet::new();
    for file in &made.files {
        out.insert(file.path.clone(), file.text.clone().into_bytes());
    }
    out
}

/// The documents of a stream, each as JSON.
pub(crate) fn documents(text: &str) -> Vec<Value> {
    let parts = text.split_inclusive('\n').fold(vec![String::new()], |mut parts, line| {
        if line.trim_end() == "---" {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push_str(line);
        }
        parts
    });
    let of = |part: &String| match document_as_json(&single("x.yaml", part), "x.yaml") {
        Ok(value) => value,
        Err(problems) => panic!("{problems:?}\n{part}"),
    };
    parts.iter().filter(|part| !part.trim().is_empty()).map(of).collect()
}

/// Documents as a stream of JSON, which is YAML.
pub(crate) fn stream(documents: &[Value]) -> String {
    documents.iter().map(|document| format!("---\n{}\n", serde_json::to_string_pretty(document).expect("a value is written"))).collect()
}
