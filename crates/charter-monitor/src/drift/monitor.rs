//! Watches the columns of a stream: rows in, a report at the end of each window out.
//!
//! The state is apart from the references: it can be kept, restored after a stop, and goes on as if nothing had been.

use super::compare::{Comparison, compare};
use super::creep::Creep;
use super::judge::{Judgement, Persistence, Thresholds, Verdict, judge};
use super::reference::Reference;
use super::report::{ColumnReport, DriftReport};
use super::season::Season;
use super::span::Span;
use super::window::{Misfit, Window};
use serde::{Deserialize, Serialize};

/// How a stream is watched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    pub span: Span,
    pub thresholds: Thresholds,
    /// Days between false alarms of the cumulative sum, for each column, were every window as short as it may be.
    pub quiet_days: f64,
    /// Whether the same hour of the week is a second reference; up to 336 windows a column are kept then.
    pub seasonal: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { span: Span::default(), thresholds: Thresholds::default(), quiet_days: 365.0, seasonal: true }
    }
}

/// A column that is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    pub name: String,
    /// How much the model leans on it, as its share of all attributions; 1 without knowledge.
    pub importance: f64,
    pub reference: Reference,
}

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Number(f64),
    Text(&'a str),
    Missing,
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// When the window began; nothing before the first row.
    begun_ms: Option<u64>,
    rows: u64,
    columns: Vec<ColumnState>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ColumnState {
    window: Window,
    persistence: Persistence,
    creep: Creep,
    season: Season,
    /// Values of the other kind than the reference's; they count as missing.
    strangers: u64,
}

/// Watches the columns of a stream.
#[derive(Clone, Debug)]
pub struct Monitor {
    settings: Settings,
    columns: Vec<Watched>,
    state: State,
}

impl Monitor {
    /// A monitor that has seen nothing.
    pub fn new(settings: Settings, columns: Vec<Watched>) -> Self {
        let begin = |column: &Watched| ColumnState {
            window: Window::of(&column.reference),
            persistence: Persistence::default(),
            creep: Creep::in_days(settings.quiet_days, settings.span.ms_min),
            season: Season::default(),
            strangers: 0,
        };
        let state = State { begun_ms: None, rows: 0, columns: columns.iter().map(begin).collect() };
        Self { settings, columns, state }
    }

    /// Goes on from a kept state; `Misfit` when it was kept with other references.
    pub fn restore(settings: Settings, columns: Vec<Watched>, state: State) -> Result<Self, Misfit> {
        let fits = |(column, kept): (&Watched, &ColumnState)| match (&column.reference, &kept.window) {
            (Reference::Number(reference), Window::Number(window)) => window.fits(reference),
            (Reference::Level(reference), Window::Level(window)) => window.fits(reference),
            _ => false,
        };
        let fit = columns.len() == state.columns.len() && columns.iter().zip(&state.columns).all(fits);
        if fit { Ok(Self { settings, columns, state }) } else { Err(Misfit) }
    }

    /// What is to be kept.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// One row, its values in the order of the columns; values that are not given are missing.
    pub fn row<'a>(&mut self, values: impl IntoIterator<Item = Value<'a>>, at_ms: u64) {
        self.state.begun_ms.get_or_insert(at_ms);
        self.state.rows += 1;
        let mut values = values.into_iter();
        for (column, kept) in self.columns.iter().zip(&mut self.state.columns) {
            let value = values.next().unwrap_or(Value::Missing);
            match (&mut kept.window, &column.reference) {
                (Window::Number(window), Reference::Number(reference)) => {
                    kept.strangers += u64::from(matches!(value, Value::Text(_)));
                    window.add(if let Value::Number(number) = value { number } else { f64::NAN }, reference);
                }
                (Window::Level(window), Reference::Level(reference)) => {
                    kept.strangers += u64::from(matches!(value, Value::Number(_)));
                    window.add(if let Value::Text(text) = value { Some(text) } else { None }, reference);
                }
                // INVARIANT: windows are of the kind of their references, see `new` and `restore`.
                _ => kept.strangers += 1,
            }
        }
    }

    /// Ends the window if it is over at `now_ms`, and says what was found.
    pub fn tick(&mut self, now_ms: u64) -> Option<DriftReport> {
        let begun = self.state.begun_ms?;
        self.settings.span.is_over(begun, now_ms, self.state.rows).then(|| self.end(now_ms))
    }

    fn end(&mut self, now_ms: u64) -> DriftReport {
        let thresholds = &self.settings.thresholds;
        let pairs = || self.columns.iter().zip(&self.state.columns);
        let found: Vec<Option<Comparison>> = pairs().map(|(column, kept)| compare(&column.reference, &kept.window).ok()).collect();
        let weekly: Vec<Option<Comparison>> =
            pairs().map(|(column, kept)| kept.season.compare(&column.reference, &kept.window, now_ms)).collect();
        let (judged, seasonal) = (judge_some(&found, thresholds), judge_some(&weekly, thresholds));
        let mut report = DriftReport { columns: Vec::new(), left_out: Vec::new() };
        for (at, (comparison, judgement)) in found.into_iter().zip(judged).enumerate() {
            let (column, kept) = (&self.columns[at], &mut self.state.columns[at]);
            let fresh = std::mem::replace(&mut kept.window, Window::of(&column.reference));
            if self.settings.seasonal {
                // The window fits its own season: both are of one reference.
                let _ = kept.season.add(&fresh, now_ms);
            }
            let (Some(comparison), Some(judgement)) = (comparison, judgement) else {
                report.left_out.push((column.name.clone(), Misfit.to_string()));
                continue;
            };
            let usual = seasonal[at].as_ref().is_some_and(|weekly| matches!(weekly.verdict, Verdict::Stable | Verdict::Small));
            let verdict = if usual && judgement.verdict == Verdict::Shifted { Verdict::Small } else { judgement.verdict };
            let alert = kept.persistence.push(verdict);
            // A season would creep every day: where one is known, its windows do not add to the sum.
            let creeping = match &comparison.shape {
                Some(shape) if !usual => kept.creep.push(shape.coarse.standardised()),
                _ => kept.creep.level() > 1.0,
            };
            let (name, importance, seasonal) = (column.name.clone(), column.importance, seasonal[at].clone());
            report.columns.push(ColumnReport { name, importance, comparison, judgement, seasonal, alert, creeping });
        }
        (self.state.begun_ms, self.state.rows) = (None, 0);
        report.rank();
        report
    }
}

/// Judges those that are there together.
fn judge_some(found: &[Option<Comparison>], thresholds: &Thresholds) -> Vec<Option<Judgement>> {
    let mut judged = judge(&found.iter().flatten().collect::<Vec<_>>(), thresholds).into_iter();
    found.iter().map(|one| one.as_ref().and_then(|_| judged.next())).collect()
}
