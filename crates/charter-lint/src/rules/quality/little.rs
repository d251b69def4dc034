//! What Little's law says of users and a rate that stand for one traffic. Shared by the two rules about it, so that they never both speak.

use super::measure::{latency_limit_ms, speaks_of_everything};
use crate::rule::Lint;
use charter_plan::resolved::UsersAgainstRate;
use charter_spec::ast::Scenario;
use charter_spec::names::Entry;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Pausing alone already takes longer than the rate leaves each user.
    Impossible,
    /// Both hold at one mean latency only.
    OneMean,
    /// Nothing contradicts, or the two are stated as different traffic.
    Compatible,
}

/// Whether users and rate are stated side by side, so that they are about the same traffic.
pub(super) fn same_traffic(lint: &Lint<'_>, pair: &UsersAgainstRate) -> bool {
    scenario(lint, pair).is_none_or(|scenario| scenario.under.as_ref().is_some_and(|under| under.rate.is_some()))
}

pub(super) fn scenario<'a>(lint: &Lint<'a>, pair: &UsersAgainstRate) -> Option<&'a Entry<Scenario>> {
    lint.resolved.spec.quality.get_entry(pair.scenario.as_ref()?)
}

pub(super) fn judge(lint: &Lint<'_>, pair: &UsersAgainstRate) -> Verdict {
    let implied = pair.implied_latency_ms.value();
    let same = same_traffic(lint, pair);
    let limit = if pair.scenario.is_none() { limit_at_peak(lint) } else { pair.limit_ms };
    let above_limit = limit.is_some_and(|limit| implied > limit);
    if pair.think_ms.is_none() {
        // Beyond the limit there is room for a pause that nobody stated: then the pause is what has to be asked for.
        return if above_limit { Verdict::Compatible } else { Verdict::OneMean };
    }
    if implied <= 0.0 {
        return match (same, scenario(lint, pair)) {
            (true, _) => Verdict::Impossible,
            // Someone who states pauses and promises the peak apart means two loads.
            (false, Some(scenario)) if promised_at_peak(lint, scenario) => Verdict::Compatible,
            (false, _) => Verdict::OneMean,
        };
    }
    match limit {
        Some(_) if above_limit => Verdict::OneMean,
        Some(_) => Verdict::Compatible,
        None if same => Verdict::OneMean,
        None => Verdict::Compatible,
    }
}

fn is_under_peak(scenario: &Scenario) -> bool {
    scenario.under.as_ref().and_then(|under| under.level.as_ref()).is_some_and(|level| level.as_str() == "load.peak")
}

/// The tightest latency limit that is promised at the peak.
fn limit_at_peak(lint: &Lint<'_>) -> Option<f64> {
    let scenarios = lint.resolved.spec.quality.iter().filter(|scenario| is_under_peak(scenario));
    scenarios.filter_map(|scenario| latency_limit_ms(scenario)).map(|(limit, _)| limit).reduce(f64::min)
}

/// Whether another scenario promises latency at the peak for the same artifact or for everything.
fn promised_at_peak(lint: &Lint<'_>, scenario: &Scenario) -> bool {
    let spec = &lint.resolved.spec;
    spec.quality.iter().filter(|other| is_under_peak(other) && latency_limit_ms(other).is_some()).any(|other| {
        let artifact = |scenario: &Scenario| scenario.artifact.as_ref().map(|artifact| artifact.as_str().to_owned());
        speaks_of_everything(spec, other) || artifact(other) == artifact(scenario)
    })
}
