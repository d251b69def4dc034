//! The gate of a phase: its answer first, then every criterion with its figure.

use super::Paint;
use super::sentence::{day, with_interval, wrap};
use super::table::{Cell, lines};
use charter_plan::criterion::{Judged, Outcome};
use charter_plan::gate::sign_off::SignatureState;
use charter_plan::gate::{Answer, GateReport, OutcomeReport};
use std::fmt::Write;

/// Parts of a criterion that are listed when they are met; what is not met is always listed.
const MET_SHOWN: usize = 3;

/// The whole gate.
pub fn gate(report: &GateReport, paint: Paint) -> String {
    let about = if report.about.is_empty() { String::new() } else { format!("  {}", report.about) };
    let mut text = format!("gate of {}{about}\n\n", paint.name(&report.phase));
    match &report.answer {
        Answer::Decided { word, why, advances } => {
            let upper = word.to_uppercase();
            let word = if *advances { paint.good(&upper) } else { paint.careful(&upper) };
            let _ = writeln!(text, "{}: {}", paint.bold(&word), wrap(why, 2));
        }
        Answer::Open { may_be, waits_for } => {
            let _ = writeln!(text, "{}: {}", paint.careful("OPEN"), may_be.join(" or "));
            if let Some(first) = may_be.first() {
                let _ = writeln!(text, "  whether it is {first} waits for {}", wrap(&waits_for.join(", "), 4));
            }
        }
        Answer::Silent { why } => {
            let _ = writeln!(text, "{}: {}", paint.careful("NO ANSWER"), wrap(why, 2));
        }
    }
    for outcome in &report.outcomes {
        text.push_str(&of_outcome(outcome, &report.outcomes, paint));
    }
    signatures(report, paint, &mut text);
    text
}

fn of_outcome(outcome: &OutcomeReport, all: &[OutcomeReport], paint: Paint) -> String {
    let holds = match outcome.holds {
        Outcome::Met => paint.good("holds"),
        Outcome::NotMet => paint.dim("does not hold"),
        Outcome::Unknown => paint.careful("open"),
    };
    let mut text = format!("\n{} {holds}\n", paint.bold(&format!("{}:", outcome.word)));
    let others: Vec<&str> =
        all.iter().filter(|other| other.is_else && other.word != outcome.word).map(|other| other.word.as_str()).collect();
    match (outcome.is_else, others.as_slice()) {
        (true, []) => text.push_str("  when no other outcome does\n"),
        (true, others) => {
            let _ = writeln!(text, "  `else`, like {}: nothing tells them apart", others.join(" and "));
        }
        (false, _) => {}
    }
    outcome.criteria.iter().for_each(|judged| criterion(judged, 2, paint, &mut text));
    text
}

fn criterion(judged: &Judged, indent: usize, paint: Paint, text: &mut String) {
    let mark = match judged.outcome {
        Outcome::Met => paint.good("✓ met    "),
        Outcome::NotMet => paint.bad("✗ not met"),
        Outcome::Unknown => paint.careful("? unknown"),
    };
    let blanks = " ".repeat(indent);
    let measured = judged.figure.map_or_else(String::new, |figure| format!("  {}", with_interval(figure, judged.interval, &judged.unit)));
    let date = judged.date.as_deref().map_or_else(String::new, |date| format!(" on {}", day(date)));
    let _ = writeln!(text, "{blanks}{mark}  {}{measured}{date}", judged.criterion);
    let deeper = indent + 11;
    let _ = writeln!(text, "{}{}", " ".repeat(deeper), paint.dim(&wrap(&judged.reason, deeper)));
    let met = judged.parts.iter().filter(|part| part.outcome == Outcome::Met).count();
    let mut shown = 0;
    for part in &judged.parts {
        if part.outcome == Outcome::Met {
            shown += 1;
            if met > MET_SHOWN && shown > MET_SHOWN {
                continue;
            }
        }
        criterion(part, indent + 4, paint, text);
    }
    if met > MET_SHOWN {
        let _ = writeln!(text, "{}{}", " ".repeat(indent + 4), paint.dim(&format!("and {} more that are met", met - MET_SHOWN)));
    }
}

fn signatures(report: &GateReport, paint: Paint, text: &mut String) {
    if report.sign_offs.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint.bold("Sign-offs"));
    let rows: Vec<Vec<Cell>> = report
        .sign_offs
        .iter()
        .map(|line| {
            let (word, role) = match line.state {
                SignatureState::Valid => ("valid", &line.sign_off.role),
                SignatureState::Stale => ("stale", &line.sign_off.role),
                SignatureState::Revoked => ("revoked", &line.sign_off.role),
            };
            let state = Cell::new(word).painted(|text| match line.state {
                SignatureState::Valid => paint.good(text),
                SignatureState::Stale => paint.careful(text),
                SignatureState::Revoked => paint.dim(text),
            });
            let role = role.as_ref().map_or_else(String::new, |role| format!(" for {role}"));
            vec![
                state,
                Cell::new(line.sign_off.day()),
                Cell::new(format!("{}{role}", line.sign_off.name)),
                Cell::new(&line.sign_off.scope),
                Cell::new(&line.sign_off.note),
            ]
        })
        .collect();
    text.push_str(&lines(&rows, 2));
}
