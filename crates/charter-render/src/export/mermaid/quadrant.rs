//! Open risks by probability and impact.

use super::super::facts::is_open;
use super::super::{Export, Input};
use super::{quoted, text};
use charter_spec::ast::Level;
use std::collections::HashMap;
use std::fmt::Write;

/// Most points that stand side by side in one cell of the four by four.
const SIDE_BY_SIDE: usize = 5;

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let mut points = String::new();
    let mut cells: HashMap<(Level, Level), usize> = HashMap::new();
    for risk in input.resolved.spec.risks.iter().filter(|risk| is_open(risk)) {
        let (Some(probability), Some(impact)) = (&risk.probability, &risk.impact) else {
            out.note(format!("risk `{}` has no probability or no impact, so it is no point of the chart", risk.id.value), risk.id.span);
            continue;
        };
        let before = cells.entry((probability.value, impact.value)).or_default();
        // Risks of one cell stand side by side, in order: their place inside it says nothing.
        let (right, up) = (*before % SIDE_BY_SIDE, *before / SIDE_BY_SIDE % SIDE_BY_SIDE);
        *before += 1;
        let inside = |step: usize| 0.035 + 0.045 * f64::from(u32::try_from(step).unwrap_or(0));
        let (x, y) = (corner(probability.value) + inside(right), corner(impact.value) + inside(up));
        let _ = writeln!(points, "    {}: [{x:.3}, {y:.3}]", quoted(&risk.id.value));
    }
    if points.is_empty() {
        return;
    }
    let title = text(&format!("Risks of {}", super::super::identity::system(input)));
    let head = "    x-axis \"low probability\" --> \"critical probability\"\n    y-axis \"low impact\" --> \"critical impact\"\n";
    let quadrants = "    quadrant-1 \"act\"\n    quadrant-2 \"prepare\"\n    quadrant-3 \"watch\"\n    quadrant-4 \"reduce\"\n";
    out.file("risks.mmd", format!("quadrantChart\n    title {title}\n{head}{quadrants}{points}"));
}

/// Where the cell of a level begins.
fn corner(level: Level) -> f64 {
    match level {
        Level::Low => 0.0,
        Level::Medium => 0.25,
        Level::High => 0.5,
        Level::Critical => 0.75,
    }
}
