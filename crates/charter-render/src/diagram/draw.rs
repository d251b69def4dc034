//! A laid-out graph as SVG. Colours and fonts come from the style sheet of the page, so that a picture follows its light or dark mode.

use super::graph::{Graph, LABEL_LINE, LABEL_SIZE, Look, Node};
use super::layout::{Area, Layout, Placed, PlacedEdge, layout};
use super::px;
use maud::{Markup, PreEscaped, html};
use std::fmt::Write;

/// The graph as a picture. `title` is read to who does not see it; what it shows stands beside it in words.
pub fn draw(graph: &Graph, title: &str) -> Markup {
    let placed = layout(graph);
    html! {
        svg.diagram.graph viewBox=(view(placed.width, placed.height)) width=(px(placed.width)) height=(px(placed.height))
            style=(format!("min-width:{}px", px(placed.width * 0.72))) role="group" aria-label=(title) xmlns="http://www.w3.org/2000/svg" {
            @if let Some(area) = placed.boundary {
                rect.boundary x=(px(area.x)) y=(px(area.y)) width=(px(area.width)) height=(px(area.height)) rx="12" {}
            }
            (arrows(graph, &placed))
            @if let (Some(area), Some(name)) = (placed.boundary, graph.boundary.as_deref()) {
                @let y = if placed.name_below { area.bottom() - 11.0 } else { area.y + 20.0 };
                text.boundary-name x=(px(area.x + 14.0)) y=(px(y)) { (name) }
            }
            @for (node, place) in graph.nodes.iter().zip(&placed.nodes) {
                @match &node.href {
                    Some(href) => a href=(href) { (body(node, place)) },
                    None => (body(node, place)),
                }
            }
        }
    }
}

pub(super) fn view(width: f64, height: f64) -> String {
    format!("0 0 {} {}", px(width), px(height))
}

fn arrows(graph: &Graph, placed: &Layout) -> Markup {
    html! {
        @for edge in &placed.edges {
            @let dashed = graph.edges.get(edge.edge).is_some_and(|edge| edge.dashed);
            @for (at, run) in edge.runs.iter().enumerate() {
                path.arrow.dashed[dashed] d=(path(run)) {}
                @if at + 1 == edge.runs.len() { (head(run)) }
            }
            (label(edge))
        }
    }
}

/// Straight inside bands, a cubic with vertical ends between them.
fn path(run: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (at, (x, y)) in run.iter().enumerate() {
        let (x, y) = (px(*x), px(*y));
        let _ = match run.get(at.wrapping_sub(1)) {
            None => write!(path, "M{x} {y}"),
            Some((before, above)) if px(*before) == x => {
                let _ = above;
                write!(path, "V{y}")
            }
            Some((before, above)) => {
                let middle = px((above + y) / 2.0);
                write!(path, "C{} {middle} {x} {middle} {x} {y}", px(*before))
            }
        };
    }
    path
}

fn head(run: &[(f64, f64)]) -> Markup {
    let [(_, start), .., (x, y)] = run else { return html! {} };
    // Arrows end vertically; the last piece may have no length, so the whole run says which way.
    let back = if start <= y { -8.0 } else { 8.0 };
    let points = format!("{},{} {},{} {},{}", px(*x), px(*y), px(x - 4.5), px(y + back), px(x + 4.5), px(y + back));
    html! { polygon.head points=(points) {} }
}

fn label(edge: &PlacedEdge) -> Markup {
    let Some(area) = edge.label_area else { return html! {} };
    html! { (lines(&edge.label.lines, "label", area.x + area.width / 2.0, area.y + 2.0, LABEL_LINE, LABEL_SIZE)) }
}

/// Lines of text around a middle, from a top.
pub(super) fn lines(lines: &[String], class: &str, x: f64, top: f64, line: f64, size: f64) -> Markup {
    html! {
        @for (at, text) in lines.iter().enumerate() {
            text class=(class) x=(px(x)) y=(px(top + at as f64 * line + size)) text-anchor="middle" { (text) }
        }
    }
}

fn body(node: &Node, place: &Placed) -> Markup {
    let area = place.area;
    let class = match node.look {
        Look::Person => "node person",
        Look::System => "node system",
        Look::Inner => "node inner",
        Look::Store => "node store",
        Look::External => "node external",
        Look::More => "node more",
    };
    let middle = area.x + area.width / 2.0;
    let names = place.lines.name.len() as f64 * 17.0;
    let kinds = place.lines.kind.len() as f64 * 14.0;
    let abouts = if place.lines.about.is_empty() { 0.0 } else { 5.0 + place.lines.about.len() as f64 * 15.0 };
    let top = area.y + (area.height - names - kinds - abouts) / 2.0;
    html! {
        g class=(class) {
            title { (node.name) @if !node.about.is_empty() { ": " (node.about) } }
            (shape(node.look, area))
            (lines(&place.lines.name, "name", middle, top, 17.0, 14.0))
            (lines(&place.lines.kind, "kind", middle, top + names, 14.0, 11.0))
            (lines(&place.lines.about, "about", middle, top + names + kinds + 5.0, 15.0, 12.0))
        }
    }
}

fn shape(look: Look, area: Area) -> Markup {
    let corner = if look == Look::Person { 22.0 } else { 6.0 };
    html! {
        rect x=(px(area.x)) y=(px(area.y)) width=(px(area.width)) height=(px(area.height)) rx=(corner) {}
        @if look == Look::Store {
            (PreEscaped(format!("<path class=\"lid\" d=\"M{} {}h{}\"></path>", px(area.x), px(area.y + 6.0), px(area.width))))
        }
    }
}
