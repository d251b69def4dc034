//! How the winner's lead moves with each weight: the longest bar on top, and where the winner changes.

use super::draw::view;
use super::px;
use super::text::fit;
use charter_plan::arithmetic::derivation::number;
use maud::{Markup, html};

/// One criterion: the lead at the lower and at the higher end of its weight.
#[derive(Clone, Debug)]
pub struct Swing {
    pub name: String,
    pub low: f64,
    pub high: f64,
    /// `15 % … 45 %`.
    pub text: String,
}

const NAMES: f64 = 150.0;
const CHART: f64 = 380.0;
const TEXT: f64 = 150.0;
const ROW: f64 = 26.0;
const TOP: f64 = 26.0;

/// The bars over a scale that holds the lead as it is, all ends, and zero.
pub fn tornado(swings: &[Swing], lead: f64, title: &str) -> Markup {
    let ends = || swings.iter().flat_map(|swing| [swing.low, swing.high]).chain([lead, 0.0]).filter(|end| end.is_finite());
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let scale = if most > least { (CHART - 20.0) / (most - least) } else { 0.0 };
    let x = |value: f64| NAMES + 10.0 + (value.clamp(least, most) - least) * scale;
    let height = TOP + swings.len() as f64 * ROW + 8.0;
    html! {
        svg.diagram.tornado viewBox=(view(NAMES + CHART + TEXT, height)) width=(NAMES + CHART + TEXT) height=(px(height)) role="img" aria-label=(title)
            xmlns="http://www.w3.org/2000/svg" {
            @for (at, swing) in swings.iter().enumerate() {
                @let y = TOP + at as f64 * ROW;
                @let (left, right) = (x(swing.low.min(swing.high)), x(swing.low.max(swing.high)));
                text.name x=(NAMES - 4.0) y=(px(y + 16.0)) text-anchor="end" { (fit(&swing.name, 12.0, NAMES - 10.0)) }
                rect.bar.over[swing.low.min(swing.high) < 0.0] x=(px(left)) y=(px(y + 3.0)) width=(px((right - left).max(1.0))) height=(ROW - 7.0)
                    rx="2" {}
                text.value x=(px(NAMES + CHART + 8.0)) y=(px(y + 16.0)) { (fit(&swing.text, 11.0, TEXT - 8.0)) }
            }
            line.grid x1=(px(x(lead))) x2=(px(x(lead))) y1="20" y2=(px(height - 2.0)) {}
            line.limit x1=(px(x(0.0))) x2=(px(x(0.0))) y1="18" y2=(px(height - 2.0)) {}
            (ends_named(x(lead), x(0.0), lead))
        }
    }
}

/// The two lines by name, each on the side away from the other.
fn ends_named(at_lead: f64, at_zero: f64, lead: f64) -> Markup {
    let zero_is_left = at_zero <= at_lead;
    let (zero_anchor, lead_anchor) = if zero_is_left { ("end", "start") } else { ("start", "end") };
    let beside = |anchor: &str, x: f64| if anchor == "end" { x - 4.0 } else { x + 4.0 };
    html! {
        text.limit-name x=(px(beside(zero_anchor, at_zero))) y="12" text-anchor=(zero_anchor) { "level" }
        text.tick x=(px(beside(lead_anchor, at_lead))) y="12" text-anchor=(lead_anchor) { "lead now " (number(lead)) }
    }
}
