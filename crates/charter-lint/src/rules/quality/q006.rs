//! Users and requests a second that stand for one load.

use super::little::{Verdict, judge, same_traffic, scenario};
use crate::rule::{Findings, Lint, Rule};
use crate::rules::basis::{rests_on, sums};
use charter_plan::arithmetic::derivation::number;
use charter_plan::arithmetic::load::rate_rps;
use charter_plan::resolved::UsersAgainstRate;
use charter_spec::{Diagnostic, Severity};

pub(super) const RULE: Rule = Rule {
    code: "Q006",
    severity: Severity::Error,
    title: "users and requests a second cannot both hold",
    page: include_str!("../../../tests/rules/Q006.md"),
    check,
};

fn check(lint: &Lint<'_>, findings: &mut Findings) {
    for pair in &lint.resolved.load.users {
        let found = match judge(lint, pair) {
            Verdict::Impossible => impossible(pair),
            Verdict::OneMean => one_mean(lint, pair),
            Verdict::Compatible => continue,
        };
        findings.push(found);
    }
}

fn impossible(pair: &UsersAgainstRate) -> Diagnostic {
    let think = pair.think_ms.unwrap_or(0.0);
    let most = rate_rps(pair.users, 0.0, think);
    let most_rps = most.as_ref().map_or(0.0, |most| most.figure);
    let message = format!(
        "{} users that pause {} ms make at most {} rps, not {}",
        number(pair.users),
        number(think),
        number(most_rps),
        number(pair.rate.value())
    );
    let finding = places(RULE.finding(message), pair);
    let finding = most.into_iter().flat_map(|most| most.steps).fold(sums(finding, &pair.implied_latency_ms), Diagnostic::sum);
    let help = format!("one of the two is the load: state {} rps or less, or drop the users", number(most_rps));
    rests_on(finding.help(help), &[&pair.rate])
}

fn one_mean(lint: &Lint<'_>, pair: &UsersAgainstRate) -> Diagnostic {
    let implied = pair.implied_latency_ms.value();
    let (users, rate) = (number(pair.users), number(pair.rate.value()));
    let message = match pair.think_ms {
        None => format!("{users} users make {rate} rps only if the mean latency is at most {} ms", number(implied)),
        Some(think) if implied <= 0.0 => format!("{users} users that pause {} ms never make {rate} rps", number(think)),
        Some(_) => format!("{users} users make {rate} rps only at a mean latency of {} ms", number(implied)),
    };
    let mut finding = sums(places(RULE.finding_of(Severity::Warning, message), pair), &pair.implied_latency_ms);
    if let (Some(limit), Some(at_limit)) = (pair.limit_ms, &pair.rate_at_limit) {
        for step in &at_limit.derivation.steps {
            finding = finding.sum(format!("at a mean of {} ms: {step}", number(limit)));
        }
        if let Some(measure) = scenario(lint, pair).and_then(|scenario| scenario.measure.as_ref()) {
            finding = finding.sum(format!("`{}` bounds no mean, so it decides neither", measure.value.text));
        }
    }
    let finding = finding.help("state the load once: users with `think`, or a rate");
    basis(lint, pair, finding)
}

/// Users of a scenario and the peak are one load only if someone means so.
fn basis(lint: &Lint<'_>, pair: &UsersAgainstRate, finding: Diagnostic) -> Diagnostic {
    let (Some(id), false) = (&pair.scenario, same_traffic(lint, pair)) else {
        return rests_on(finding, &[&pair.rate, &pair.implied_latency_ms]);
    };
    let rate = pair.rate.inputs.first().map_or("load.peak", |input| input.name.as_str());
    if pair.think_ms.is_some() {
        let finding = finding.assumes(format!("the users of `{id}` are the ones that make `{rate}`"));
        return finding.asks(format!("`quality.{id}.under.rate`"));
    }
    finding
        .assumes(format!("the users of `{id}` are the ones that make `{rate}`, and do not pause between requests"))
        .asks(format!("`quality.{id}.under.think`, or `quality.{id}.under.rate` when they are another load"))
}

fn places(finding: Diagnostic, pair: &UsersAgainstRate) -> Diagnostic {
    let finding = finding.at(pair.users_span, format!("{} users here", number(pair.users)));
    let finding = finding.at(pair.rate.span(), format!("{} rps here", number(pair.rate.value())));
    match pair.think_span {
        Some(span) => finding.at(span, "the pause"),
        None => finding,
    }
}
