//! The outcome as one SVG file: a plot for each figure over the same time, light or dark as the reader's screen is.

use super::{PLOTS, Series, clock, short};
use crate::outcome::Outcome;
use std::fmt::Write;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 56.0;
const PLOT: f64 = 110.0;
const GAP: f64 = 34.0;
/// Most points of a line: more than the picture has columns are not seen.
const POINTS_MAX: usize = 720;

const STYLE: &str = "<style>
text{fill:currentColor}
svg{background:#fff;color:#1b1f24;font:12px system-ui,sans-serif}
.a{stroke:#0b62d6;fill:none;stroke-width:1.5}.b{stroke:#c2410c;fill:none;stroke-width:1.5}
.ta{fill:#0b62d6}.tb{fill:#c2410c}.grid{stroke:#d8dee4;stroke-width:1}.soft{fill:#57606a}.mark{fill:#57606a;opacity:.1}
@media(prefers-color-scheme:dark){svg{background:#0d1117;color:#e6edf3}.a{stroke:#6cb6ff}.ta{fill:#6cb6ff}.b{stroke:#f69d50}.tb{fill:#f69d50}
.grid{stroke:#30363d}.soft{fill:#9198a1}.mark{fill:#9198a1;opacity:.18}}
</style>\n";

/// The picture, complete in itself.
pub fn picture(outcome: &Outcome) -> String {
    let height = TOP + PLOTS.len() as f64 * (PLOT + GAP) + 10.0;
    let title = format!("{}: {}, {} minutes", outcome.system, outcome.scenario.name, outcome.scenario.seconds / 60);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{0}\">\n{STYLE}<text x=\"{LEFT}\" y=\"24\" font-size=\"16\">{0}</text>\n",
        escaped(&title)
    );
    let total = &outcome.total;
    let _ = writeln!(
        svg,
        "<text class=\"soft\" x=\"{LEFT}\" y=\"42\">seed {}, {} calls played; answered {:.3} %, p50 {} ms, p99 {} ms</text>",
        outcome.seed,
        total.simulated_calls,
        total.answered * 100.0,
        total.p50_ms.map_or("-".to_owned(), short),
        total.p99_ms.map_or("-".to_owned(), short)
    );
    for (number, plot) in PLOTS.iter().enumerate() {
        panel(&mut svg, outcome, plot, TOP + GAP / 2.0 + number as f64 * (PLOT + GAP));
    }
    svg.push_str("</svg>\n");
    svg
}

fn panel(svg: &mut String, outcome: &Outcome, plot: &[Series], top: f64) {
    let values = |series: &Series| outcome.minutes.iter().map(series.of).collect::<Vec<Option<f64>>>();
    let lines: Vec<Vec<Option<f64>>> = plot.iter().map(values).collect();
    let most = lines.iter().flatten().flatten().copied().fold(0.0, f64::max);
    let high = if most > 0.0 { most * 1.05 } else { 1.0 };
    let seconds = f64::from(outcome.scenario.seconds.max(1));
    let across = WIDTH - LEFT - RIGHT;
    for change in &outcome.scenario.changes {
        let (from, until) = (f64::from(change.from_s) / seconds * across, f64::from(change.until_s) / seconds * across);
        let _ =
            writeln!(svg, "<rect class=\"mark\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{PLOT}\"/>", LEFT + from, until - from);
    }
    for (share, value) in [(0.0, high), (0.5, high / 2.0), (1.0, 0.0)] {
        let y = top + share * PLOT;
        let _ = writeln!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>", WIDTH - RIGHT);
        let _ =
            writeln!(svg, "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>", LEFT - 6.0, y + 4.0, short(value));
    }
    let mut at = LEFT;
    for (series, class) in plot.iter().zip(["ta", "tb"]) {
        let name = if series.unit.is_empty() { series.name.to_owned() } else { format!("{} {}", series.name, series.unit) };
        let _ = writeln!(svg, "<text class=\"{class}\" x=\"{at:.1}\" y=\"{:.1}\">{name}</text>", top - 5.0);
        at += 110.0;
    }
    for (line, class) in lines.iter().zip(["a", "b"]) {
        let step = line.len().div_ceil(POINTS_MAX).max(1);
        let point = |(number, part): (usize, &[Option<f64>])| {
            // The worst of what falls on one point: peaks stay to be seen.
            let value =
                part.iter().flatten().copied().fold(None, |most: Option<f64>, value| Some(most.map_or(value, |most| most.max(value))))?;
            let x = LEFT + (number * step) as f64 * 60.0 / seconds * across;
            Some(format!("{x:.1},{:.1}", top + PLOT - value / high * PLOT))
        };
        let points: Vec<String> = line.chunks(step).enumerate().filter_map(point).collect();
        let _ = writeln!(svg, "<polyline class=\"{class}\" points=\"{}\"/>", points.join(" "));
    }
    for quarter in 0..=4 {
        let x = LEFT + across * f64::from(quarter) / 4.0;
        let minute = outcome.scenario.seconds / 60 * quarter / 4;
        let _ = writeln!(
            svg,
            "<text class=\"soft\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            top + PLOT + 14.0,
            clock(minute)
        );
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
