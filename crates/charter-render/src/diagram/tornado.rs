//! How the winner's lead moves with each weight: the longest bar on top, and where the winner changes. One drawing, for a page and for a file of its own.

use super::draw::view;
use super::px;
use super::text::{fit, width};
use charter_plan::arithmetic::derivation::{number, percent};
use charter_plan::decision::SensitivityReport;
use maud::{Markup, html};

const NAMES: f64 = 150.0;
const CHART: f64 = 380.0;
const TEXT: f64 = 150.0;
const ROW: f64 = 26.0;
const TOP: f64 = 26.0;

/// What the picture says, in a sentence.
pub fn title(found: &SensitivityReport) -> String {
    format!("Lead of {} over the best other option while one weight moves by half of itself", found.winner)
}

/// The bars over a scale that holds the lead as it is, all ends, and zero. Colours come from the page.
pub fn tornado(found: &SensitivityReport) -> Markup {
    let height = height(found);
    html! {
        svg.diagram.tornado viewBox=(view(NAMES + CHART + TEXT, height)) width=(NAMES + CHART + TEXT) height=(px(height)) role="img"
            aria-label=(title(found)) xmlns="http://www.w3.org/2000/svg" { (chart(found, height)) }
    }
}

/// The same as a file of its own: `heading` on top, and its colours in it.
pub fn alone(heading: &str, found: &SensitivityReport, style: &str) -> String {
    const HEAD: f64 = 34.0;
    let (wide, high) = (NAMES + CHART + TEXT, height(found));
    let picture = html! {
        svg viewBox=(view(wide, high + HEAD)) width=(wide) height=(px(high + HEAD)) role="img" aria-label=(title(found))
            xmlns="http://www.w3.org/2000/svg" {
            style { (maud::PreEscaped(style)) }
            text x="16" y="22" font-weight="600" { (fit(heading, 13.0, wide - 32.0)) }
            g transform=(format!("translate(0 {HEAD})")) { (chart(found, high)) }
        }
    };
    format!("{}\n", picture.into_string())
}

fn height(found: &SensitivityReport) -> f64 {
    TOP + found.tornado.len() as f64 * ROW + 8.0
}

fn chart(found: &SensitivityReport, height: f64) -> Markup {
    let lead = found.margin;
    let ends = || found.tornado.iter().flat_map(|bar| [bar.low_lead, bar.high_lead]).chain([lead, 0.0]).filter(|end| end.is_finite());
    let (least, most) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let scale = if most > least { (CHART - 20.0) / (most - least) } else { 0.0 };
    let x = |value: f64| NAMES + 10.0 + (value.clamp(least, most) - least) * scale;
    html! {
        @for (at, bar) in found.tornado.iter().enumerate() {
            @let y = TOP + at as f64 * ROW;
            text.name x=(NAMES - 4.0) y=(px(y + 16.0)) text-anchor="end" { (fit(&bar.criterion, 12.0, NAMES - 10.0)) }
            @for (class, end, weight) in [("low", bar.low_lead, bar.low_weight), ("high", bar.high_lead, bar.high_weight)] {
                @let (left, right) = (x(end.min(lead)), x(end.max(lead)));
                rect class=(format!("bar {class}{}", if end < 0.0 { " over" } else { "" })) x=(px(left)) y=(px(y + 3.0))
                    width=(px((right - left).max(1.0))) height=(ROW - 7.0) rx="2" {
                    title { (bar.criterion) " at " (percent(weight)) ": lead " (number(end)) }
                }
            }
            @let text = format!("{} … {}", percent(bar.low_weight), percent(bar.high_weight));
            text.value x=(px(NAMES + CHART + 8.0)) y=(px(y + 16.0)) { (fit(&text, 11.5, TEXT - 8.0)) }
        }
        line.grid x1=(px(x(lead))) x2=(px(x(lead))) y1="20" y2=(px(height - 2.0)) {}
        line.limit x1=(px(x(0.0))) x2=(px(x(0.0))) y1="18" y2=(px(height - 2.0)) {}
        (ends_named(x(lead), x(0.0), lead))
    }
}

/// The two lines by name, each on the side away from the other; where that side has no room, on the other one.
fn ends_named(at_lead: f64, at_zero: f64, lead: f64) -> Markup {
    let now = format!("lead now {}", number(lead));
    let zero_is_left = at_zero <= at_lead;
    let lead_is_right = zero_is_left && at_lead + 4.0 + width(&now, 11.5) <= NAMES + CHART + TEXT;
    let (zero_anchor, lead_anchor) = if zero_is_left { ("end", if lead_is_right { "start" } else { "end" }) } else { ("start", "end") };
    let beside = |anchor: &str, x: f64| if anchor == "end" { x - 4.0 } else { x + 4.0 };
    html! {
        text.limit-name x=(px(beside(zero_anchor, at_zero))) y="12" text-anchor=(zero_anchor) { "level" }
        text.tick x=(px(beside(lead_anchor, at_lead))) y="12" text-anchor=(lead_anchor) { (now) }
    }
}
