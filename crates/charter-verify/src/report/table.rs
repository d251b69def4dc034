//! Verdicts as a table for people.

use std::fmt::Write as _;

use charter_plan::Evidence;
use charter_plan::arithmetic::derivation::number as grouped;
use charter_plan::evidence::Part;

use crate::evidence::{Standing, StatusLine};
use crate::proof::{ProofOutcome, ProofResult};

/// Most notes, and most groups that do not hold, below a requirement; evidence, JSON and JUnit keep all of them.
const LINES_MAX: usize = 3;

/// A row: verdict, requirement, proof, figure, limit; then lines of explanation.
struct Row {
    cells: [String; 5],
    below: Vec<String>,
}

/// Verdict, requirement, proof kind, figure with interval and limit; below each, its first notes and the groups that do not hold.
pub fn results_table(results: &[ProofResult]) -> String {
    let rows: Vec<Row> = results.iter().map(result_row).collect();
    let is_short = |result: &ProofResult| match &result.outcome {
        ProofOutcome::Evidence(evidence) => evidence.notes.len() > LINES_MAX,
        ProofOutcome::Unproved(_) => false,
    };
    let mut text = table(["verdict", "requirement", "proof", "figure (95 % interval)", "held against"], &rows);
    let count = |standing: Standing| results.iter().filter(|result| result.standing() == standing).count();
    if results.iter().any(is_short) {
        text.push_str("\nfurther notes: `--format json`\n");
    }
    let _ =
        writeln!(text, "\n{} proved, {} broken, {} unproved", count(Standing::Proved), count(Standing::Broken), count(Standing::Unproved));
    text
}

/// Standing, requirement, proof kind, last figure and when; below each, why.
pub fn status_table(lines: &[StatusLine]) -> String {
    let row = |line: &StatusLine| Row {
        cells: [
            line.standing.name().into(),
            line.requirement.clone(),
            line.proof.clone(),
            shown(line.figure, line.interval, &line.unit),
            line.measured_at.clone().unwrap_or_else(|| "-".into()),
        ],
        below: vec![line.text.clone(), line.reason.clone()],
    };
    let rows: Vec<Row> = lines.iter().map(row).collect();
    let mut text = table(["standing", "requirement", "proof", "figure (95 % interval)", "measured"], &rows);
    let count = |standing: Standing| lines.iter().filter(|line| line.standing == standing).count();
    let _ = writeln!(
        text,
        "\n{} proved, {} broken, {} stale, {} unproved",
        count(Standing::Proved),
        count(Standing::Broken),
        count(Standing::Stale),
        count(Standing::Unproved)
    );
    text
}

pub(super) fn figure_of(evidence: &Evidence) -> String {
    shown(evidence.figure, evidence.interval, &evidence.unit)
}

fn result_row(result: &ProofResult) -> Row {
    let name = |verdict: String| [verdict, result.requirement.clone(), result.proof.clone()];
    match &result.outcome {
        ProofOutcome::Unproved(reason) => {
            let [verdict, requirement, proof] = name("unproved".into());
            Row { cells: [verdict, requirement, proof, "-".into(), "-".into()], below: vec![result.text.clone(), reason.clone()] }
        }
        ProofOutcome::Evidence(evidence) => {
            let word = match result.standing() {
                Standing::Unproved => "inconclusive".into(),
                standing => standing.name().to_owned(),
            };
            let [verdict, requirement, proof] = name(word);
            // Under load the sentence may promise weeks; what was seen of them stands among the notes.
            let mut below = vec![if result.proof == "load" { format!("promised: {}", result.text) } else { result.text.clone() }];
            below.extend(failing_groups(evidence));
            below.extend(evidence.notes.iter().take(LINES_MAX).cloned());
            Row { cells: [verdict, requirement, proof, figure_of(evidence), evidence.limit.clone()], below }
        }
    }
}

/// The groups that do not hold, broken ones first.
fn failing_groups(evidence: &Evidence) -> Vec<String> {
    let of = |holds: Option<bool>| evidence.parts.iter().filter(move |part| part.holds == holds && evidence.parts.len() > 1);
    let failing: Vec<_> = of(Some(false)).chain(of(None)).collect();
    let line = |part: &&Part| {
        let word = if part.holds == Some(false) { "broken" } else { "open" };
        format!("{word}: {} {} (n {})", part.name, shown(part.figure, part.interval, &evidence.unit), part.count)
    };
    let mut lines: Vec<String> = failing.iter().take(LINES_MAX).map(line).collect();
    let more = failing.len().saturating_sub(LINES_MAX);
    if more > 0 {
        lines.push(format!("and {more} more that do not hold"));
    }
    lines
}

/// A figure with its interval and unit. What is counted or priced has no more decimals than it needs.
fn shown(figure: Option<f64>, interval: Option<(f64, f64)>, unit: &str) -> String {
    let Some(figure) = figure else { return "-".into() };
    let is_counted = unit.ends_with("/month") || matches!(unit, "places" | "weeks" | "person-weeks");
    if is_counted && interval.is_none() {
        let unit = if figure == 1.0 { unit.trim_end_matches('s') } else { unit };
        return format!("{} {unit}", grouped(figure));
    }
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    match interval {
        None => format!("{}{unit}", number(figure)),
        Some((low, high)) if high >= f64::MAX => format!("{} (from {}, no upper bound){unit}", number(figure), number(low)),
        Some((low, high)) => format!("{} ({} to {}){unit}", number(figure), number(low), number(high)),
    }
}

/// Four significant digits, never an exponent.
fn number(value: f64) -> String {
    let size = value.abs();
    let decimals = match size {
        _ if size >= 1_000.0 => 0,
        _ if size >= 100.0 => 1,
        _ if size >= 10.0 => 2,
        _ if size >= 1.0 => 3,
        _ => 4,
    };
    format!("{value:.decimals$}")
}

fn table(heads: [&str; 5], rows: &[Row]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| cell.chars().count());
        cells.chain(heads.get(at).map(|head| head.len())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut text = line(&heads.map(str::to_owned));
    text.push_str(&line(&widths.iter().map(|width| "-".repeat(*width)).collect::<Vec<_>>()));
    for row in rows {
        text.push_str(&line(&row.cells));
        for below in row.below.iter().filter(|below| !below.is_empty()) {
            let _ = writeln!(text, "    {below}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::evidence::Verdict;

    #[test]
    fn numbers_keep_four_digits() {
        let shown: Vec<String> = [0.12345, 1.23456, 12.3456, 123.456, 12_345.6].map(number).to_vec();
        assert_eq!(shown, ["0.1235", "1.235", "12.35", "123.5", "12346"]);
        assert_eq!(super::shown(Some(3.2), Some((3.1, f64::MAX)), "ms"), "3.200 (from 3.100, no upper bound) ms");
    }

    #[test]
    fn what_is_counted_or_priced_has_no_needless_decimals() {
        let shown = |figure, unit| super::shown(Some(figure), None, unit);
        assert_eq!(shown(13_900.0, "USD/month"), "13,900 USD/month");
        assert_eq!((shown(0.0, "places"), shown(1.0, "places")), ("0 places".into(), "1 place".into()));
        assert_eq!((shown(14.0, "weeks"), shown(2.5, "weeks")), ("14 weeks".into(), "2.5 weeks".into()));
    }

    #[test]
    fn the_table_keeps_the_first_notes_and_says_where_the_others_are() {
        let part = |number: u64| Part { name: format!("class={number}"), count: 5, figure: Some(0.5), interval: None, holds: Some(false) };
        let evidence = Evidence {
            proof: "load".into(),
            notes: ["one", "two", "three", "four"].map(str::to_owned).to_vec(),
            parts: (0..5).map(part).collect(),
            ..crate::evidence::example::evidence("latency", "2026-01-01T00:00:00Z", Verdict::Proved)
        };
        let result = ProofResult {
            requirement: "latency".into(),
            text: "latency is below 200ms over any 28d".into(),
            proof: "load".into(),
            outcome: ProofOutcome::Evidence(Box::new(evidence)),
        };
        let text = results_table(&[result]);
        assert!(text.contains("\n    promised: latency is below 200ms over any 28d\n    broken: class=0 "), "{text}");
        assert!(text.contains("\n    and 2 more that do not hold\n    one\n    two\n    three\n\nfurther notes"), "{text}");
        assert!(!text.contains("four") && text.ends_with("\n1 proved, 0 broken, 0 unproved\n"), "{text}");
    }

    #[test]
    fn what_is_unproved_says_why_below_its_line() {
        let result = ProofResult {
            requirement: "availability".into(),
            text: "at least 99.9 % are answered".into(),
            proof: "runtime".into(),
            outcome: ProofOutcome::Unproved("needs figures from production".into()),
        };
        let text = results_table(&[result]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], "unproved  availability  runtime  -                       -");
        assert_eq!(lines[3..5], ["    at least 99.9 % are answered", "    needs figures from production"]);
        assert_eq!(lines.last(), Some(&"0 proved, 0 broken, 1 unproved"));
    }
}
