//! The report for people at a terminal.

use super::report::{Decided, EffectReport, ExperimentReport, Holds, MetricReport, Verdict};
use crate::statistics::Interval;
use charter_plan::plan::MetricKind;
use std::fmt::Write as _;

/// Letters of the plot of one interval; the middle is no effect.
const PLOT_WIDTH: usize = 41;

impl ExperimentReport {
    /// Verdict, arms, and a line for each metric and arm with its effect, interval and a plot of it.
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{}: {}", self.name, self.sentence());
        if !self.hypothesis.is_empty() {
            let _ = writeln!(text, "  {}", self.hypothesis);
        }
        let arms: Vec<String> = self.arms.iter().map(|arm| format!("{} {}", arm.name, arm.units)).collect();
        let state = if self.assignment.mismatch { "mismatch" } else { "as promised" };
        let _ = writeln!(text, "  units: {}; shares {state} (p {:.3})", arms.join(", "), self.assignment.chi_square_p);
        let reach = self.reach();
        let name = |metric: &MetricReport| match metric.threshold {
            Some(limit) if matches!(metric.kind, MetricKind::Quantile { .. }) => format!("{} > {limit:.3}", metric.name),
            _ => metric.name.clone(),
        };
        let all = || self.goals.iter().chain(&self.guardrails);
        let widest = all().map(|metric| name(metric).chars().count()).max().unwrap_or(0);
        let widest_arm = self.arms.iter().map(|arm| arm.name.chars().count()).max().unwrap_or(0);
        for metric in all() {
            for effect in &metric.effects {
                let row = row(effect, reach);
                let _ = writeln!(text, "  {:widest$}  {:widest_arm$}  {row}", name(metric), effect.arm);
            }
        }
        let _ = writeln!(
            text,
            "  plot: {:+.1} % to {:+.1} %; `|` no effect, `o` estimate, `-` confidence sequence",
            -100.0 * reach,
            100.0 * reach
        );
        let capped: u64 = all().flat_map(|metric| &metric.arms).map(|arm| arm.capped).sum();
        if capped > 0 {
            let _ = writeln!(text, "  {capped} values were held back by a cap");
        }
        for note in &self.notes {
            let _ = writeln!(text, "  note: {note}");
        }
        text
    }

    /// The verdict as a sentence.
    pub fn sentence(&self) -> String {
        match &self.verdict {
            Verdict::Blocked => "blocked, the arms do not get their shares".to_owned(),
            Verdict::TooEarly => "too early, an arm has fewer than 100 units".to_owned(),
            Verdict::Running => "running, nothing is decided".to_owned(),
            Verdict::Wins { arms } => format!("{} wins", arms.join(", ")),
            Verdict::Harms { arms } => format!("{} does harm", arms.join(", ")),
            Verdict::Inconclusive => "over, nothing was decided".to_owned(),
        }
    }

    /// Half the range of the plots: what holds the estimates with room to spare, at least 1 %.
    fn reach(&self) -> f64 {
        let effects = self.goals.iter().chain(&self.guardrails).flat_map(|metric| &metric.effects);
        let widest = |effect: &EffectReport| {
            let interval = effect.interval.map_or(0.0, |interval| interval.low.abs().max(interval.high.abs()));
            interval.min(4.0 * effect.relative.unwrap_or(0.0).abs().max(0.05))
        };
        effects.map(widest).fold(0.01, f64::max)
    }
}

fn row(effect: &EffectReport, reach: f64) -> String {
    let (Some(relative), Some(interval)) = (effect.relative, effect.interval) else {
        return format!("{:>8}  {:^20}  {}", "-", "-", "nothing may be said yet");
    };
    let mut word = match (effect.decided, effect.holds) {
        (Some(Decided::Better), _) => "better",
        (Some(Decided::Worse), _) => "worse",
        (_, Some(Holds::Holds)) => "holds",
        (_, Some(Holds::Broken)) => "broken",
        _ => "undecided",
    }
    .to_owned();
    if let Some(days) = effect.days_needed.filter(|&days| days > 0.0 && word == "undecided") {
        let _ = write!(word, ", {days:.0} more days");
    }
    let bounds = format!("{:+.2} … {:+.2} %", 100.0 * interval.low, 100.0 * interval.high);
    let p = effect.p_adjusted.unwrap_or(effect.p);
    format!("{:>+7.2} %  {bounds:^20}  {}  p {p:<7.4}  {word}", 100.0 * relative, plot(relative, interval, reach))
}

/// An interval as a line of letters over −reach … reach.
fn plot(relative: f64, interval: Interval, reach: f64) -> String {
    let place = |value: f64| {
        let share = ((value / reach + 1.0) / 2.0).clamp(0.0, 1.0);
        (share * (PLOT_WIDTH - 1) as f64).round() as usize
    };
    let (low, high, middle) = (place(interval.low), place(interval.high), place(0.0));
    let letter = |at: usize| match at {
        at if at == place(relative) => 'o',
        at if at == middle => '|',
        at if low <= at && at <= high => '-',
        _ => ' ',
    };
    (0..PLOT_WIDTH).map(letter).collect()
}
