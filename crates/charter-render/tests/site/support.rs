//! A charter from a folder or a text, with everything that a site is made from.

use charter_plan::artifact::Artifacts;
use charter_plan::evidence::{Evidence, Host, Part, Verdict};
use charter_plan::standing::standings;
use charter_render::site::{File, Input, RulePage, Waived, render};
use charter_spec::FileSet;
use charter_spec::quantity::Date;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) const TODAY: Date = Date { year: 2026, month: 11, day: 23 };

/// The folder of an example.
pub(crate) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// The document of a folder and the files that it names, as far as they are text.
pub(crate) fn folder(path: &Path) -> FileSet {
    let mut files = FileSet::new();
    files.insert("charter.yaml", std::fs::read(path.join("charter.yaml")).expect("a charter"));
    for reference in charter_spec::read(&files, "charter.yaml").references {
        let name = reference.path.value;
        if let Ok(bytes) = std::fs::read(path.join(&name)) {
            files.insert(name, bytes);
        }
    }
    files
}

/// The site of a document; what it is held against is evidence that is made up here.
pub(crate) fn site(files: &FileSet) -> BTreeMap<String, String> {
    let rendered = rendered(files);
    rendered.into_iter().map(|file| (file.path, String::from_utf8(file.bytes).expect("text"))).collect()
}

pub(crate) fn rendered(files: &FileSet) -> Vec<File> {
    let reading = charter_spec::read(files, "charter.yaml");
    let resolved = charter_plan::resolve(reading.spec.expect("a charter"), files);
    let artifacts = Artifacts::new();
    let plan = charter_plan::compile(&resolved, files, &artifacts).ok().map(|compiled| compiled.plan);
    let evidence = [evidence("peak-latency"), evidence("nothing-of-that-name")];
    let now = "2026-11-23T12:00:00Z".parse().expect("a time");
    let standings = standings(&resolved, None, &evidence, now);
    let lint = charter_lint::Lint { resolved: &resolved, evidence: &evidence, plan: None, today: TODAY };
    let report = charter_lint::Report::new(reading.diagnostics, &reading.unreadable, Some(&lint));
    let waived: Vec<Waived<'_>> =
        report.waived.iter().map(|waived| Waived { finding: &waived.finding, waiver: &waived.waiver, until: waived.until }).collect();
    let rules: Vec<RulePage<'_>> = charter_lint::rules::all()
        .map(|rule| RulePage { code: rule.code, severity: rule.severity.word(), title: rule.title, page: rule.page })
        .collect();
    render(&Input {
        resolved: &resolved,
        plan: plan.as_ref(),
        files,
        artifacts: &artifacts,
        evidence: &evidence,
        standings: &standings,
        sign_offs: &[],
        findings: &report.findings,
        waived: &waived,
        rules: &rules,
        today: TODAY,
    })
}

fn evidence(requirement: &str) -> Evidence {
    Evidence {
        requirement: requirement.to_owned(),
        proof: "load".to_owned(),
        verdict: Verdict::Proved,
        figure: Some(41.2),
        interval: Some((40.1, 44.9)),
        unit: "ms".to_owned(),
        text: "the 99th percentile of latency is below 200ms".to_owned(),
        limit: "< 160 ms".to_owned(),
        parts: vec![Part { name: "fraud <b>".to_owned(), count: 7, figure: Some(1.0), interval: None, holds: Some(true) }],
        notes: vec!["measured at our own edge".to_owned()],
        plan: "sha256:0123456789abcdef".to_owned(),
        requirement_fingerprint: "f".to_owned(),
        measured_at: "2026-11-20T10:00:00Z".to_owned(),
        host: Host { os: "Linux".to_owned(), cores: 2, memory_bytes: 8 << 30, ..Host::default() },
        command: "charter verify".to_owned(),
        seed: 7,
        report: serde_json::Value::Null,
    }
}

/// The page as XML: void elements closed, as a strict parser wants them.
pub(crate) fn as_xml(page: &str) -> String {
    let mut xml = String::with_capacity(page.len() + 64);
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        xml.push_str(text);
        let end = tag.find('>').map_or(tag.len(), |end| end + 1);
        let (tag, after) = tag.split_at(end);
        let name = tag.trim_start_matches('<').split([' ', '>', '/']).next().unwrap_or_default();
        if matches!(name, "meta" | "link" | "input" | "br" | "hr" | "img" | "col" | "wbr") && !tag.ends_with("/>") {
            xml.push_str(tag.trim_end_matches('>'));
            xml.push_str("/>");
        } else {
            xml.push_str(tag);
        }
        rest = after;
    }
    xml.push_str(rest);
    xml
}

/// Every page parsed; the first that is not well formed fails the test.
pub(crate) fn parsed<R>(site: &BTreeMap<String, String>, mut with: impl FnMut(&str, &roxmltree::Document<'_>) -> R) -> Vec<R> {
    let pages = site.iter().filter(|(path, _)| path.ends_with(".html"));
    pages
        .map(|(path, page)| {
            let xml = as_xml(page);
            let options = roxmltree::ParsingOptions { allow_dtd: true, ..roxmltree::ParsingOptions::default() };
            let document = roxmltree::Document::parse_with_options(&xml, options).unwrap_or_else(|problem| {
                let line = xml.lines().nth(problem.pos().row as usize - 1).unwrap_or_default();
                let from = (problem.pos().col as usize).saturating_sub(200);
                panic!("{path}: {problem}: … {}", line.chars().skip(from).take(300).collect::<String>())
            });
            with(path, &document)
        })
        .collect()
}
