//! The outcome in a terminal: a line of blocks for each figure, then a table of minutes.

use super::{PLOTS, clock, short};
use crate::outcome::{Figures, Minute, Outcome};
use std::fmt::Write;

const WIDTH: usize = 72;
/// Most lines of the table; longer runs show several minutes a line.
const LINES_MAX: usize = 48;
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The whole outcome as text.
pub fn table(outcome: &Outcome) -> String {
    let mut text = format!(
        "{} · {} · {} min · seed {} · {} calls played\n\n",
        outcome.system,
        outcome.scenario.name,
        outcome.scenario.seconds / 60,
        outcome.seed,
        outcome.total.simulated_calls
    );
    for series in PLOTS.iter().flat_map(|plot| plot.iter()) {
        let values: Vec<f64> = outcome.minutes.iter().map(|minute| (series.of)(minute).unwrap_or(0.0)).collect();
        let (low, high) = values.iter().fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(*value), high.max(*value)));
        let _ = writeln!(text, "{:>13} {} {} to {} {}", series.name, blocks(&values, high), short(low), short(high), series.unit);
    }
    text.push_str("\n  time  offered/s answered%   p50 ms   p99 ms   shed%  gone%  failed%  down%    queue  replicas     cost\n");
    let lines = outcome.minutes.len().div_ceil(LINES_MAX).max(1);
    for minutes in outcome.minutes.chunks(lines) {
        text.push_str(&line(minutes));
    }
    if lines > 1 {
        let _ = writeln!(text, "  {lines} minutes a line: means, but the worst minute's answered, p50 and p99");
    }
    totals(&mut text, outcome);
    text
}

fn blocks(values: &[f64], high: f64) -> String {
    let columns = values.len().min(WIDTH);
    let block = |column: usize| {
        let part = values.get(column * values.len() / columns..(column + 1) * values.len() / columns).unwrap_or_default();
        let most = part.iter().copied().fold(0.0, f64::max);
        let level = if high > 0.0 { (most / high * 7.0).round() as usize } else { 0 };
        BLOCKS.get(level).copied().unwrap_or('█')
    };
    (0..columns).map(block).collect()
}

fn line(minutes: &[Minute]) -> String {
    let count = minutes.len().max(1) as f64;
    let mean = |of: &dyn Fn(&Minute) -> f64| minutes.iter().map(of).sum::<f64>() / count;
    let most = |of: &dyn Fn(&Minute) -> Option<f64>| {
        minutes.iter().filter_map(of).fold(None, |most: Option<f64>, value| Some(most.map_or(value, |most| most.max(value))))
    };
    let shown = |value: Option<f64>| value.map_or("-".to_owned(), short);
    let percent = |value: f64| short(value * 100.0);
    let least = minutes.iter().map(|minute| minute.figures.answered).fold(1.0, f64::min);
    let cost = minutes.iter().filter_map(|minute| minute.figures.cost).fold(None, |sum: Option<f64>, cost| Some(sum.unwrap_or(0.0) + cost));
    format!(
        " {:>5} {:>10} {:>9} {:>8} {:>8} {:>7} {:>6} {:>8} {:>6} {:>8} {:>9} {:>8}\n",
        clock(minutes.first().map_or(0, |minute| minute.minute)),
        short(mean(&|minute| minute.figures.offered_per_s)),
        format!("{:.2}", (least * 100.0).min(100.0)),
        shown(most(&|minute| minute.figures.p50_ms)),
        shown(most(&|minute| minute.figures.p99_ms)),
        percent(mean(&|minute| minute.figures.shed)),
        percent(mean(&|minute| minute.figures.lost + minute.figures.gave_up)),
        percent(mean(&|minute| minute.figures.failed)),
        percent(mean(&|minute| minute.figures.stepped_down)),
        short(mean(&|minute| minute.queue)),
        short(mean(&|minute| minute.replicas)),
        shown(cost)
    )
}

fn totals(text: &mut String, outcome: &Outcome) {
    let _ = writeln!(text, "\n  total {}", sentence(&outcome.total));
    for pool in &outcome.pools {
        let _ = writeln!(text, "  {:<16} {}", pool.name, sentence(&pool.total));
    }
    text.push_str("\nrungs\n");
    for (route, rungs) in &outcome.total.rungs {
        let shares: Vec<String> = rungs.iter().map(|(rung, share)| format!("{rung} {:.2} %", share * 100.0)).collect();
        let _ = writeln!(text, "  {route:<16} {}", shares.join(", "));
    }
    if !outcome.scalings.is_empty() {
        let _ = writeln!(text, "\nthe autoscaler changed its mind {} times; the first:", outcome.scalings.len());
        for scaling in outcome.scalings.iter().take(8) {
            let _ = writeln!(
                text,
                "  {} {:<16} {} → {} ({:?})",
                clock(scaling.at_s / 60),
                scaling.pool,
                scaling.from,
                scaling.to,
                scaling.reason
            );
        }
    }
    if !outcome.breakers.is_empty() {
        text.push_str("\nbreakers, in the replicas played\n");
        for turn in outcome.breakers.iter().take(16) {
            let _ = writeln!(text, "  {} {:<24} {} × {}", clock(turn.minute), turn.model, turn.to, turn.times);
        }
    }
    text.push_str("\ntimes taken\n");
    for time in &outcome.times {
        let _ = writeln!(text, "  {:<32} {:>9} µs mean, {:?}", time.of, short(time.mean_us), time.basis);
    }
    text.push('\n');
    for note in &outcome.notes {
        let _ = writeln!(text, "note: {note}");
    }
}

fn sentence(figures: &Figures) -> String {
    let shown = |value: Option<f64>| value.map_or("-".to_owned(), short);
    let cost = figures.cost.map_or(String::new(), |cost| format!(", cost {}", short(cost)));
    format!(
        "offered {}/s, answered {:.3} %, p50 {} ms, p90 {} ms, p99 {} ms, shed {:.2} %, stepped down {:.2} %{cost}",
        short(figures.offered_per_s),
        figures.answered * 100.0,
        shown(figures.p50_ms),
        shown(figures.p90_ms),
        shown(figures.p99_ms),
        figures.shed * 100.0,
        figures.stepped_down * 100.0
    )
}
