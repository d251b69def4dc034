//! A laid-out graph as SVG. Colours and fonts come from the style sheet of the page, so that a picture follows its light or dark mode.

use super::graph::{
    ABOUT_LINE, ABOUT_SIZE, BEND, GAP, Graph, HEAD, KIND_LINE, KIND_SIZE, LABEL_LINE, LABEL_SIZE, Look, NAME_LINE, NAME_SIZE, Node,
};
use super::layout::{Area, Placed, PlacedEdge, layout};
use super::px;
use maud::{Markup, html};
use std::fmt::Write;

/// Wider pictures are printed on a sheet on its side, unless they are higher still.
const PORTRAIT: f64 = 820.0;

/// The graph as a picture. `title` is read to who does not see it; what it shows stands beside it in words.
pub fn draw(graph: &Graph, title: &str) -> Markup {
    let placed = layout(graph);
    html! {
        svg.diagram.graph.wide[placed.width > PORTRAIT && placed.width > placed.height * 1.15] viewBox=(view(placed.width, placed.height)) width=(px(placed.width)) height=(px(placed.height))
            style=(format!("min-width:{}px", px(placed.width * 0.78))) role="group" aria-label=(title) xmlns="http://www.w3.org/2000/svg" {
            desc { (graph.nodes.len()) " boxes and " (placed.edges.len()) " arrows; the table below the picture says the same in words." }
            @if let Some(area) = placed.boundary {
                rect.boundary x=(px(area.x)) y=(px(area.y)) width=(px(area.width)) height=(px(area.height)) rx="10" {}
            }
            @for edge in &placed.edges { (arrow(graph, edge)) }
            @if let (Some(area), Some(name)) = (placed.name, graph.boundary.as_deref()) {
                text.boundary-name x=(px(area.x + 6.0)) y=(px(area.y + 12.0)) { (name) }
            }
            @for (at, (node, place)) in graph.nodes.iter().zip(&placed.nodes).enumerate() {
                @match &node.href {
                    Some(href) => a href=(href) { (body(at, node, place)) },
                    None => (body(at, node, place)),
                }
            }
        }
    }
}

pub(super) fn view(width: f64, height: f64) -> String {
    format!("0 0 {} {}", px(width), px(height))
}

/// One arrow with its words; its ends by number, so that a page can show what belongs to a box.
fn arrow(graph: &Graph, edge: &PlacedEdge) -> Markup {
    let Some(drawn) = graph.edges.get(edge.edge) else { return html! {} };
    let name = |at: usize| graph.nodes.get(at).map_or("", |node| node.name.as_str());
    let words = |edge: &super::graph::Edge| format!("{} → {}: {}", name(edge.from), name(edge.to), edge.label);
    let back = edge.back.and_then(|back| graph.edges.get(back));
    html! {
        g.edge data-ends=(format!("{} {}", drawn.from, drawn.to)) {
            title { (words(drawn)) @if let Some(back) = back { "; " (words(back)) } }
            @for (at, run) in edge.runs.iter().enumerate() {
                path.arrow.dashed[drawn.dashed] d=(path(run)) {}
                @if at + 1 == edge.runs.len() { (head(run)) }
                @if at == 0 && back.is_some() { (head(&run.iter().rev().copied().collect::<Vec<_>>())) }
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

fn class(look: Look) -> &'static str {
    match look {
        Look::Person => "node person",
        Look::System => "node system",
        Look::Inner => "node inner",
        Look::Store => "node store",
        Look::Queue => "node queue",
        Look::External | Look::ExternalStore | Look::ExternalQueue => "node external",
        Look::More => "node more",
    }
}

fn body(at: usize, node: &Node, place: &Placed) -> Markup {
    let area = place.area;
    let words = &place.lines;
    // A pipe's end takes room on its right.
    let end = if matches!(node.look, Look::Queue | Look::ExternalQueue) { BEND } else { 0.0 };
    let middle = area.x + area.width / 2.0 - end;
    let room = area.height - words.above - words.below;
    let top = area.y + words.above + (room - words.text()) / 2.0;
    let kind_top = top + words.name.len() as f64 * NAME_LINE;
    let about_top = kind_top + words.kind.len() as f64 * KIND_LINE + GAP;
    let about = if words.about.is_empty() { 0.0 } else { words.about.len() as f64 * ABOUT_LINE + GAP };
    html! {
        g class=(class(node.look)) data-node=(at) {
            title { (node.name) @if !node.about.is_empty() { ": " (node.about) } @if !node.marks.is_empty() { " (" (node.marks.join(", ")) ")" } }
            (shape(node.look, area))
            @if node.href.as_deref().is_some_and(|href| href.starts_with('#')) {
                path.opens d=(format!("M{} {}l4 4l4 -4", px(area.right() - 17.0), px(area.y + words.above + 10.0))) {}
            }
            (lines(&words.name, "name", middle, top, NAME_LINE, NAME_SIZE))
            (lines(&words.kind, "kind", middle, kind_top, KIND_LINE, KIND_SIZE))
            (lines(&words.about, "about", middle, about_top, ABOUT_LINE, ABOUT_SIZE))
            (lines(&words.marks, "mark", middle, about_top + about, KIND_LINE, KIND_SIZE))
        }
    }
}

/// The outline: a rounded box, a person with a head, a drum or a pipe.
pub(super) fn shape(look: Look, area: Area) -> Markup {
    let Area { x, y, width, height } = area;
    match look {
        Look::Person => html! {
            rect.shape x=(px(x)) y=(px(y + HEAD)) width=(px(width)) height=(px(height - HEAD)) rx="18" {}
            circle.shape cx=(px(x + width / 2.0)) cy=(px(y + HEAD / 2.0 + 3.0)) r=(px(HEAD / 2.0 + 2.0)) {}
        },
        Look::Store | Look::ExternalStore => {
            let arc = |sweep: u8, to: f64| format!("a{} {BEND} 0 0 {sweep} {} 0", px(width / 2.0), px(to));
            let (top, bottom) = (px(y + BEND), px(y + height - BEND));
            html! {
                path.shape d=(format!("M{} {top}{}V{bottom}{}Z", px(x), arc(1, width), arc(1, -width))) {}
                path.lid d=(format!("M{} {top}{}", px(x), arc(0, width))) {}
            }
        }
        Look::Queue | Look::ExternalQueue => {
            let arc = |sweep: u8, to: f64| format!("a{BEND} {} 0 0 {sweep} 0 {}", px(height / 2.0), px(to));
            let (left, right) = (px(x + BEND), px(x + width - BEND));
            html! {
                path.shape d=(format!("M{left} {}H{right}{}H{left}{}Z", px(y), arc(1, height), arc(1, -height))) {}
                path.lid d=(format!("M{right} {}{}", px(y), arc(0, height))) {}
            }
        }
        _ => html! { rect.shape x=(px(x)) y=(px(y)) width=(px(width)) height=(px(height)) rx="6" {} },
    }
}

/// What the shapes of a picture mean, for below it.
pub fn key(graph: &Graph) -> Markup {
    let meanings = [
        (Look::Person, "a person"),
        (Look::System, "the system"),
        (Look::Inner, "a part of it"),
        (Look::Store, "keeps data"),
        (Look::Queue, "keeps work in order"),
        (Look::External, "not ours"),
        (Look::ExternalStore, "not ours, keeps data"),
        (Look::ExternalQueue, "not ours, keeps work in order"),
        (Look::More, "several, not drawn"),
    ];
    let area = |look: Look| {
        if look == Look::Person {
            Area { x: 2.0, y: 1.0, width: 26.0, height: 32.0 }
        } else {
            Area { x: 2.0, y: 14.0, width: 34.0, height: 19.0 }
        }
    };
    html! {
        ul.key aria-label="What the shapes mean" {
            @for (look, meaning) in meanings.into_iter().filter(|(look, _)| graph.nodes.iter().any(|node| node.look == *look)) {
                li {
                    svg.diagram.graph.swatch viewBox="0 0 38 35" width="19" height="17.5" role="img" aria-label=(meaning) xmlns="http://www.w3.org/2000/svg" {
                        g class=(class(look)) { (shape(look, area(look))) }
                    }
                    span aria-hidden="true" { (meaning) }
                }
            }
            @if graph.nodes.iter().any(|node| node.href.as_deref().is_some_and(|href| href.starts_with('#'))) {
                li {
                    svg.diagram.graph.swatch viewBox="0 0 38 35" width="19" height="17.5" role="img" aria-label="opens the picture of its parts"
                        xmlns="http://www.w3.org/2000/svg" { path.opens d="M10 18l9 9l9 -9" {} }
                    span aria-hidden="true" { "opens the picture of its parts" }
                }
            }
            @if graph.boundary.is_some() {
                li {
                    svg.diagram.graph.swatch viewBox="0 0 38 35" width="19" height="17.5" role="img" aria-label="what is opened here" xmlns="http://www.w3.org/2000/svg" {
                        rect.boundary x="2" y="14" width="34" height="19" rx="4" {}
                    }
                    span aria-hidden="true" { "what is opened here" }
                }
            }
        }
    }
}
