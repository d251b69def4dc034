//! The reference case, typed in unaltered: every conflict that its figures hold is found, with the right arithmetic, and says whether it is proven or under which assumption.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use charter_lint::rule::run;
use charter_lint::{Lint, rules};
use charter_plan::resolved::{Resolved, resolve};
use charter_spec::quantity::Date;
use charter_spec::{Basis, Diagnostic, FileSet, Severity};
use std::path::Path;

struct Reference {
    files: FileSet,
    resolved: Resolved,
    findings: Vec<Diagnostic>,
}

fn reference() -> Reference {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/reference/charter.yaml");
    let text = std::fs::read(path).expect("the reference case");
    let files = FileSet::single("charter.yaml", text);
    let reading = charter_spec::read(&files, "charter.yaml");
    assert!(reading.diagnostics.is_empty(), "it can be read: {:?}", reading.diagnostics);
    let resolved = resolve(reading.spec.expect("a charter"), &files);
    let today = Date::parse("2026-11-23").expect("a date");
    let findings = run(&Lint { resolved: &resolved, evidence: &[], plan: None, today });
    Reference { files, resolved, findings }
}

impl Reference {
    /// The only finding of a rule.
    fn finding(&self, code: &str) -> &Diagnostic {
        assert!(rules::find(code).is_some(), "there is a rule {code}");
        let found: Vec<&Diagnostic> = self.findings.iter().filter(|finding| finding.code == code).collect();
        assert_eq!(found.len(), 1, "{code} is found once: {found:?}");
        found.first().expect("one")
    }

    /// What stands at the places of a finding, in their order.
    fn places(&self, finding: &Diagnostic) -> Vec<String> {
        let text = |label: &charter_spec::Label| {
            let line = self.files.position(label.span.file, label.span.start).line;
            self.files.line(label.span.file, line).unwrap_or_default().trim().to_owned()
        };
        finding.labels.iter().map(text).collect()
    }

    /// Each place stands on a line that starts with this text.
    fn assert_places(&self, finding: &Diagnostic, starts: &[&str]) {
        let places = self.places(finding);
        assert_eq!(places.len(), starts.len(), "{places:?}");
        for (place, start) in places.iter().zip(starts) {
            assert!(place.starts_with(start), "`{place}` starts with `{start}`");
        }
    }
}

fn assert_sums(finding: &Diagnostic, lines: &[&str]) {
    for line in lines {
        assert!(finding.arithmetic.iter().any(|sum| sum == line), "`{line}` is in {:#?}", finding.arithmetic);
    }
}

fn assumption(finding: &Diagnostic) -> &str {
    match &finding.basis {
        Some(Basis::Assumes(text)) => text,
        other => panic!("{} is under an assumption: {other:?}", finding.code),
    }
}

fn asks(finding: &Diagnostic) -> &str {
    finding.asks.as_deref().expect("it asks for a figure")
}

#[test]
fn scale_to_zero_has_no_load_time_to_be_held_against_80_ms() {
    let reference = reference();
    let finding = reference.finding("C005");
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.message, "`recommendation` may scale to zero, and nothing shows that a cold start fits the 80 ms of inference");
    assert_sums(finding, &["load time (not given) ≤ 80 ms of inference?"]);
    assert_eq!(assumption(finding), "a cold start takes longer than 80 ms");
    assert_eq!(asks(finding), "`capacity.recommendation.load_time`: with it this is decided");
    reference.assert_places(finding, &["recommendation: { ", "inference:", "measure: p99(latency) < 200ms"]);
}

#[test]
fn a_load_time_decides_scale_to_zero_either_way() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/reference/charter.yaml");
    let text = std::fs::read_to_string(path).expect("the reference case");
    for (load_time, found) in [("40s", true), ("60ms", false)] {
        let sized = text
            .replace("  recommendation: { min_replicas: 0 }", &format!("  recommendation: {{ min_replicas: 0, load_time: {load_time} }}"));
        assert_ne!(sized, text, "the entry is there");
        let files = FileSet::single("charter.yaml", sized.into_bytes());
        let resolved = resolve(charter_spec::read(&files, "charter.yaml").spec.expect("a charter"), &files);
        let today = Date::parse("2026-11-23").expect("a date");
        let findings = run(&Lint { resolved: &resolved, evidence: &[], plan: None, today });
        let finding = findings.iter().find(|finding| finding.code == "C005");
        assert_eq!(finding.is_some(), found, "{load_time}");
        if let Some(finding) = finding {
            assert_eq!(finding.basis, Some(Basis::Proven));
            assert_sums(finding, &["40,000 ms load time > 80 ms of inference"]);
        }
    }
}

#[test]
fn seven_stages_and_a_buffer_add_up_to_the_total() {
    let reference = reference();
    let budget = reference.resolved.latency.of("peak-latency").expect("the budget");
    let sum = budget.sum_ms.as_ref().expect("a sum");
    assert_eq!(
        sum.derivation.steps,
        [
            "network-in 20 + gateway-auth 10 + features 15 + inference 80 + post-processing 15 + serialisation 5 + network-out 20 + buffer 35 = 200 ms"
        ]
    );
    assert!(!reference.findings.iter().any(|finding| finding.code == "L001"), "the total is 200 ms too");
}

#[test]
fn seven_stages_at_p99_guarantee_only_p93() {
    let reference = reference();
    let finding = reference.finding("L002");
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.message, "7 stages at p99 guarantee only p93 for `peak-latency`, which promises p99");
    assert_sums(finding, &["1 − 7 × (1 − 99 %) = 93 %", "1 − (1 − 99 %) ÷ 7 = 99.857 %", "p99 end to end needs 99.857 % of each stage"]);
    assert_eq!(assumption(finding), "each stage is held at the percentile of the whole");
    assert_eq!(asks(finding), "`latency.peak-latency.percentile`");
    reference.assert_places(finding, &["network-in:", "measure: p99(latency) < 200ms"]);
}

#[test]
fn a_thousand_users_and_ten_thousand_requests_a_second_are_two_loads() {
    let reference = reference();
    let finding = reference.finding("Q006");
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.message, "1,000 users make 10,000 rps only if the mean latency is at most 100 ms");
    assert_sums(
        finding,
        &[
            "1,000 users ÷ 10,000 rps − 0 ms think = 100 ms",
            "at a mean of 200 ms: 1,000 users ÷ (200 ms + 0 ms) = 5,000 rps",
            "`p99(latency) < 200ms` bounds no mean, so it decides neither",
        ],
    );
    assert_eq!(
        assumption(finding),
        "the users of `recommend-latency` are the ones that make `load.peak`, and do not pause between requests"
    );
    assert!(asks(finding).starts_with("`quality.recommend-latency.under.think`"), "{:?}", finding.asks);
    reference.assert_places(finding, &["under: { users: 1000 }", "peak: 10_000 rps"]);
    assert!(!reference.findings.iter().any(|finding| finding.code == "Q005"), "one cause, one finding");
}

#[test]
fn safety_of_a_half_is_gone_with_one_of_three_zones() {
    let reference = reference();
    let finding = reference.finding("C006");
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.message, "safety 1.5 is 67 % busy; on 3 equal zones, losing one makes the rest 100 % busy");
    assert_sums(
        finding,
        &["1 ÷ 1.5 = 66.67 % busy at peak", "3 equal zones: 66.67 % are left after losing one", "66.67 % ÷ 66.67 % = 100 % busy"],
    );
    assert!(assumption(finding).starts_with("replicas are spread over 3 zones"), "{:?}", finding.basis);
    assert_eq!(asks(finding), "`capacity.zones`");
    reference.assert_places(finding, &["safety: 1.5"]);
}

#[test]
fn scaling_up_at_100_fires_at_a_tenth_of_the_target_depth() {
    let reference = reference();
    let finding = reference.finding("C010");
    assert_eq!(finding.severity, Severity::Warning);
    assert_eq!(finding.message, "scaling up at 100 in `scoring` fires at a tenth of what is acceptable: its target depth is 1,000");
    assert_sums(finding, &["5 s × 200/s = 1,000", "100 ÷ 1,000 = 10 %"]);
    assert_eq!(finding.basis, Some(Basis::Proven));
    reference.assert_places(finding, &["- { when: queue.depth > 100", "queues:  { scoring: { wait: 5s"]);
}

#[test]
fn an_mvp_in_8_weeks_ends_after_12() {
    let reference = reference();
    let finding = reference.finding("R004");
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.message, "`mvp` ends after 12 weeks at the earliest; `mvp-date` allows 8");
    assert_sums(finding, &["discovery 2 + poc 4 + mvp 6 = 12 weeks", "12 weeks > 8 weeks", "`mvp` alone: 6 to 12 weeks"]);
    assert!(assumption(finding).starts_with("the clock starts at `discovery`"), "{:?}", finding.basis);
    assert_eq!(asks(finding), "from when the 8 weeks count");
    reference.assert_places(finding, &["mvp-date:", "discovery:", "poc:", "mvp:"]);
}

#[test]
fn the_large_and_the_cheaper_model_at_one_provider_share_its_fate() {
    let reference = reference();
    let finding = reference.finding("F002");
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.message, "`degraded` of `llm-api` is at the provider that `full` fails with");
    assert_sums(finding, &["`llm-api` down: `full` and `degraded` fail together, `fallback` answers"]);
    assert_eq!(finding.basis, Some(Basis::Proven));
    reference.assert_places(finding, &["llm-api:         { full: large", "llm-api:         { full: large"]);
}

#[test]
fn personal_data_go_to_a_provider_without_a_stated_region() {
    let reference = reference();
    let to_provider = |finding: &&Diagnostic| finding.code == "D003" && finding.message.contains("`dependencies.llm-api`");
    let found: Vec<&Diagnostic> = reference.findings.iter().filter(to_provider).collect();
    let [finding] = found.as_slice() else { panic!("D003 is found once: {found:?}") };
    assert_eq!(finding.severity, Severity::Error);
    assert_eq!(finding.message, "personal data go to `dependencies.llm-api`, which states no region");
    assert_eq!(assumption(finding), "`dependencies.llm-api` may run outside EU");
    assert_eq!(asks(finding), "`dependencies.llm-api.region`");
    reference.assert_places(finding, &["llm-api:", "eu-residency:", "llm-api:"]);
}
