//! Measured candidates of a route: a plot, a table, the best under the charter's limits, and what each limit costs.

use super::Paint;
use super::sentence::{as_measured, day, share, short, wrap};
use super::table::{Cell, lines};
use crate::plot::{Scale, readable};
use charter_plan::arithmetic::derivation::number;
use charter_plan::tradeoff::{Axis, Bill, Choice, Estimate, Limits, Place, Placed};
use std::fmt::Write;

const COLUMNS: usize = 64;
const LINES: usize = 14;
/// Letters that points are plotted by.
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Candidates that could not be measured, with the reason, and why some kinds of candidates do not follow from the charter.
pub type Without<'a> = (&'a [(String, String)], &'a [String]);

/// The whole trade-off.
pub fn tradeoff(route: &str, points: &[Placed], limits: &Limits, choice: &Choice, (failed, without): Without<'_>, paint: Paint) -> String {
    let (points, scaled) = &readable(points, limits);
    let mut text = format!("{}  cost, latency and quality of {} candidates\n", paint.name(route), points.len());
    if let Some(first) = points.first() {
        let _ = writeln!(text, "{}\n", paint.dim(&wrap(&format!("{}, {}", first.point.method, day(&first.point.measured_at)), 0)));
        text.push_str(&plot(points, paint));
        text.push('\n');
        text.push_str(&table(points, scaled, choice, paint));
        answered(points, paint, &mut text);
    }
    for (name, reason) in failed {
        let _ = writeln!(text, "  {} {name}: {}", paint.careful("not measured"), wrap(reason, 4));
    }
    for reason in without {
        let _ = writeln!(text, "  {}", paint.dim(&wrap(reason, 2)));
    }
    chosen(limits, choice, paint, &mut text);
    bill(points, choice, paint, &mut text);
    notes(points, paint, &mut text);
    text
}

/// Cost to the right, p99 upwards; both logarithmic where they span a decade.
fn plot(points: &[Placed], paint: Paint) -> String {
    let costs = Scale::over(points.iter().map(|placed| placed.point.cost));
    let tails = Scale::over(points.iter().map(|placed| placed.point.p99_ms));
    let (Some(costs), Some(tails)) = (costs, tails) else { return String::new() };
    let mut cells = vec![vec![" ".to_owned(); COLUMNS]; LINES];
    let column = |value: f64| costs.cell(value, COLUMNS);
    let line = |value: f64| LINES - 1 - tails.cell(value, LINES);
    for placed in points {
        let Placed { point, .. } = placed;
        for at in column(point.cost.low)..=column(point.cost.high) {
            put(&mut cells, line(point.p99_ms.figure), at, "─", true);
        }
        for at in line(point.p99_ms.high)..=line(point.p99_ms.low) {
            put(&mut cells, at, column(point.cost.figure), "│", true);
        }
    }
    for (number, placed) in points.iter().enumerate() {
        let letter = letter(number);
        let shown = match placed.place {
            Place::Front => paint.good(&letter),
            Place::NotDistinguishable { .. } => paint.careful(&letter),
            Place::Dominated { .. } => paint.dim(&letter),
        };
        put(&mut cells, line(placed.point.p99_ms.figure), column(placed.point.cost.figure), &shown, false);
    }
    let mut text = String::new();
    let ticks = [tails.high, tails.middle(), tails.low];
    for (at, row) in cells.iter().enumerate() {
        let tick = match at {
            0 => short(ticks[0]),
            _ if at == LINES / 2 => short(ticks[1]),
            _ if at == LINES - 1 => short(ticks[2]),
            _ => String::new(),
        };
        let _ = writeln!(text, "{tick:>8} ┤{}", row.concat().trim_end());
    }
    let unit = points.first().map_or("", |placed| placed.point.cost_unit.as_str());
    let (low, middle, high) = (short(costs.low), short(costs.middle()), short(costs.high));
    let gap = (COLUMNS / 2).saturating_sub(low.chars().count() + middle.chars().count() / 2);
    let rest = COLUMNS.saturating_sub(low.chars().count() + gap + middle.chars().count() + high.chars().count());
    let _ = writeln!(text, "  p99 ms └{}", "─".repeat(COLUMNS));
    let _ = writeln!(text, "          {low}{}{middle}{}{high} {unit}", " ".repeat(gap), " ".repeat(rest));
    text
}

fn letter(number: usize) -> String {
    LETTERS.chars().nth(number).map_or_else(|| "*".to_owned(), String::from)
}

fn put(cells: &mut [Vec<String>], line: usize, column: usize, text: &str, keep: bool) {
    if let Some(cell) = cells.get_mut(line).and_then(|row| row.get_mut(column))
        && (!keep || cell == " ")
    {
        text.clone_into(cell);
    }
}

fn table(points: &[Placed], limits: &Limits, choice: &Choice, paint: Paint) -> String {
    let metric = points
        .iter()
        .find_map(|placed| placed.point.quality.as_ref())
        .map_or_else(|| "quality".to_owned(), |quality| quality.metric.clone());
    let unit = points.first().map_or("", |placed| placed.point.cost_unit.as_str());
    let billed = points.iter().any(|placed| placed.point.bill.is_some());
    let bill_head = if billed { "bill" } else { "" };
    let head = ["", "candidate", unit, "p99", &metric, bill_head, "", ""];
    let mut rows: Vec<Vec<Cell>> = vec![head.iter().map(|text| Cell::new(*text).painted(|text| paint.dim(text))).collect()];
    for (number, placed) in points.iter().enumerate() {
        let point = &placed.point;
        let best = choice.best.as_ref() == Some(&point.candidate);
        let quality = point.quality.as_ref().map(|quality| (quality.estimate, quality.unit.as_str()));
        let cell = |estimate: Option<(Estimate, &str)>, axis: Axis| {
            let text = estimate
                .map_or_else(|| "-".to_owned(), |(estimate, unit)| as_measured(estimate.figure, (estimate.low, estimate.high), unit));
            let kept = limits.all.iter().find(|limit| limit.axis == axis).map(|limit| limit.kept(placed));
            Cell::new(text).painted(|text| match kept {
                Some(Some(false)) => paint.bad(text),
                Some(None) => paint.careful(text),
                _ => text.to_owned(),
            })
        };
        let (place, why) = match &placed.place {
            Place::Front => ("on the front".to_owned(), String::new()),
            Place::Dominated { by } => ("dominated".to_owned(), format!("by {by}")),
            Place::NotDistinguishable { from, on } => {
                let axes: Vec<&str> = on.iter().map(|axis| axis.word()).collect();
                ("not distinguishable".to_owned(), format!("from {from} on {}", axes.join(", ")))
            }
        };
        let name = if best { format!("{} ◂ best", point.candidate) } else { point.candidate.clone() };
        rows.push(vec![
            Cell::new(letter(number)),
            Cell::new(name).painted(|text| if best { paint.bold(text) } else { text.to_owned() }),
            cell(Some((point.cost, "")), Axis::Cost),
            cell(Some((point.p99_ms, "ms")), Axis::Latency),
            cell(quality, Axis::Quality),
            Cell::new(point.bill.as_ref().map_or_else(String::new, billed_as)),
            Cell::new(place),
            Cell::new(why),
        ]);
    }
    lines(&rows, 0)
}

/// `3 × 450 USD/month`: whole replicas, and what they come to.
fn billed_as(bill: &Bill) -> String {
    let replicas = match bill.replicas.low == bill.replicas.high {
        true => number(bill.replicas.figure),
        false => format!("{} to {}", number(bill.replicas.low), number(bill.replicas.high)),
    };
    format!("{replicas} replicas, {} {}/month", short(bill.per_month.figure), bill.currency)
}

/// What a cache gave, and how often each model was asked where several are.
#[allow(clippy::cast_precision_loss)]
fn answered(points: &[Placed], paint: Paint, text: &mut String) {
    let mut told: Vec<String> = Vec::new();
    for point in points.iter().map(|placed| &placed.point) {
        let mut parts: Vec<String> = Vec::new();
        if let Some((asked, given)) = point.counted.cache.filter(|(asked, _)| *asked > 0) {
            let rate = share(given as f64 / asked as f64);
            parts.push(format!("{rate} of the answers came from the cache ({} of {})", number(given as f64), number(asked as f64)));
        }
        let per_thousand = |calls: u64| number((calls as f64 / point.counted.requests.max(1) as f64 * 1_000.0).round());
        let called: Vec<String> = point
            .counted
            .calls
            .iter()
            .filter(|(_, calls)| *calls > 0)
            .map(|(label, calls)| format!("{} to {label}", per_thousand(*calls)))
            .collect();
        if called.len() > 1 {
            parts.push(format!("of 1,000 requests, calls went {}", called.join(" and ")));
        }
        if !parts.is_empty() {
            told.push(format!("{}: {}", point.candidate, parts.join("; ")));
        }
    }
    if !told.is_empty() {
        let _ = writeln!(text, "\n{}", paint.bold("What answered"));
        for line in &told {
            let _ = writeln!(text, "  {}", wrap(line, 4));
        }
        text.push('\n');
    }
}

/// The arithmetic of the money, for the best candidate; for the first where there is none.
fn bill(points: &[Placed], choice: &Choice, paint: Paint, text: &mut String) {
    let best = points.iter().find(|placed| choice.best.as_ref() == Some(&placed.point.candidate)).or(points.first());
    let Some((point, bill)) = best.and_then(|placed| Some((&placed.point, placed.point.bill.as_ref()?))) else { return };
    let _ = writeln!(text, "\n{} {}", paint.bold("The bill of"), point.candidate);
    for step in &bill.steps {
        let _ = writeln!(text, "  {}", wrap(step, 4));
    }
}

fn chosen(limits: &Limits, choice: &Choice, paint: Paint, text: &mut String) {
    let _ = writeln!(text, "\n{}", paint.bold("Limits of the charter"));
    for limit in &limits.all {
        let _ = writeln!(text, "  {}, by {}\n    {}", limit.text(), paint.name(&limit.from), paint.dim(&wrap(&limit.derivation, 4)));
    }
    for missing in limits.missing.iter() {
        let _ = writeln!(text, "  {} {missing}", paint.careful("none:"));
    }
    let best = choice.best.as_ref().map_or_else(|| paint.bad("none"), |best| paint.good(best));
    let _ = writeln!(text, "\n{} {best}\n  {}", paint.bold("Best:"), wrap(&choice.why, 2));
    if !choice.may_do.is_empty() {
        let _ = writeln!(text, "  may keep every limit too, and cheaper, as far as the intervals tell: {}", choice.may_do.join(", "));
    }
    if !choice.relaxed.is_empty() {
        let _ = writeln!(text, "\n{}", paint.bold("What giving a limit up would buy"));
        for relaxed in &choice.relaxed {
            let _ = writeln!(text, "  {}: {}", relaxed.limit.text(), wrap(&relaxed.buys, 4));
        }
    }
}

fn notes(points: &[Placed], paint: Paint, text: &mut String) {
    let mut told: Vec<(String, Vec<&str>)> = Vec::new();
    for placed in points {
        for note in &placed.point.notes {
            match told.iter_mut().find(|(known, _)| known == note) {
                Some((_, names)) => names.push(&placed.point.candidate),
                None => told.push((note.clone(), vec![&placed.point.candidate])),
            }
        }
    }
    if told.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint.bold("To be known"));
    for (note, names) in told {
        let whose = if names.len() == points.len() { String::new() } else { format!("{}: ", names.join(", ")) };
        let _ = writeln!(text, "  {}", wrap(&format!("{whose}{note}"), 4));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::tradeoff::{Counted, Limit, Point, Quality, choose, front};

    fn measured(candidate: &str, cost: f64, p99: f64, auc: f64, counted: Counted) -> Point {
        let about = |figure: f64| Estimate::new(figure, figure * 0.9, figure * 1.1);
        Point {
            route: "fraud".into(),
            candidate: candidate.into(),
            settings: Vec::new(),
            cost: about(cost * 1e-6),
            cost_unit: "USD/1000".into(),
            bill: Some(Bill {
                replicas: Estimate::exact(3.0),
                per_month: Estimate::exact(450.0),
                per_thousand: Estimate::exact(0.000_98),
                currency: "USD".into(),
                steps: vec!["rounded up: 1".into(), "at least 3 as the charter says".into()],
            }),
            counted,
            p99_ms: about(p99),
            quality: Some(Quality {
                requirement: "good".into(),
                metric: "auc".into(),
                estimate: Estimate::new(auc, auc - 0.02, auc + 0.02),
                unit: "ratio".into(),
                higher_is_better: true,
            }),
            rate: 100.0,
            answered: 1.0,
            notes: vec!["cost is what a thousand calls occupy".into()],
            plan: String::new(),
            measured_at: "2026-11-23T10:00:00Z".into(),
            host: charter_plan::evidence::Host::default(),
            command: String::new(),
            seed: 7,
            method: "5 runs of 2 s at 100 requests/s".into(),
        }
    }

    fn calls(light: u64, heavy: u64, cache: Option<(u64, u64)>) -> Counted {
        Counted { requests: 1_000, calls: vec![("fraud@v1".into(), light), ("fraud@v2".into(), heavy)], cache, charged: 0.0 }
    }

    #[test]
    fn figures_have_the_digits_they_are_known_to_and_what_answered_is_told() {
        let points = front(&[
            measured("as it is", 46.0, 2.6, 0.76, calls(0, 1_000, None)),
            measured("v1 first at 0.8", 31.0, 4.8, 0.75, calls(1_000, 372, None)),
            measured("kept 60 s", 40.0, 2.4, 0.76, calls(0, 880, Some((1_000, 120)))),
        ]);
        let limit = |axis, limit, unit: &str, at_least| Limit {
            axis,
            limit,
            unit: unit.into(),
            at_least,
            from: "x".into(),
            derivation: String::new(),
        };
        let limits = Limits {
            all: vec![limit(Axis::Latency, 3.0, "ms", false), limit(Axis::Cost, 0.06, "USD/1000", false)],
            missing: vec!["no requirement evaluates this route".into()],
        };
        let without = ["no cascade: it is a regression".to_owned()];
        let failed = [("rung rule".to_owned(), "it does not compile".to_owned())];
        let text = tradeoff("fraud", &points, &limits, &choose(&points, &limits), (&failed, &without), Paint::new(false));
        for line in [
            "46.0 [41.4, 50.6]",
            "2.60 [2.34, 2.86] ms",
            "76.0 [74.0, 78.0] %",
            "3 replicas, 450 USD/month",
            "v1 first at 0.8: of 1,000 requests, calls went 1,000 to fraud@v1 and 372 to fraud@v2",
            "kept 60 s: 12 % of the answers came from the cache (120 of 1,000)",
            "not measured rung rule: it does not compile",
            "no cascade: it is a regression",
            "none: no requirement evaluates this route",
            "The bill of ",
            "at least 3 as the charter says",
            "`v1 first at 0.8`: cost 31 µUSD/1000 instead of",
        ] {
            assert!(text.contains(line), "`{line}` is missing in\n{text}");
        }
    }
}
