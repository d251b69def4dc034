//! The winner's lead while one weight after the other is halved and grows by half, widest first.

use super::{STYLE, escaped};
use charter_plan::arithmetic::derivation::{percent, significant};
use charter_plan::decision::SensitivityReport;
use std::fmt::Write;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 160.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 56.0;
const BAR: f64 = 28.0;

/// A picture of its own: no script, no fonts from elsewhere, light and dark.
pub fn tornado(decision: &str, sensitivity: &SensitivityReport) -> String {
    let leads = || sensitivity.tornado.iter().flat_map(|bar| [bar.low_lead, bar.high_lead]);
    let low = leads().fold(sensitivity.margin.min(0.0), f64::min);
    let high = leads().fold(sensitivity.margin, f64::max);
    let span = (high - low).max(1e-9);
    let x = |lead: f64| LEFT + (lead - low) / span * (WIDTH - LEFT - RIGHT);
    // Criteria are few.
    #[allow(clippy::cast_precision_loss)]
    let bottom = TOP + sensitivity.tornado.len() as f64 * BAR;
    let height = bottom + 40.0;
    let title = format!("{decision}: lead of {} over the best other", sensitivity.winner);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{0}\"><style>{STYLE}</style>\
         <text x=\"16\" y=\"26\" font-weight=\"600\">{0}</text>",
        escaped(&title)
    );
    for (at, bar) in sensitivity.tornado.iter().enumerate() {
        #[allow(clippy::cast_precision_loss)]
        let up = TOP + at as f64 * BAR;
        let middle = x(sensitivity.margin);
        for (class, lead, weight) in [("low", bar.low_lead, bar.low_weight), ("high", bar.high_lead, bar.high_weight)] {
            let end = x(lead);
            let _ = write!(
                svg,
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{up:.1}\" width=\"{:.1}\" height=\"{:.1}\"><title>{}</title></rect>",
                middle.min(end),
                (middle - end).abs(),
                BAR - 8.0,
                escaped(&format!("{} at {}: lead {}", bar.criterion, percent(weight), significant(lead)))
            );
        }
        let class = if bar.low_lead < 0.0 || bar.high_lead < 0.0 { " class=\"bad\"" } else { "" };
        let _ = write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\"{class}>{}</text>",
            LEFT - 10.0,
            up + 15.0,
            escaped(&bar.criterion)
        );
    }
    let _ = writeln!(
        svg,
        "<path class=\"axis\" d=\"M{0:.1} {1}V{bottom}\"/><path class=\"limit\" d=\"M{2:.1} {1}V{bottom}\"/>\
         <text x=\"{0:.1}\" y=\"{3}\" text-anchor=\"middle\">{4}</text><text x=\"{2:.1}\" y=\"{3}\" text-anchor=\"middle\">0</text></svg>",
        x(sensitivity.margin),
        TOP - 6.0,
        x(0.0),
        bottom + 20.0,
        escaped(&significant(sensitivity.margin))
    );
    svg
}
