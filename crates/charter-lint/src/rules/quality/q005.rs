//! Users without a pause between their requests.

use super::little::{Verdict, judge};
use crate::rule::{Findings, Lint, Rule};
use charter_plan::arithmetic::derivation::number;
use charter_plan::resolved::UsersAgainstRate;
use charter_spec::quantity::Count;
use charter_spec::{Id, Severity, Spanned};

pub(super) const RULE: Rule = Rule {
    code: "Q005",
    severity: Severity::Warning,
    title: "concurrent users given, no think time",
    page: include_str!("../../../tests/rules/Q005.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    let spec = &lint.resolved.spec;
    let mut pairs = lint.resolved.load.users.iter().peekable();
    // Pairs stand in the order of the document, so one pass finds them.
    let load = pairs.next_if(|pair| pair.scenario.is_none());
    if let Some(stated) = &spec.load
        && let Some(users) = &stated.users
        && stated.think.is_none()
    {
        ask(lint, None, users, load, findings);
    }
    for scenario in &spec.quality {
        let id = &scenario.id.value;
        let pair = pairs.next_if(|pair| pair.scenario.as_ref() == Some(id));
        if let Some(under) = &scenario.under
            && let Some(users) = &under.users
            && under.think.is_none()
        {
            ask(lint, Some(id), users, pair, findings);
        }
    }
}

fn ask(lint: &Lint<'_>, scenario: Option<&Id>, users: &Spanned<Count>, pair: Option<&UsersAgainstRate>, findings: &mut Findings) {
    // Q006 says more about a pair that it finds fault with, and asks for the same figure.
    if pair.is_some_and(|pair| judge(lint, pair) != Verdict::Compatible) {
        return;
    }
    let key = scenario.map_or_else(|| "load.think".to_owned(), |id| format!("quality.{id}.under.think"));
    let mut finding = RULE
        .finding(format!("{} users make no rate until it is known how long each pauses", number(users.value.base)))
        .at(users.span, "each request, then which pause?");
    if let Some(pair) = pair {
        let line = pair.users / pair.rate.value() * 1_000.0;
        finding = finding.at(pair.rate.span(), "the rate that they may or may not make").sum(format!(
            "{} users ÷ {} rps = {} ms = mean latency + think",
            number(pair.users),
            number(pair.rate.value()),
            number(line)
        ));
    }
    findings.push(
        finding
            .sum("rate = users ÷ (mean latency + think)")
            .help("state the pause, for example `think: 1s`, or state the rate instead of users")
            .proven()
            .asks(format!("`{key}`")),
    );
}
