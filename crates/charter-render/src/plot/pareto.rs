//! Cost against p99, with intervals as crosses and the quality as a label; the front, the best point and the charter's limits are marked.

use super::{STYLE, Scale, escaped, readable};
use charter_plan::arithmetic::derivation::{brief, percent};
use charter_plan::tradeoff::{Axis, Choice, Limits, Place, Placed};
use std::fmt::Write;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 150.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 56.0;
const TICKS: u32 = 5;

/// A picture of its own: no script, no fonts from elsewhere, light and dark.
pub fn pareto(route: &str, points: &[Placed], limits: &Limits, choice: &Choice) -> String {
    let (points, limits) = &readable(points, limits);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\"><style>{STYLE}</style>\
         <text x=\"{LEFT}\" y=\"24\" font-weight=\"600\">{}</text>",
        escaped(&format!("cost and latency of {route}")),
        escaped(&format!("{route}: cost, p99 and quality"))
    );
    let costs = Scale::over(points.iter().map(|placed| placed.point.cost));
    let tails = Scale::over(points.iter().map(|placed| placed.point.p99_ms));
    if let (Some(costs), Some(tails)) = (costs, tails) {
        let unit = points.first().map_or("", |placed| placed.point.cost_unit.as_str());
        axes(&mut svg, costs, tails, unit);
        lines(&mut svg, costs, tails, limits);
        points.iter().for_each(|placed| mark(&mut svg, costs, tails, placed, choice));
    }
    svg.push_str("</svg>\n");
    svg
}

fn x(scale: Scale, value: f64) -> f64 {
    LEFT + scale.place(value) * (WIDTH - LEFT - RIGHT)
}

fn y(scale: Scale, value: f64) -> f64 {
    HEIGHT - BOTTOM - scale.place(value) * (HEIGHT - TOP - BOTTOM)
}

fn axes(svg: &mut String, costs: Scale, tails: Scale, unit: &str) {
    let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
    for tick in 0..TICKS {
        let part = f64::from(tick) / f64::from(TICKS - 1);
        let (across, up) = (x(costs, costs.at(part)), y(tails, tails.at(part)));
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{across:.1} {TOP}V{bottom}M{LEFT} {up:.1}H{right}\"/>\
             <text class=\"dim\" x=\"{across:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
             <text class=\"dim\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            bottom + 20.0,
            escaped(&brief(costs.at(part))),
            LEFT - 8.0,
            up + 4.0,
            escaped(&brief(tails.at(part)))
        );
    }
    let _ = write!(
        svg,
        "<path class=\"axis\" d=\"M{LEFT} {TOP}V{bottom}H{right}\"/>\
         <text x=\"{right}\" y=\"{:.1}\" text-anchor=\"end\">{}</text><text x=\"{LEFT}\" y=\"{:.1}\">p99, ms</text>",
        bottom + 40.0,
        escaped(&format!("cost, {unit}")),
        TOP - 8.0
    );
}

/// Limits that lie within the picture.
fn lines(svg: &mut String, costs: Scale, tails: Scale, limits: &Limits) {
    for limit in &limits.all {
        let path = match limit.axis {
            Axis::Cost if (costs.low..=costs.high).contains(&limit.limit) => {
                format!("M{:.1} {TOP}V{}", x(costs, limit.limit), HEIGHT - BOTTOM)
            }
            Axis::Latency if (tails.low..=tails.high).contains(&limit.limit) => {
                format!("M{LEFT} {:.1}H{}", y(tails, limit.limit), WIDTH - RIGHT)
            }
            _ => continue,
        };
        let _ = write!(svg, "<path class=\"limit\" d=\"{path}\"><title>{}</title></path>", escaped(&limit.text()));
    }
}

fn mark(svg: &mut String, costs: Scale, tails: Scale, placed: &Placed, choice: &Choice) {
    let point = &placed.point;
    let (across, up) = (x(costs, point.cost.figure), y(tails, point.p99_ms.figure));
    let class = match placed.place {
        Place::Front => "front",
        Place::NotDistinguishable { .. } => "unsure",
        Place::Dominated { .. } => "beaten",
    };
    let quality = point.quality.as_ref().map_or_else(String::new, |quality| {
        let figure =
            if quality.unit == "ratio" { percent((quality.estimate.figure * 1e3).round() / 1e3) } else { brief(quality.estimate.figure) };
        format!(", {} {figure}", quality.metric)
    });
    let _ = write!(
        svg,
        "<g class=\"{class}\"><path d=\"M{:.1} {up:.1}H{:.1}M{across:.1} {:.1}V{:.1}\" fill=\"none\"/>\
         <circle cx=\"{across:.1}\" cy=\"{up:.1}\" r=\"5\"/></g>",
        x(costs, point.cost.low),
        x(costs, point.cost.high),
        y(tails, point.p99_ms.low),
        y(tails, point.p99_ms.high)
    );
    if choice.best.as_ref() == Some(&point.candidate) {
        let _ = write!(svg, "<circle class=\"best\" cx=\"{across:.1}\" cy=\"{up:.1}\" r=\"9\"/>");
    }
    let _ = write!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\">{}<tspan class=\"dim\">{}</tspan></text>",
        across + 12.0,
        up - 8.0,
        escaped(&point.candidate),
        escaped(&quality)
    );
}
