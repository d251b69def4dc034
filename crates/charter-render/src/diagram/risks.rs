//! The risk matrix: probability from left to right, impact from below upwards.

use super::draw::view;
use super::px;
use super::text::{fit, width};
use charter_spec::ast::Level;
use maud::{Markup, html};

/// A risk with its place.
#[derive(Clone, Debug)]
pub struct Dot {
    pub name: String,
    pub probability: Level,
    pub impact: Level,
    pub href: String,
}

/// How bad a cell is.
pub type Rating = fn(Level, Level) -> Level;

const NAMES: f64 = 74.0;
const CELL: f64 = 168.0;
const LINE: f64 = 20.0;
const CELL_MIN: f64 = 66.0;
/// Most names in a cell.
const SHOWN_MAX: usize = 8;

/// The matrix with the names of the risks in its cells, each a link.
pub fn risk_matrix(dots: &[Dot], rating: Rating, title: &str) -> Markup {
    let in_cell = |probability: Level, impact: Level| dots.iter().filter(move |dot| (dot.probability, dot.impact) == (probability, impact));
    let mut y = 8.0;
    let mut rows = Vec::new();
    for impact in Level::ALL.iter().rev().copied() {
        let most = Level::ALL.iter().map(|probability| in_cell(*probability, impact).count().min(SHOWN_MAX + 1)).max().unwrap_or(0);
        let height = (most as f64 * LINE + 18.0).max(CELL_MIN);
        rows.push((impact, y, height));
        y += height;
    }
    let count = Level::ALL.len() as f64;
    let (total_width, total_height) = (NAMES + count * CELL + 8.0, y + 44.0);
    html! {
        svg.diagram.risks viewBox=(view(total_width, total_height)) width=(px(total_width)) height=(px(total_height)) role="group" aria-label=(title)
            xmlns="http://www.w3.org/2000/svg" {
            @for (impact, top, height) in &rows {
                text.axis x=(NAMES - 10.0) y=(px(top + height / 2.0 + 4.0)) text-anchor="end" { (impact.word()) }
                @for (column, probability) in Level::ALL.iter().copied().enumerate() {
                    @let x = NAMES + column as f64 * CELL;
                    rect class=(format!("cell {}", rating(probability, *impact).word())) x=(px(x + 1.0)) y=(px(top + 1.0)) width=(CELL - 2.0)
                        height=(px(height - 2.0)) rx="3" {}
                    (cell(&in_cell(probability, *impact).collect::<Vec<_>>(), x, *top))
                }
            }
            @for (column, probability) in Level::ALL.iter().enumerate() {
                text.axis x=(px(NAMES + (column as f64 + 0.5) * CELL)) y=(px(y + 17.0)) text-anchor="middle" { (probability.word()) }
            }
            text.axis-name x=(px(NAMES + count * CELL / 2.0)) y=(px(y + 36.0)) text-anchor="middle" { "probability →" }
            text.axis-name x=(px(-y / 2.0)) y="13" text-anchor="middle" transform="rotate(-90)" { "impact →" }
        }
    }
}

fn cell(dots: &[&Dot], x: f64, top: f64) -> Markup {
    html! {
        @for (at, dot) in dots.iter().take(SHOWN_MAX).enumerate() {
            @let name = fit(&dot.name, 12.0, CELL - 34.0);
            @let y = top + 9.0 + at as f64 * LINE;
            a href=(dot.href) {
                title { (dot.name) }
                rect.pill x=(px(x + 8.0)) y=(px(y)) width=(px(width(&name, 12.0) + 14.0)) height="17" rx="8.5" {}
                text.pill-name x=(px(x + 15.0)) y=(px(y + 12.5)) { (name) }
            }
        }
        @if dots.len() > SHOWN_MAX {
            text.more x=(px(x + 15.0)) y=(px(top + 9.0 + SHOWN_MAX as f64 * LINE + 12.5)) { "and " (dots.len() - SHOWN_MAX) " more" }
        }
    }
}
