//! The lead of a winner while one weight after the other moves, widest first.

use super::Paint;
use super::sentence::share;
use charter_plan::arithmetic::derivation::brief;
use charter_plan::decision::{BarLine, SensitivityReport};

/// Columns of the widest bar.
const COLUMNS: usize = 48;

/// Bars around the lead as it is; `┊` is zero, beyond which another option wins.
pub(super) fn tornado(sensitivity: &SensitivityReport, paint: Paint) -> String {
    let leads = || sensitivity.tornado.iter().flat_map(|bar| [bar.low_lead, bar.high_lead]);
    let low = leads().fold(sensitivity.margin.min(0.0), f64::min);
    let high = leads().fold(sensitivity.margin, f64::max);
    let span = (high - low).max(1e-9);
    let column = |lead: f64| (((lead - low) / span) * (COLUMNS - 1) as f64).round() as usize;
    let name_width = sensitivity.tornado.iter().map(|bar| bar.criterion.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for bar in &sensitivity.tornado {
        let picture = picture(bar, column(0.0), column(sensitivity.margin), &column, paint);
        let flips = if bar.low_lead < 0.0 || bar.high_lead < 0.0 { paint.bad("  turns over") } else { String::new() };
        text.push_str(&format!(
            "  {:name_width$}  {picture}  {} → {}, lead {} → {}{flips}\n",
            bar.criterion,
            share(bar.low_weight),
            share(bar.high_weight),
            brief(bar.low_lead),
            brief(bar.high_lead),
        ));
    }
    let mut scale = vec![' '; COLUMNS];
    mark(&mut scale, column(0.0), "0");
    let margin = brief(sensitivity.margin);
    let at = column(sensitivity.margin).min(COLUMNS.saturating_sub(margin.chars().count()));
    if at > column(0.0) + 1 {
        mark(&mut scale, at, &margin);
    }
    text.push_str(&format!("  {:name_width$}  {}\n", "", paint.dim(scale.into_iter().collect::<String>().trim_end())));
    text
}

fn picture(bar: &BarLine, zero: usize, centre: usize, column: &impl Fn(f64) -> usize, paint: Paint) -> String {
    let mut cells = vec![' '; COLUMNS];
    let mut fill = |from: usize, to: usize, with: char| {
        for cell in cells.iter_mut().take(from.max(to) + 1).skip(from.min(to)) {
            *cell = with;
        }
    };
    fill(column(bar.low_lead), centre, '▒');
    fill(column(bar.high_lead), centre, '█');
    let mut cells: Vec<String> = cells.into_iter().map(String::from).collect();
    if let Some(cell) = cells.get_mut(centre) {
        *cell = "┃".to_owned();
    }
    if zero != centre
        && let Some(cell) = cells.get_mut(zero)
    {
        *cell = paint.bad("┊");
    }
    cells.concat()
}

fn mark(cells: &mut [char], at: usize, text: &str) {
    for (offset, letter) in text.chars().enumerate() {
        if let Some(cell) = cells.get_mut(at + offset) {
            *cell = letter;
        }
    }
}
