//! The same fold over an exported file (RFC 4180): one row a unit, or several that are added up.
//!
//! Columns: `unit` and `arm` (its name, or its position), then what metrics count: an outcome's or an answer's name, `latency_ms`,
//! `error`, `fallback`, `calls` (1 when there is no such column). `at` (milliseconds since 1970) says when the row came about; without it
//! there is one look, at the end, and no hours. A covariate that no metric counts has a column of its name; empty cells say nothing.

use super::layout::Target;
use super::ledger::Ledger;
use crate::statistics::draw::hashed;
use charter_plan::plan::Experiment;
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use std::fmt;

/// Looks taken over a file with times: as many as the p-value is tested with.
const LOOKS: usize = 50;

/// What is wrong with a file. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CsvProblem {
    Empty,
    /// No column of this name.
    NoColumn(String),
    /// A line whose cell cannot be read.
    Cell {
        line: usize,
        column: String,
        text: String,
    },
    /// A quoted cell that never ends.
    Open {
        line: usize,
    },
}

impl fmt::Display for CsvProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("there is no row"),
            Self::NoColumn(column) => write!(formatter, "there is no column `{column}`"),
            Self::Cell { line, column, text } => write!(formatter, "line {line}: `{text}` is no `{column}`"),
            Self::Open { line } => write!(formatter, "line {line}: a quoted cell does not end"),
        }
    }
}

impl std::error::Error for CsvProblem {}

struct Row<'a> {
    line: usize,
    at_ms: u64,
    cells: &'a [String],
}

/// The books of an experiment from a file, and the time of its last row.
///
/// # Errors
/// When a column is missing or a cell cannot be read.
pub fn fold_csv(settings: &Experiment, text: &str) -> Result<(Ledger, u64), CsvProblem> {
    let records = records(text)?;
    let Some(((_, header), lines)) = records.split_first().filter(|(_, lines)| !lines.is_empty()) else { return Err(CsvProblem::Empty) };
    let column = |name: &str| header.iter().position(|column| column.trim() == name);
    let needed = |name: &str| column(name).ok_or_else(|| CsvProblem::NoColumn(name.to_owned()));
    let (unit, arm, at) = (needed("unit")?, needed("arm")?, column("at"));
    let outputs: Vec<TensorSpec> = header.iter().map(|name| answer(name.trim())).collect();
    let mut ledger = Ledger::new(settings.clone(), &outputs);
    let columns = ledger.columns(header)?;
    let covariate = ledger.layout.covariate.as_deref().and_then(column).filter(|&at| columns.iter().all(|(column, _)| *column != Some(at)));
    let mut rows = Vec::with_capacity(lines.len());
    for (line, cells) in lines {
        let at_ms = match at {
            Some(at) => number(cells, at, *line, "at")?.unwrap_or(0.0).max(0.0) as u64,
            None => 0,
        };
        rows.push(Row { line: *line, at_ms, cells });
    }
    rows.sort_by_key(|row| row.at_ms);
    let last_ms = rows.last().map_or(0, |row| row.at_ms);
    for (index, row) in rows.iter().enumerate() {
        let name = row.cells.get(arm).map(|name| name.trim()).unwrap_or_default();
        let arm =
            settings.arms.iter().position(|arm| arm.name == name).or_else(|| name.parse().ok().filter(|&at| at < settings.arms.len()));
        let Some(arm) = arm.and_then(|arm| u8::try_from(arm).ok()) else {
            return Err(CsvProblem::Cell { line: row.line, column: "arm".to_owned(), text: name.to_owned() });
        };
        let id = hashed(row.cells.get(unit).map(|unit| unit.trim().as_bytes()).unwrap_or_default());
        ledger.expose(id, arm, row.at_ms);
        let Some(at_row) = ledger.units.find(id) else { continue };
        for (column, target) in &columns {
            let value = match column {
                Some(column) => number(row.cells, *column, row.line, header.get(*column).map_or("", String::as_str))?,
                None => Some(1.0),
            };
            if let Some(value) = value {
                ledger.add(at_row, *target, value, 1.0, row.at_ms);
            }
        }
        if let Some(column) = covariate
            && let Some(value) = number(row.cells, column, row.line, "covariate")?
        {
            ledger.add_covariate(at_row, value);
        }
        let is_look = at.is_some() && (index + 1) * LOOKS / rows.len() > index * LOOKS / rows.len();
        if is_look {
            ledger.look(row.at_ms);
        }
    }
    ledger.look(last_ms);
    Ok((ledger, last_ms))
}

impl Ledger {
    /// For each thing that a metric counts, its column; `None`: each row counts 1.
    fn columns(&self, header: &[String]) -> Result<Vec<(Option<usize>, Target)>, CsvProblem> {
        let layout = &self.layout;
        let named = [("latency_ms", &layout.latency), ("error", &layout.error), ("fallback", &layout.fallback), ("calls", &layout.calls)];
        let outcomes = layout.outcomes.iter().map(|(name, targets)| (name.as_str(), targets));
        let mut columns = Vec::new();
        for (name, targets) in named.into_iter().chain(outcomes).filter(|(_, targets)| !targets.is_empty()) {
            let column = header.iter().position(|column| column.trim() == name);
            if column.is_none() && name != "calls" {
                return Err(CsvProblem::NoColumn(name.to_owned()));
            }
            columns.extend(targets.iter().map(|&target| (column, target)));
        }
        // Answers were laid out by the header itself: position and column are one.
        let answers = layout.outputs.iter().enumerate();
        columns.extend(answers.flat_map(|(column, targets)| targets.iter().map(move |&target| (Some(column), target))));
        for metric in &layout.metrics {
            let sources =
                [Some(&metric.source), if let charter_plan::plan::MetricKind::Ratio { per } = &metric.kind { Some(per) } else { None }];
            for source in sources.into_iter().flatten() {
                if let charter_plan::plan::MetricSource::Output { name } = source
                    && !header.iter().any(|column| column.trim() == name)
                {
                    return Err(CsvProblem::NoColumn(name.clone()));
                }
            }
        }
        Ok(columns)
    }
}

fn answer(name: &str) -> TensorSpec {
    TensorSpec {
        name: name.to_owned(),
        datatype: Datatype::Fp64,
        shape: vec![Dimension::Any],
        allows_nan: false,
        range: None,
        lengths: None,
        allowed: Vec::new(),
    }
}

/// `None` for an empty cell.
fn number(cells: &[String], column: usize, line: usize, name: &str) -> Result<Option<f64>, CsvProblem> {
    let text = cells.get(column).map(|cell| cell.trim()).unwrap_or_default();
    if text.is_empty() {
        return Ok(None);
    }
    let value = match text {
        "true" => Some(1.0),
        "false" => Some(0.0),
        _ => text.parse::<f64>().ok().filter(|value| value.is_finite()),
    };
    value.map(Some).ok_or_else(|| CsvProblem::Cell { line, column: name.to_owned(), text: text.to_owned() })
}

/// Lines with their cells; quotes as in RFC 4180, empty lines left out.
fn records(text: &str) -> Result<Vec<(usize, Vec<String>)>, CsvProblem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut records, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut start, mut quoted) = (1, 1, false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        line += usize::from(letter == '\n');
        match (quoted, letter) {
            (true, '"') if letters.peek() == Some(&'"') => {
                cell.push('"');
                letters.next();
            }
            (true, '"') => quoted = false,
            (false, '"') if cell.is_empty() => quoted = true,
            (false, ',') => cells.push(std::mem::take(&mut cell)),
            (false, '\r') if letters.peek() == Some(&'\n') => {}
            (false, '\n') => {
                cells.push(std::mem::take(&mut cell));
                records.push((start, std::mem::take(&mut cells)));
                start = line;
            }
            (_, letter) => cell.push(letter),
        }
    }
    if quoted {
        return Err(CsvProblem::Open { line: start });
    }
    if !cell.is_empty() || !cells.is_empty() {
        cells.push(cell);
        records.push((start, cells));
    }
    records.retain(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
    Ok(records)
}
