//! The report as a picture: SVG that stands alone, one panel for each metric and arm.
//!
//! Colours follow the reader's light or dark scheme by a media query.

use super::looks::Point;
use super::report::{EffectReport, ExperimentReport, MetricReport, Role};
use std::fmt::Write as _;

const WIDTH: f64 = 760.0;
const PANEL: f64 = 190.0;
const HEAD: f64 = 76.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 26.0;
/// Most panels; further metrics are in the table and the JSON.
const PANELS_MAX: usize = 24;

const STYLE: &str = "<style>\
text{font:12px system-ui,sans-serif;fill:#1b1f24}.title{font-weight:600;font-size:15px}.name{font-weight:600}\
.quiet{fill:#5b6470}.paper{fill:#ffffff}.zero{stroke:#5b6470;stroke-dasharray:3 3}.frame{fill:none;stroke:#c8ced6}\
.margin{stroke:#b3401f;stroke-dasharray:6 3}.band{fill:#2b6cb0;opacity:.22}.line{fill:none;stroke:#2b6cb0;stroke-width:2}\
.good{fill:#1f7a3d}.bad{fill:#b3401f}\
@media(prefers-color-scheme:dark){text{fill:#e6e9ee}.quiet{fill:#9aa4b1}.paper{fill:#14171b}.zero{stroke:#9aa4b1}.frame{stroke:#3a414b}\
.margin{stroke:#f08a6a}.band{fill:#6fb1f5}.line{stroke:#6fb1f5}.good{fill:#6bd08c}.bad{fill:#f08a6a}}\
</style>";

impl ExperimentReport {
    /// The effect with its confidence sequence over time, for each metric and arm; verdict and shares on top.
    pub fn picture(&self) -> String {
        let panels: Vec<(&MetricReport, &EffectReport)> = self
            .goals
            .iter()
            .chain(&self.guardrails)
            .flat_map(|metric| metric.effects.iter().map(move |effect| (metric, effect)))
            .take(PANELS_MAX)
            .collect();
        let height = HEAD + PANEL * panels.len() as f64;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
             aria-label=\"{}\">{STYLE}<rect class=\"paper\" width=\"{WIDTH}\" height=\"{height}\"/>",
            escaped(&self.name)
        );
        let _ = write!(svg, "<text class=\"title\" x=\"16\" y=\"24\">{}: {}</text>", escaped(&self.name), escaped(&self.sentence()));
        let (class, state) = match (self.assignment.mismatch, self.assignment.suspect) {
            (true, _) => ("bad", "mismatch"),
            (false, true) => ("bad", "suspect"),
            (false, false) => ("good", "as promised"),
        };
        let arms: Vec<String> = self.arms.iter().map(|arm| format!("{} {}", arm.name, arm.units)).collect();
        let _ = write!(
            svg,
            "<text class=\"quiet\" x=\"16\" y=\"44\">units: {}</text><text class=\"{class}\" x=\"16\" y=\"62\">shares {state}, chi-square p {:.3}, e-value 10^{:.1}{}</text>",
            escaped(&arms.join(", ")),
            self.assignment.chi_square_p,
            self.assignment.log10_e,
            self.assignment.worst_slice.as_ref().map(|slice| format!(", most in {}", escaped(&slice.slice))).unwrap_or_default()
        );
        for (index, (metric, effect)) in panels.into_iter().enumerate() {
            panel(&mut svg, HEAD + PANEL * index as f64, metric, effect);
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn panel(svg: &mut String, top: f64, metric: &MetricReport, effect: &EffectReport) {
    let figures = match (effect.relative, effect.interval) {
        (Some(relative), Some(interval)) => {
            format!(
                "{:+.2} % ({:+.2} to {:+.2}), p {:.4}",
                100.0 * relative,
                100.0 * interval.low,
                100.0 * interval.high,
                effect.p_adjusted.unwrap_or(effect.p)
            )
        }
        _ => "nothing may be said yet".to_owned(),
    };
    let role = if metric.role == Role::Goal { "goal" } else { "guardrail" };
    let _ = write!(
        svg,
        "<text class=\"name\" x=\"16\" y=\"{}\">{}, {}</text><text class=\"quiet\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{role}: {figures}</text>",
        top + 20.0,
        escaped(&metric.name),
        escaped(&effect.arm),
        WIDTH - RIGHT,
        top + 20.0
    );
    let (plot_top, plot_bottom) = (top + TOP, top + PANEL - BOTTOM);
    let _ = write!(
        svg,
        "<rect class=\"frame\" x=\"{LEFT}\" y=\"{plot_top}\" width=\"{}\" height=\"{}\"/>",
        WIDTH - LEFT - RIGHT,
        plot_bottom - plot_top
    );
    let (Some(first), Some(last)) = (effect.history.first(), effect.history.last()) else { return };
    // The first intervals are so wide that they would hide the rest: the range is that of the second half, and all estimates.
    let half = effect.history.get(effect.history.len() / 2..).unwrap_or_default();
    let reach =
        half.iter().map(|point| point.low.abs().max(point.high.abs())).chain(effect.history.iter().map(|point| point.relative.abs()));
    let reach = reach.fold(metric.margin.max(0.005), f64::max) * 1.1;
    let lasted = last.at_ms.saturating_sub(first.at_ms).max(1) as f64;
    let across = |point: &Point| LEFT + (WIDTH - LEFT - RIGHT) * (point.at_ms.saturating_sub(first.at_ms) as f64 / lasted);
    let down = |value: f64| plot_top + (plot_bottom - plot_top) * (1.0 - ((value / reach).clamp(-1.0, 1.0) + 1.0) / 2.0);
    let upper = effect.history.iter().map(|point| format!("{:.1},{:.1}", across(point), down(point.high)));
    let lower = effect.history.iter().rev().map(|point| format!("{:.1},{:.1}", across(point), down(point.low)));
    let band: Vec<String> = upper.chain(lower).collect();
    let line: Vec<String> = effect.history.iter().map(|point| format!("{:.1},{:.1}", across(point), down(point.relative))).collect();
    let _ = write!(svg, "<polygon class=\"band\" points=\"{}\"/><polyline class=\"line\" points=\"{}\"/>", band.join(" "), line.join(" "));
    let mut rule = |class: &str, value: f64| {
        let y = down(value);
        let _ = write!(svg, "<line class=\"{class}\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>", WIDTH - RIGHT);
        let _ = write!(
            svg,
            "<text class=\"quiet\" x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{:+.1} %</text>",
            LEFT - 6.0,
            y + 4.0,
            100.0 * value
        );
    };
    rule("zero", 0.0);
    if metric.role == Role::Guardrail && metric.margin > 0.0 {
        let worse = if metric.better == charter_plan::plan::Better::Higher { -1.0 } else { 1.0 };
        rule("margin", worse * metric.margin);
    }
    for (value, y) in [(reach, plot_top + 10.0), (-reach, plot_bottom)] {
        let _ = write!(svg, "<text class=\"quiet\" x=\"{}\" y=\"{y:.1}\" text-anchor=\"end\">{:+.1} %</text>", LEFT - 6.0, 100.0 * value);
    }
    let hours = lasted / 3_600_000.0;
    let span = if hours < 48.0 { format!("{hours:.1} h") } else { format!("{:.1} d", hours / 24.0) };
    let _ = write!(
        svg,
        "<text class=\"quiet\" x=\"{LEFT}\" y=\"{y}\">{:.0} units</text><text class=\"quiet\" x=\"{}\" y=\"{y}\" text-anchor=\"end\">{span} later, {:.0} units</text>",
        first.units,
        WIDTH - RIGHT,
        last.units,
        y = plot_bottom + 17.0
    );
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            _ => safe.push(letter),
        }
    }
    safe
}
