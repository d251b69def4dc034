//! A latency budget as a waterfall: each stage begins where the one before it ends.

use super::draw::view;
use super::px;
use super::text::{fit, width};
use maud::{Markup, html};

/// One stage.
#[derive(Clone, Debug)]
pub struct Bar {
    pub name: String,
    /// In ms; without it the bar is a hole.
    pub length: Option<f64>,
    pub kind: BarKind,
    /// What stands behind the bar: `80 ms, 40 %`.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BarKind {
    Inside,
    Outside,
    Buffer,
}

const NAMES: f64 = 148.0;
const CHART: f64 = 420.0;
const TEXT: f64 = 150.0;
const ROW: f64 = 26.0;
const TOP: f64 = 26.0;

/// The stages over a scale from 0 to the total, or to their sum where that is more.
pub fn waterfall(bars: &[Bar], total: Option<f64>, title: &str) -> Markup {
    let sum: f64 = bars.iter().filter_map(|bar| bar.length).sum();
    let most = total.unwrap_or(0.0).max(sum);
    let scale = if most > 0.0 { CHART / most } else { 0.0 };
    let height = TOP + bars.len() as f64 * ROW + 14.0;
    let mut start = 0.0;
    let mut placed = Vec::new();
    for bar in bars {
        placed.push((bar, start));
        start += bar.length.unwrap_or(0.0);
    }
    html! {
        svg.diagram.waterfall viewBox=(view(NAMES + CHART + TEXT, height)) width=(NAMES + CHART + TEXT) height=(px(height)) role="img"
            aria-label=(title) xmlns="http://www.w3.org/2000/svg" {
            @for tick in ticks(most) {
                @let x = NAMES + tick * scale;
                line.grid x1=(px(x)) x2=(px(x)) y1="20" y2=(px(height - 8.0)) {}
                text.tick x=(px(x)) y="13" text-anchor="middle" { (charter_plan::arithmetic::derivation::number(tick)) }
            }
            @if let Some(total) = total {
                @let x = NAMES + total * scale;
                line.limit x1=(px(x)) x2=(px(x)) y1="18" y2=(px(height - 4.0)) {}
            }
            @for (at, (bar, start)) in placed.iter().enumerate() {
                @let y = TOP + at as f64 * ROW;
                @let length = bar.length.unwrap_or(0.0) * scale;
                text.name x=(NAMES - 10.0) y=(px(y + 16.0)) text-anchor="end" { (fit(&bar.name, 12.0, NAMES - 14.0)) }
                rect class=(class(bar.kind)) x=(px(NAMES + start * scale)) y=(px(y + 3.0)) width=(px(length.max(1.0))) height=(ROW - 7.0) rx="2" {}
                (beside(&bar.text, NAMES + start * scale, length, y))
            }
        }
    }
}

/// The text behind the bar, or before it where there is no room behind.
fn beside(text: &str, start: f64, length: f64, y: f64) -> Markup {
    let end = start + length + 7.0;
    let room = NAMES + CHART + TEXT - end;
    html! {
        @if width(text, 11.0) <= room || start - NAMES < width(text, 11.0) + 8.0 {
            text.value x=(px(end)) y=(px(y + 16.0)) { (fit(text, 11.0, room)) }
        } @else {
            text.value x=(px(start - 7.0)) y=(px(y + 16.0)) text-anchor="end" { (text) }
        }
    }
}

fn class(kind: BarKind) -> &'static str {
    match kind {
        BarKind::Inside => "bar inside",
        BarKind::Outside => "bar outside",
        BarKind::Buffer => "bar buffer",
    }
}

/// Round numbers from 0 to at most `most`, four to nine of them.
pub(super) fn ticks(most: f64) -> Vec<f64> {
    if !(most.is_finite() && most > 0.0) {
        return Vec::new();
    }
    let magnitude = 10_f64.powf((most / 5.0).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * magnitude).find(|step| most / step <= 6.0).unwrap_or(most);
    (0..=9).map(|at| f64::from(at) * step).take_while(|tick| *tick <= most * 1.000_001).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(200.0), [0.0, 50.0, 100.0, 150.0, 200.0]);
        assert_eq!(ticks(13.0).len(), 3);
        assert!(ticks(0.0).is_empty() && ticks(f64::NAN).is_empty());
        for most in [0.003, 1.0, 7.0, 999.0, 1e9] {
            assert!((2..=9).contains(&ticks(most).len()), "{most}: {:?}", ticks(most));
        }
    }
}
