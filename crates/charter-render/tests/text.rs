//! Decisions, traces and gates of the shop and the reference case as a terminal shows them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

use charter_plan::criterion::Facts;
use charter_plan::decision::decisions;
use charter_plan::gate::answer;
use charter_plan::resolved::{Resolved, resolve};
use charter_plan::standing::{StatusLine, standings};
use charter_plan::trace::trace;
use charter_plan::what_if::{changes, figures, turns};
use charter_render::text::{self, Paint};
use charter_spec::quantity::Date;
use charter_spec::{FileSet, Setting, read_with};
use std::path::Path;

struct Case {
    files: FileSet,
    resolved: Resolved,
    lines: Vec<StatusLine>,
}

fn example(name: &str, settings: &[&str]) -> Case {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name).join("charter.yaml");
    let mut files = FileSet::single("charter.yaml", std::fs::read(path).expect("an example"));
    let settings: Vec<Setting> = settings.iter().map(|text| Setting::parse(text).expect("a setting")).collect();
    settings.iter().for_each(|setting| setting.insert(&mut files));
    let spec = read_with(&files, "charter.yaml", &settings).spec.expect("a charter");
    let resolved = resolve(spec, &files);
    let lines = standings(&resolved, None, &[], jiff::Timestamp::UNIX_EPOCH);
    Case { files, resolved, lines }
}

impl Case {
    fn facts(&self) -> Facts<'_> {
        let today = Date::parse("2026-11-23").expect("a date");
        Facts { resolved: &self.resolved, files: &self.files, plan: None, standings: &self.lines, evidence: &[], sign_offs: &[], today }
    }
}

#[test]
fn decisions_of_the_shop() {
    let case = example("shop", &[]);
    let reports = decisions(&case.facts());
    let mut told = text::decisions(&reports, Paint::plain());
    for report in &reports {
        told.push_str(&format!("\n────\n{}", text::decision(report, "USD", Paint::plain())));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn a_trace_and_the_whole_table() {
    let case = example("shop", &[]);
    let graph = trace(&case.resolved, &case.lines);
    let tree = |id: &str| graph.tree(graph.position(id).expect("a node")).expect("a tree");
    let told = text::trees(&[tree("quality.payment-risk-recall"), tree("models.fraud"), tree("risks.drift")], Paint::plain());
    let table = text::matrix(&graph.matrix(), &graph.gaps(&case.resolved), Paint::plain());
    insta::assert_snapshot!(format!("{told}\n────\n{table}"));
}

#[test]
fn gates_of_both_examples() {
    let told: Vec<String> = [("shop", "discovery"), ("shop", "mvp"), ("shop", "production"), ("reference", "mvp")]
        .iter()
        .map(|(name, phase)| {
            let case = example(name, &[]);
            text::gate(&answer(&case.facts(), phase).expect("a phase"), Paint::plain())
        })
        .collect();
    insta::assert_snapshot!(told.join("\n────\n"));
}

#[test]
fn twice_the_peak() {
    let (before, after) = (example("shop", &[]), example("shop", &["load.peak=20000rps"]));
    let moved = changes(&figures(&before.resolved, &before.files), &figures(&after.resolved, &after.files));
    let turned = turns(&before.lines, &after.lines);
    insta::assert_snapshot!(text::changes(&moved, &turned, Paint::plain()));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let case = example("shop", &[]);
    let reports = decisions(&case.facts());
    for report in &reports {
        let coloured = text::decision(report, "USD", Paint::new(true));
        let mut plain = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once('\u{1b}') {
            plain.push_str(before);
            rest = after.split_once('m').map_or("", |(_, rest)| rest);
        }
        plain.push_str(rest);
        assert_eq!(plain, text::decision(report, "USD", Paint::plain()));
    }
}
