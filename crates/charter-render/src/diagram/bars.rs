//! Horizontal bars against a limit: money, use, shares.

use super::draw::view;
use super::px;
use super::text::{fit, width};
use maud::{Markup, html};

/// One bar.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    /// `None` is a hole: drawn as such.
    pub value: Option<f64>,
    /// What stands behind the bar.
    pub text: String,
    /// Whether it is beyond what is allowed.
    pub over: bool,
}

const NAMES: f64 = 168.0;
const CHART: f64 = 400.0;
const TEXT: f64 = 160.0;
const ROW: f64 = 26.0;

/// Bars over a scale from 0 to the largest value or limit; limits are lines with a name.
pub fn bars(rows: &[Row], limits: &[(String, f64)], title: &str) -> Markup {
    let most = rows.iter().filter_map(|row| row.value).chain(limits.iter().map(|(_, value)| *value)).fold(0.0, f64::max);
    let scale = if most > 0.0 { CHART / most } else { 0.0 };
    let top = 8.0 + limits.len() as f64 * 15.0;
    let height = top + rows.len() as f64 * ROW + 6.0;
    html! {
        svg.diagram.bars viewBox=(view(NAMES + CHART + TEXT, height)) width=(NAMES + CHART + TEXT) height=(px(height)) role="img" aria-label=(title)
            xmlns="http://www.w3.org/2000/svg" {
            @for (at, row) in rows.iter().enumerate() {
                @let y = top + at as f64 * ROW;
                @let length = row.value.unwrap_or(0.0).max(0.0) * scale;
                text.name x=(NAMES - 10.0) y=(px(y + 16.0)) text-anchor="end" { (fit(&row.name, 12.0, NAMES - 14.0)) }
                rect.bar.over[row.over].hole[row.value.is_none()] x=(NAMES) y=(px(y + 3.0)) width=(px(if row.value.is_none() { 24.0 } else {
                    length.max(1.0)
                }))
                    height=(ROW - 7.0) rx="2" {}
                @let start = NAMES + if row.value.is_none() { 24.0 } else { length } + 7.0;
                text.value x=(px(start)) y=(px(y + 16.0)) { (fit(&row.text, 11.0, NAMES + CHART + TEXT - start)) }
            }
            @for (at, (name, value)) in limits.iter().enumerate() {
                @let x = NAMES + value * scale;
                @let left = x - width(name, 11.0) > NAMES && *value < most;
                line.limit x1=(px(x)) x2=(px(x)) y1=(px(4.0 + at as f64 * 15.0)) y2=(px(height - 2.0)) {}
                @let (x, anchor) = if left { (x - 5.0, "end") } else { (x + 5.0, "start") };
                text.limit-name x=(px(x)) y=(px(13.0 + at as f64 * 15.0)) text-anchor=(anchor) { (name) }
            }
        }
    }
}
