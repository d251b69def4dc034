//! What drift and estimates cost, in seconds of CPU and memory over the input. Files hold doubles, one column after the other.
//!
//! `drift report REFERENCE CURRENT COLUMNS`, `drift online`, `drift cbpe REFERENCE CURRENT` (columns: score, label; answers are scores from .5 on).
//! Each prints one line of JSON. `bench/drift/run.py` makes the files and runs the peers on them.

use charter_monitor::drift::{Column, ColumnReport, Reference, Thresholds, Window, compare, compare_tables};
use charter_monitor::performance::{Answers, Cbpe};
use charter_monitor::statistics::draw::Draw;
use std::hint::black_box;

type Problem = Box<dyn std::error::Error>;

fn main() -> Result<(), Problem> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["report", reference, current, columns] => report(reference, current, columns.parse()?),
        ["online"] => online(),
        ["cbpe", reference, current] => cbpe(reference, current),
        _ => Err("say `report REFERENCE CURRENT COLUMNS`, `online` or `cbpe REFERENCE CURRENT`".into()),
    }
}

/// Doubles of a file, read without a second copy of all of it.
fn doubles(path: &str) -> Result<Vec<f64>, Problem> {
    let mut file = std::fs::File::open(path)?;
    let mut values = Vec::with_capacity(file.metadata()?.len() as usize / 8);
    let mut part = vec![0; 1 << 16];
    loop {
        let read = std::io::Read::read(&mut file, &mut part)?;
        if read == 0 {
            return Ok(values);
        }
        if read % 8 != 0 {
            return Err("a read ended within a number".into());
        }
        values.extend(part[..read].chunks_exact(8).filter_map(|bytes| bytes.try_into().ok()).map(f64::from_le_bytes));
    }
}

/// Seconds of CPU so far, user and system, of the one thread there is; the kernel brings it up to date a few hundred times a second.
fn cpu_seconds() -> Result<f64, Problem> {
    let schedule = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(schedule.split_whitespace().next().ok_or("no schedstat")?.parse::<f64>()? / 1e9)
}

/// Kilobytes of a field of /proc/self/status.
fn kilobytes(field: &str) -> Result<f64, Problem> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(field)).ok_or("no such field")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}

/// Seconds of CPU and megabytes over what was held before.
fn measured<T>(call: impl FnOnce() -> T) -> Result<(T, f64, f64), Problem> {
    // Sets the peak back to what is held now.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let (held, begun) = (kilobytes("VmRSS")?, cpu_seconds()?);
    let found = call();
    Ok((found, cpu_seconds()? - begun, (kilobytes("VmHWM")? - held) / 1024.0))
}

fn table<'a>(names: &'a [String], values: &'a [f64]) -> Vec<(&'a str, Column<'a>)> {
    names.iter().map(String::as_str).zip(values.chunks(values.len() / names.len().max(1)).map(Column::Numbers)).collect()
}

fn report(reference: &str, current: &str, columns: usize) -> Result<(), Problem> {
    let (before, after) = (doubles(reference)?, doubles(current)?);
    let names: Vec<String> = (0..columns).map(|at| format!("x{at}")).collect();
    let (old, new) = (table(&names, &before), table(&names, &after));
    let (report, seconds, megabytes) = measured(|| compare_tables(&old, &new, &Thresholds::default()))?;
    let verdict = |column: &ColumnReport| format!("\"{}: {:?} {:?}\"", column.name, column.judgement.verdict, column.judgement.causes);
    let verdicts: Vec<String> = report.columns.iter().map(verdict).collect();
    println!(
        "{{\"cpu_s\":{seconds:.4},\"over_input_mb\":{megabytes:.1},\"shifted\":{},\"columns\":[{}]}}",
        report.shifted(),
        verdicts.join(",")
    );
    Ok(())
}

fn online() -> Result<(), Problem> {
    let mut draw = Draw::new(1);
    let values: Vec<f64> = (0..1 << 20).map(|_| draw.normal()).collect();
    let Some(Reference::Number(reference)) = Reference::of(&Column::Numbers(&values[..1 << 17])) else { return Err("no reference".into()) };
    let mut window = charter_monitor::drift::NumberWindow::of(&reference);
    let mut found: Vec<f64> = Vec::new();
    for _ in 0..9 {
        let (_, seconds, _) = measured(|| values.iter().for_each(|&value| window.add(black_box(value), &reference)))?;
        found.push(seconds * 1e9 / values.len() as f64);
    }
    found.sort_by(f64::total_cmp);
    let whole = Reference::Number(reference);
    let (state, times) = (Window::Number(window.clone()), 2_000_u32);
    let (_, seconds, _) = measured(|| (0..times).for_each(|_| drop(black_box(compare(&whole, &state)))))?;
    let names: Vec<String> = (0..500).map(|at| format!("level-{at}")).collect();
    let texts: Vec<Option<&str>> = (0..1 << 20).map(|_| Some(names[draw.below(500) as usize].as_str())).collect();
    let Some(Reference::Level(levels)) = Reference::of(&Column::Texts(&texts[..1 << 17])) else { return Err("no reference".into()) };
    let mut level_window = charter_monitor::drift::LevelWindow::of(&levels);
    let (_, text_seconds, _) = measured(|| texts.iter().for_each(|&text| level_window.add(black_box(text), &levels)))?;
    println!(
        "{{\"ns_a_text\":{:.1},\"ns_a_value\":{:.1},\"least\":{:.1},\"most\":{:.1},\"window_bytes\":{},\"compare_us\":{:.0}}}",
        text_seconds * 1e9 / texts.len() as f64,
        found[4],
        found[0],
        found[8],
        window.bytes(),
        seconds * 1e6 / f64::from(times)
    );
    Ok(())
}

fn cbpe(reference: &str, current: &str) -> Result<(), Problem> {
    let (before, after) = (doubles(reference)?, doubles(current)?);
    let rows = before.len() / 2;
    let labels: Vec<bool> = before[rows..].iter().map(|&label| label > 0.5).collect();
    let answered = |scores: &[f64]| scores.iter().map(|&score| score >= 0.5).collect::<Vec<bool>>();
    let (old, new) = (answered(&before[..rows]), answered(&after[..rows]));
    let ((), seconds, megabytes) = measured(|| {
        let fitted = Cbpe::fit(Answers { scores: &before[..rows], predicted: &old }, &labels, 5_000);
        let _ = black_box(fitted.and_then(|fitted| fitted.estimate(Answers { scores: &after[..rows], predicted: &new })));
    })?;
    let fitted = Cbpe::fit(Answers { scores: &before[..rows], predicted: &old }, &labels, 5_000)?;
    let estimates = fitted.estimate(Answers { scores: &after[..rows], predicted: &new })?;
    let first: Vec<String> =
        estimates[0].iter().map(|one| format!("\"{}\":{:.9}", one.metric.name(), one.value.unwrap_or(f64::NAN))).collect();
    println!("{{\"cpu_s\":{seconds:.4},\"over_input_mb\":{megabytes:.1},\"first_chunk\":{{{}}}}}", first.join(","));
    Ok(())
}
