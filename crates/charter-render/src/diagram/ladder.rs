//! A ladder: rungs from the best to the safest, each a step lower.

use super::draw::view;
use super::px;
use super::text::{fit, wrap};
use maud::{Markup, html};

/// A rung.
#[derive(Clone, Debug)]
pub struct Step {
    pub name: String,
    /// What answers.
    pub answer: String,
    /// Terms: time, age, what it needs.
    pub terms: Vec<String>,
    /// Whether it answers whatever else is broken.
    pub safe: bool,
    /// Whether it breaks with a rung above.
    pub shared: bool,
}

const WIDTH: f64 = 330.0;
const INDENT: f64 = 54.0;
const INDENTS_MAX: usize = 6;
const BETWEEN: f64 = 26.0;

struct Drawn<'a> {
    step: &'a Step,
    answer: Vec<String>,
    terms: Vec<String>,
    x: f64,
    y: f64,
    height: f64,
}

/// The rungs, and what happens below the last.
pub fn ladder(steps: &[Step], end: Option<&str>, title: &str) -> Markup {
    let mut y = 6.0;
    let mut drawn = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let answer = wrap(&step.answer, 12.0, WIDTH - 28.0, 3);
        let terms: Vec<String> = step.terms.iter().map(|term| fit(term, 11.0, WIDTH - 28.0)).collect();
        let height = 30.0 + answer.len() as f64 * 16.0 + terms.len() as f64 * 14.0 + 6.0;
        drawn.push(Drawn { step, answer, terms, x: 6.0 + at.min(INDENTS_MAX) as f64 * INDENT, y, height });
        y += height + BETWEEN;
    }
    let width = 12.0 + WIDTH + steps.len().min(INDENTS_MAX + 1) as f64 * INDENT;
    let height = if end.is_some() { y + 26.0 } else { y - BETWEEN + 8.0 };
    html! {
        svg.diagram.ladder viewBox=(view(width, height)) width=(px(width)) height=(px(height)) role="img" aria-label=(title)
            xmlns="http://www.w3.org/2000/svg" {
            @for (at, rung) in drawn.iter().enumerate() {
                (body(rung))
                @if at + 1 < drawn.len() || end.is_some() {
                    (down(rung, drawn.get(at + 1), y))
                }
            }
            @if let (Some(end), Some(last)) = (end, drawn.last()) {
                text.end x=(px(last.x + 44.0)) y=(px(y + 15.0)) { (fit(end, 12.0, WIDTH)) }
            }
        }
    }
}

fn body(rung: &Drawn<'_>) -> Markup {
    let class = if rung.step.safe {
        "rung safe"
    } else if rung.step.shared {
        "rung shared"
    } else {
        "rung"
    };
    let mark = if rung.step.safe {
        "cannot fail"
    } else if rung.step.shared {
        "shares a fate"
    } else {
        ""
    };
    html! {
        g class=(class) {
            rect x=(px(rung.x)) y=(px(rung.y)) width=(WIDTH) height=(px(rung.height)) rx="6" {}
            text.name x=(px(rung.x + 14.0)) y=(px(rung.y + 21.0)) { (fit(&rung.step.name, 14.0, WIDTH - 128.0)) }
            @if !mark.is_empty() {
                text.mark x=(px(rung.x + WIDTH - 14.0)) y=(px(rung.y + 20.0)) text-anchor="end" { (mark) }
            }
            @for (at, line) in rung.answer.iter().enumerate() {
                text.answer x=(px(rung.x + 14.0)) y=(px(rung.y + 40.0 + at as f64 * 16.0)) { (line) }
            }
            @for (at, line) in rung.terms.iter().enumerate() {
                text.term x=(px(rung.x + 14.0)) y=(px(rung.y + 39.0 + rung.answer.len() as f64 * 16.0 + at as f64 * 14.0)) { (line) }
            }
        }
    }
}

/// From the left part of a rung down to the one below, which begins further right.
fn down(rung: &Drawn<'_>, next: Option<&Drawn<'_>>, end: f64) -> Markup {
    let x = rung.x + 24.0;
    let bottom = rung.y + rung.height;
    let (to_x, to_y) = next.map_or((rung.x + 38.0, end + 11.0), |next| (next.x, next.y + 18.0));
    html! {
        @if to_x > x {
            path.arrow d=(format!("M{} {}V{}H{}", px(x), px(bottom), px(to_y), px(to_x - 7.0))) {}
            polygon.head points=(format!("{},{} {},{} {},{}", px(to_x), px(to_y), px(to_x - 8.0), px(to_y - 4.5), px(to_x - 8.0), px(to_y + 4.5))) {}
        } @else {
            @let to_y = next.map_or(end, |next| next.y);
            path.arrow d=(format!("M{} {}V{}", px(x), px(bottom), px(to_y - 7.0))) {}
            polygon.head points=(format!("{},{} {},{} {},{}", px(x), px(to_y), px(x - 4.5), px(to_y - 8.0), px(x + 4.5), px(to_y - 8.0))) {}
        }
    }
}
