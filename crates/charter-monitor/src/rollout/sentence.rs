//! How decisions are told to people. What is decided does not belong here.

use super::guard::{Guard, Harm};
use super::record::Anytime;
use charter_plan::plan::{BadKind, Rollout};

/// Bad events of a kind, in the plural.
fn events(kind: BadKind) -> &'static str {
    match kind {
        BadKind::Error => "errors",
        BadKind::Slow => "slow answers",
        BadKind::Fallback => "fallbacks",
        BadKind::Disagreement => "disagreements",
        BadKind::Feedback => "complaints",
    }
}

/// 5 as `5 %`, of a share from 0 to 1.
pub fn percent(share: f64) -> String {
    let hundredths = (share * 1e6).round() / 1e4;
    format!("{hundredths} %")
}

/// Parts per 10,000 as `5 %`.
pub fn weight(parts: u16) -> String {
    percent(f64::from(parts) / 10_000.0)
}

/// An e-value or its threshold: `3.1e4`, or `125` below 1,000.
pub fn e_value(log10: f64) -> String {
    if log10.abs() < 3.0 {
        let value = 10.0_f64.powf(log10);
        return if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.2}") };
    }
    // Rounded first, so that 9.96 is not written as 10.0.
    let tenths = (log10 * 1e6).round() / 1e6;
    let mut exponent = tenths.floor();
    let mut mantissa = (10.0_f64.powf(tenths - exponent) * 10.0).round() / 10.0;
    if mantissa >= 10.0 {
        mantissa /= 10.0;
        exponent += 1.0;
    }
    format!("{mantissa:.1}e{exponent}")
}

fn against(value: super::record::EValue) -> String {
    format!("e-value {} against {}", e_value(value.log10), e_value(value.threshold.log10()))
}

/// Milliseconds as `2 h`, `90 s` or `250 ms`: the largest unit that it is a whole number of.
pub fn duration(ms: u64) -> String {
    for (unit, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")] {
        if ms >= unit && ms.is_multiple_of(unit) {
            return format!("{} {name}", ms / unit);
        }
    }
    if ms == 0 { "0 s".to_owned() } else { format!("{ms} ms") }
}

/// What was found to be harm.
pub(super) fn harm(plan: &Rollout, guard: &Guard, values: &Anytime, harm: Harm) -> String {
    let (events, stable, candidate) = (events(guard.settings.bad), &plan.stable_label, &plan.candidate_label);
    let counted = guard.count(true);
    let unit = if guard.paired() { "pairs" } else { "calls" };
    match harm {
        Harm::Relative => {
            let times = values
                .ratio
                .and_then(|ratio| ratio.low)
                .map_or_else(String::new, |low| format!("at least {:.1} times those of {stable} (95 %)", (low * 10.0).floor() / 10.0));
            let times = if times.is_empty() { format!("more than {} times those of {stable}", guard.settings.r_harm) } else { times };
            format!("{events} of {candidate} are {times}, {}", values.harm_relative.map(against).unwrap_or_default())
        }
        Harm::Absolute => format!(
            "{events} of {candidate} with {stable} are above {} ({} of {} {unit}), {}",
            percent(guard.settings.p_ok),
            counted.bad,
            counted.calls,
            against(values.harm_absolute)
        ),
        Harm::Ceiling => format!(
            "{events} of {candidate} are above the ceiling of {} ({} of {} {unit}), {}",
            percent(guard.settings.p_ceiling),
            counted.bad,
            counted.calls,
            against(values.ceiling)
        ),
        Harm::Watch => values.watch.map_or_else(String::new, |watch| {
            let (bar, count) = (percent(watch.bar), watch.count);
            format!(
                "{events} of {candidate} are above {bar} since it answers all ({} of {} {unit}), {}",
                count.bad,
                count.calls,
                against(watch.e_value)
            )
        }),
    }
}

/// What showed that one guardrail is kept.
pub(super) fn safe(guard: &Guard, values: &Anytime) -> String {
    let name = events(guard.settings.bad);
    match values.safe_relative {
        Some(relative) if relative.reached => {
            format!("{name} are less than {} times as frequent, {}", guard.settings.r_bad, against(relative))
        }
        _ => format!("{name} are below {}, {}", percent(guard.settings.p_bad), against(values.safe_absolute)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([4.4914, 2.0969, -5.0, 0.0, 3.9999].map(e_value), ["3.1e4", "125", "1.0e-5", "1.00", "1.0e4"]);
        assert_eq!([0.05, 0.001, 0.33333].map(percent), ["5 %", "0.1 %", "33.333 %"]);
        assert_eq!([7_200_000, 90_000, 250, 60_000].map(duration), ["2 h", "90 s", "250 ms", "1 min"]);
    }
}
