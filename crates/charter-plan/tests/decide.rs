//! Decisions of the shop and of small charters: state, sensitivity, constraints, break-even, and the condition that overturns them.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod charters;

use charter_plan::criterion::{Facts, Outcome};
use charter_plan::decision::{DecisionReport, DecisionState, decisions, weigh};
use charter_plan::standing::{Standing, StatusLine, standings};
use charter_spec::quantity::Date;
use charters::{Case, example};

fn weighed(case: &Case, today: &str, lines: Option<Vec<StatusLine>>) -> Vec<DecisionReport> {
    let resolved = case.resolved();
    let lines = lines.unwrap_or_else(|| standings(&resolved, None, &[], jiff::Timestamp::UNIX_EPOCH));
    let today = Date::parse(today).expect("a date");
    let facts = Facts { resolved: &resolved, files: &case.files, plan: None, standings: &lines, evidence: &[], sign_offs: &[], today };
    assert!(weigh(&facts, "nowhere").is_none());
    decisions(&facts)
}

#[test]
fn the_shops_decisions_are_weighed() {
    let reports = weighed(&example("shop"), "2026-11-23", None);
    insta::assert_snapshot!(serde_json::to_string_pretty(&reports).expect("JSON"));
}

const HEAD: &str = "charter: 1
system: test
quality: { fast: { measure: p99(latency) < 100ms } }
constraints: { home: { check: all(region) in EU } }
load: { average: 10 rps }
cost: { ceiling: 1000 USD/month }
";

fn one(decision: &str) -> DecisionReport {
    let case = Case::new(&format!("{HEAD}decisions:\n  d:\n    status: accepted\n{decision}"));
    weighed(&case, "2026-11-23", None).remove(0)
}

#[test]
fn states_are_told_in_the_order_in_which_they_matter() {
    let firm = "    criteria: { a: 50%, b: 50% }\n    options: { x: { scores: [5, 5], chosen: true }, y: { scores: [2, 3] } }\n";
    assert_eq!(one(firm).state, DecisionState::Firm);
    let fragile = "    criteria: { a: 50%, b: 50% }\n    options: { x: { scores: [4, 3], chosen: true }, y: { scores: [4, 2.5] } }\n";
    assert_eq!(one(fragile).state, DecisionState::Fragile);
    let lost = "    criteria: { a: 50%, b: 50% }\n    options: { x: { scores: [1, 1], chosen: true }, y: { scores: [5, 5] } }\n";
    assert_eq!(one(lost).why, "`x` was chosen, and `y` scores higher");
    assert_eq!(one("    options: { x: { chosen: true } }\n").state, DecisionState::Unweighed);
    assert_eq!(one(&format!("{firm}    revisit: {{ by: 2026-11-01 }}\n")).state, DecisionState::Due);
    let far = firm.replace("chosen: true", "chosen: true, region: us-east-1");
    let report = one(&far);
    assert_eq!((report.state, report.options[0].violates[0].constraint.as_str()), (DecisionState::Overturned, "home"));
    let dear = one(&firm.replace("chosen: true", "chosen: true, cost: 1200 USD/month"));
    assert_eq!(dear.options[0].violates[0].reason, "1,200 > 1,000 USD/month");
}

#[test]
fn a_requirement_overturns_when_it_is_broken_and_not_when_it_is_kept() {
    let decision = "    options: { x: { chosen: true } }\n    revisit: { if: fast }\n";
    let case = Case::new(&format!("{HEAD}decisions:\n  d:\n    status: accepted\n{decision}"));
    let resolved = case.resolved();
    for (standing, met) in [(Standing::Proved, Outcome::NotMet), (Standing::Broken, Outcome::Met), (Standing::Stale, Outcome::Unknown)] {
        let mut lines = standings(&resolved, None, &[], jiff::Timestamp::UNIX_EPOCH);
        lines[0].standing = standing;
        let report = weighed(&case, "2026-11-23", Some(lines)).remove(0);
        let overturn = report.overturn.expect("a condition");
        assert_eq!((overturn.met, overturn.conditions[0].criterion.as_str()), (met, "breach(fast)"));
        assert_eq!(report.state == DecisionState::Overturned, standing == Standing::Broken);
    }
}

#[test]
fn the_volume_decides_between_owning_and_renting() {
    let decision = "    options:\n      own: { cost: 500 USD/month, chosen: true }\n      rent: { cost_per_call: 0.25 USD/thousand }\n";
    let report = one(decision);
    let even = &report.break_even[0];
    assert_eq!((even.below.as_str(), even.above.as_str()), ("rent", "own"));
    assert!((even.requests_per_month - 2_000_000.0).abs() < 1e-3, "{even:?}");
    // 10 rps are 26.28 million a month: 6,570 USD when rented.
    let now = even.now.as_ref().expect("an average");
    assert_eq!((now.cheaper.as_str(), now.by_per_month.round()), ("own", 6_070.0));
}
