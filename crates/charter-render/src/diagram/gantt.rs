//! A roadmap over weeks: each phase between its earliest and its latest dates, with its gate at the end.

use super::draw::view;
use super::px;
use super::text::fit;
use super::waterfall::ticks;
use charter_plan::arithmetic::derivation::number;
use maud::{Markup, html};

/// A phase.
#[derive(Clone, Debug)]
pub struct Span {
    pub name: String,
    /// First week, and last week at the earliest and at the latest; without an end it goes on.
    pub start: f64,
    pub end: Option<(f64, f64)>,
    pub has_gate: bool,
    pub href: String,
    /// `2w, then go, pivot or stop`.
    pub text: String,
}

const NAMES: f64 = 124.0;
const CHART: f64 = 620.0;
const ROW: f64 = 38.0;
const TOP: f64 = 28.0;

/// The phases; `limits` are dates that a constraint sets, as weeks with their names.
pub fn gantt(spans: &[Span], limits: &[(String, f64)], title: &str) -> Markup {
    let ends = spans.iter().filter_map(|span| span.end.map(|(_, latest)| latest)).chain(limits.iter().map(|(_, week)| *week));
    let most = ends.fold(1.0, f64::max);
    let open = spans.iter().any(|span| span.end.is_none());
    let scale = (CHART - if open { 70.0 } else { 10.0 }) / most;
    let height = TOP + spans.len() as f64 * ROW + limits.len() as f64 * 16.0 + 8.0;
    let x = |week: f64| NAMES + week * scale;
    html! {
        svg.diagram.gantt viewBox=(view(NAMES + CHART + 8.0, height)) width=(NAMES + CHART + 8.0) height=(px(height)) role="group" aria-label=(title)
            xmlns="http://www.w3.org/2000/svg" {
            @for tick in ticks(most) {
                line.grid x1=(px(x(tick))) x2=(px(x(tick))) y1="20" y2=(px(TOP + spans.len() as f64 * ROW)) {}
                text.tick x=(px(x(tick))) y="13" text-anchor="middle" { @if tick == 0.0 { "week 0" } @else { (number(tick)) } }
            }
            @for (at, span) in spans.iter().enumerate() {
                @let y = TOP + at as f64 * ROW;
                a href=(span.href) {
                    title { (span.name) ": " (span.text) }
                    text.name x=(NAMES - 10.0) y=(px(y + 18.0)) text-anchor="end" { (fit(&span.name, 13.0, NAMES - 14.0)) }
                    (bar(span, y, &x, scale))
                }
            }
            @for (at, (name, week)) in limits.iter().enumerate() {
                @let y = TOP + spans.len() as f64 * ROW + at as f64 * 16.0;
                line.limit x1=(px(x(*week))) x2=(px(x(*week))) y1="20" y2=(px(y + 4.0)) {}
                (limit(&format!("{name}: week {}", number(*week)), x(*week), y + 14.0))
            }
        }
    }
}

fn limit(text: &str, x: f64, y: f64) -> Markup {
    let left = x > NAMES + CHART * 0.6;
    html! {
        text.limit-name x=(px(if left { x - 6.0 } else { x + 6.0 })) y=(px(y)) text-anchor=(if left { "end" } else { "start" }) {
            (fit(text, 11.0, CHART * 0.55))
        }
    }
}

fn bar(span: &Span, y: f64, x: &dyn Fn(f64) -> f64, scale: f64) -> Markup {
    let start = x(span.start);
    match span.end {
        Some((earliest, latest)) => {
            let (sure, most) = ((earliest - span.start) * scale, (latest - span.start) * scale);
            html! {
                rect.bar.late x=(px(start)) y=(px(y + 6.0)) width=(px(most.max(1.0))) height="18" rx="3" {}
                rect.bar.sure x=(px(start)) y=(px(y + 6.0)) width=(px(sure.max(1.0))) height="18" rx="3" {}
                @if span.has_gate {
                    @let (gx, gy) = (start + most, y + 15.0);
                    path.gate d=(format!("M{} {}l9 9l-9 9l-9 -9z", px(gx), px(gy - 9.0))) {}
                }
            }
        }
        None => {
            let end = NAMES + CHART - 4.0;
            html! {
                path.bar.open d=(format!("M{} {}H{}l10 9l-10 9H{}z", px(start), px(y + 6.0), px((end - 10.0).max(start)), px(start))) {}
            }
        }
    }
}
