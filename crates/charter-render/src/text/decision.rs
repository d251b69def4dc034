//! A decision with its matrix and what would turn it over; and all of them in a list.

use super::Paint;
use super::sentence::{count, day, share, short, with_interval, wrap};
use super::table::{Cell, lines};
use super::tornado::tornado;
use charter_plan::arithmetic::derivation::{brief, number, percent};
use charter_plan::criterion::Outcome;
use charter_plan::decision::{BreakEven, DecisionReport, DecisionState, OptionReport, SensitivityReport};
use std::fmt::Write;

/// Score changes that are listed; what takes more is further away still.
const SCORES_SHOWN: usize = 6;

/// Every decision, one a line, those that need a look first.
pub fn decisions(reports: &[DecisionReport], paint: Paint) -> String {
    if reports.is_empty() {
        return "the charter holds no decisions\n".to_owned();
    }
    let mut sorted: Vec<&DecisionReport> = reports.iter().collect();
    sorted.sort_by_key(|report| report.state);
    let rows: Vec<Vec<Cell>> = sorted
        .iter()
        .map(|report| {
            let taken = report.options.iter().find(|option| option.chosen).map_or("-", |option| option.name.as_str());
            vec![
                Cell::new(report.state.word()).painted(|text| state(report.state, text, paint)),
                Cell::new(&report.id).painted(|text| paint.name(text)),
                Cell::new(taken),
                Cell::new(report.date.clone().unwrap_or_default()),
                Cell::new(&report.question),
            ]
        })
        .collect();
    let mut text = lines(&rows, 0);
    let states = [
        DecisionState::Overturned,
        DecisionState::Due,
        DecisionState::Fragile,
        DecisionState::Unweighed,
        DecisionState::Open,
        DecisionState::Firm,
        DecisionState::Closed,
    ];
    let counted: Vec<String> = states
        .iter()
        .map(|state| (state, sorted.iter().filter(|report| report.state == *state).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {}", state.word()))
        .collect();
    let _ = writeln!(text, "\n{}", counted.join(", "));
    for report in sorted.iter().filter(|report| report.state < DecisionState::Firm) {
        let _ = writeln!(text, "  {}: {}", report.id, wrap(&report.why, 4));
    }
    text
}

fn state(state: DecisionState, text: &str, paint: Paint) -> String {
    match state {
        DecisionState::Overturned => paint.bad(text),
        DecisionState::Due | DecisionState::Fragile | DecisionState::Unweighed => paint.careful(text),
        DecisionState::Firm => paint.good(text),
        DecisionState::Open | DecisionState::Closed => paint.dim(text),
    }
}

/// One decision whole.
pub fn decision(report: &DecisionReport, currency: &str, paint: Paint) -> String {
    let mut text = head(report, paint);
    text.push_str(&matrix(report, paint));
    options(report, currency, paint, &mut text);
    if let Some(sensitivity) = &report.sensitivity {
        turned_over(sensitivity, paint, &mut text);
    } else if !report.missing.is_empty() {
        let _ = writeln!(text, "\n{}", paint.bold("Not weighed"));
        for missing in report.missing.iter() {
            let _ = writeln!(text, "  {missing}");
        }
    }
    overturn(report, paint, &mut text);
    build_or_buy(report, paint, &mut text);
    break_even(&report.break_even, currency, paint, &mut text);
    consequences(report, paint, &mut text);
    for (title, prose) in [("Context", &report.context), ("Rationale", &report.rationale)] {
        if let Some(prose) = prose {
            let _ = writeln!(text, "\n{}\n  {}", paint.bold(title), wrap(prose, 2));
        }
    }
    text
}

fn head(report: &DecisionReport, paint: Paint) -> String {
    let mut facts = vec![report.status.clone()];
    facts.extend(report.date.clone());
    facts.extend(report.owner.as_ref().map(|owner| format!("owned by {owner}")));
    if !report.answers.is_empty() {
        facts.push(format!("answers {}", report.answers.join(", ")));
    }
    if !report.supersedes.is_empty() {
        facts.push(format!("replaces {}", report.supersedes.join(", ")));
    }
    facts.extend(report.superseded_by.as_ref().map(|by| format!("replaced by {by}")));
    format!(
        "{}  {}\n{}\n\n{}: {}\n",
        paint.name(&report.id),
        paint.bold(&report.question),
        paint.dim(&facts.join(" · ")),
        state(report.state, report.state.word(), paint),
        wrap(&report.why, 2)
    )
}

fn matrix(report: &DecisionReport, paint: Paint) -> String {
    if report.criteria.is_empty() {
        return String::new();
    }
    let mut names = vec![Cell::new("")];
    let mut weights = vec![Cell::new("")];
    for (name, weight) in &report.criteria {
        names.push(Cell::right(name));
        weights.push(Cell::right(share(*weight)).painted(|text| paint.dim(text)));
    }
    names.extend([Cell::right("total"), Cell::right("rank")]);
    let mut rows = vec![names, weights];
    for option in &report.options {
        let mark = if option.chosen { "▸" } else { " " };
        let name =
            Cell::new(format!("{mark} {}", option.name)).painted(|text| if option.chosen { paint.bold(text) } else { text.to_owned() });
        let mut row = vec![name];
        for at in 0..report.criteria.len() {
            row.push(Cell::right(option.scores.get(at).map_or_else(|| "?".to_owned(), |score| number(*score))));
        }
        row.push(Cell::right(option.total.map_or_else(|| "-".to_owned(), short)).painted(|text| paint.bold(text)));
        row.push(Cell::right(option.rank.map_or_else(|| "-".to_owned(), |rank| rank.to_string())));
        rows.push(row);
    }
    format!("\n{}", lines(&rows, 0))
}

/// What is known of each option beside its scores.
fn options(report: &DecisionReport, currency: &str, paint: Paint, text: &mut String) {
    let mut told = String::new();
    for option in &report.options {
        option_lines(option, currency, paint, &mut told);
    }
    if !told.is_empty() {
        let _ = write!(text, "\n{}\n{told}", paint.bold("Options"));
    }
}

fn option_lines(option: &OptionReport, currency: &str, paint: Paint, text: &mut String) {
    let mut facts: Vec<String> = option.about.iter().cloned().collect();
    facts.extend(option.cost_per_month.map(|cost| format!("{} {currency}/month", number(cost))));
    facts.extend(option.cost_per_thousand.map(|cost| format!("{} {currency} a thousand calls", number(cost))));
    let head = if facts.is_empty() { String::new() } else { format!(" {}", facts.join(" · ")) };
    let mut lines = Vec::new();
    match (&option.because_not, option.chosen) {
        (Some(reason), false) => lines.push(format!("not chosen: {reason}")),
        (Some(reason), true) => lines.push(format!("against it: {reason}")),
        (None, true) => lines.push("chosen".to_owned()),
        (None, false) => lines.push(paint.careful("turned down, and nothing says why")),
    }
    lines.extend(option.violates.iter().map(|broken| paint.bad(&format!("violates {}: {}", broken.constraint, broken.reason))));
    let given: Vec<String> = option
        .gives_up
        .iter()
        .map(|(name, own, best)| format!("{name} ({} where {} was to be had)", number(*own), number(*best)))
        .collect();
    if option.chosen && !given.is_empty() {
        lines.push(format!("gives up {}", given.join(", ")));
    }
    let _ = writeln!(text, "  {}{head}", paint.name(&option.name));
    for line in lines.iter() {
        let _ = writeln!(text, "    {}", wrap(line, 4));
    }
}

fn turned_over(sensitivity: &SensitivityReport, paint: Paint, text: &mut String) {
    let (winner, runner_up) = (&sensitivity.winner, &sensitivity.runner_up);
    let lead = match brief(sensitivity.margin).as_str() {
        "0" => format!("{winner} and {runner_up} are level; {}", sensitivity.formula),
        margin => format!("{winner} leads {runner_up} by {margin}; {}", sensitivity.formula),
    };
    let _ = writeln!(text, "\n{}\n  {}", paint.bold("What would turn it over"), wrap(&lead, 2));
    let mut rows: Vec<Vec<Cell>> = sensitivity
        .weights
        .iter()
        .map(|flip| {
            let side = if flip.below { "below" } else { "above" };
            vec![
                Cell::new("weight").painted(|text| paint.dim(text)),
                Cell::new(&flip.criterion),
                Cell::right(share(flip.from)),
                Cell::new(format!("{side} {}", percent((flip.at * 1e4).round() / 1e4))),
                Cell::right(relative(flip.relative)),
                Cell::new(format!("→ {}", flip.to)).painted(|text| if flip.breath { paint.bad(text) } else { text.to_owned() }),
                Cell::new(if flip.breath { "a breath" } else { "" }),
            ]
        })
        .collect();
    rows.extend(sensitivity.scores.iter().take(SCORES_SHOWN).map(|flip| {
        let side = if flip.below { "below" } else { "above" };
        let sign = if flip.change >= 0.0 { "+" } else { "−" };
        vec![
            Cell::new("score").painted(|text| paint.dim(text)),
            Cell::new(format!("{} of {}", flip.criterion, flip.option)),
            Cell::right(number(flip.from)),
            Cell::new(format!("{side} {}", brief(flip.at))),
            Cell::right(format!("{sign}{}", brief(flip.change.abs()))),
            Cell::new(format!("→ {}", flip.to)).painted(|text| if flip.breath { paint.bad(text) } else { text.to_owned() }),
            Cell::new(if flip.breath { "a breath" } else { "" }),
        ]
    }));
    text.push_str(&lines(&rows, 2));
    if !sensitivity.weightless.is_empty() {
        let _ = writeln!(text, "  no weight of {} does, whatever it is", sensitivity.weightless.join(", "));
    }
    if sensitivity.scores.is_empty() {
        let _ = writeln!(text, "  no single score does, between {} and {}", number(sensitivity.scale.0), number(sensitivity.scale.1));
    }
    let _ = writeln!(text, "\n{}", paint.bold(&format!("Lead of {} as each weight is halved ▒ and grows by half █", sensitivity.winner)));
    text.push_str(&tornado(sensitivity, paint));
}

/// A change of a weight as a share of it; of a weight of nothing there is none.
fn relative(change: f64) -> String {
    if !change.is_finite() {
        return "–".to_owned();
    }
    let sign = if change < 0.0 { "−" } else { "+" };
    format!("{sign}{} %", brief(change.abs() * 100.0))
}

fn overturn(report: &DecisionReport, paint: Paint, text: &mut String) {
    let Some(overturn) = &report.overturn else {
        if report.state != DecisionState::Closed {
            let _ = writeln!(text, "\n{}\n  nothing says when: `revisit: {{ by: 2027-05-23, if: … }}`", paint.bold("When to think again"));
        }
        return;
    };
    let _ = writeln!(text, "\n{}", paint.bold("When to think again"));
    if let (Some(by), Some(days)) = (&overturn.by, overturn.days_left) {
        let left = if days < 0 { paint.careful(&format!("{} ago", count(-days, "day"))) } else { format!("in {}", count(days, "day")) };
        let _ = writeln!(text, "  by {by}, {left}");
    }
    for condition in &overturn.conditions {
        let word = match condition.outcome {
            Outcome::Met => paint.bad("holds now"),
            Outcome::NotMet => paint.good("does not hold"),
            Outcome::Unknown => paint.careful("not known"),
        };
        let measured =
            condition.figure.map_or_else(String::new, |figure| format!(", {}", with_interval(figure, condition.interval, &condition.unit)));
        let date = condition.date.as_deref().map_or_else(String::new, |date| format!(" on {}", day(date)));
        let _ = writeln!(text, "  if {}: {word}{measured}{date}\n    {}", condition.criterion, wrap(&condition.reason, 4));
    }
}

fn build_or_buy(report: &DecisionReport, paint: Paint, text: &mut String) {
    if report.mode.is_none() && report.factors.is_empty() {
        return;
    }
    let mode = report.mode.as_deref().unwrap_or("not said");
    let _ = writeln!(text, "\n{} {mode}", paint.bold("Build, buy or adapt:"));
    let rows: Vec<Vec<Cell>> = report
        .factors
        .iter()
        .map(|factor| {
            let speaks = factor.speaks_for.map_or_else(String::new, |mode| format!("speaks for {mode}"));
            let against = Cell::new(speaks).painted(|text| if factor.against { paint.careful(text) } else { text.to_owned() });
            vec![Cell::new(&factor.factor), Cell::new(&factor.level), against]
        })
        .collect();
    text.push_str(&lines(&rows, 2));
    if report.factors.is_empty() {
        text.push_str("  no factor says why: `factors: { differentiation: high, time-to-market: low, … }`\n");
    }
}

fn break_even(pairs: &[BreakEven], currency: &str, paint: Paint, text: &mut String) {
    if pairs.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint.bold("Break-even"));
    for pair in pairs {
        let _ = writeln!(
            text,
            "  {} and {} cost the same at {} requests/month ({} rps): below it {} is cheaper, above it {}",
            pair.below,
            pair.above,
            brief(pair.requests_per_month),
            brief(pair.rps),
            pair.below,
            pair.above
        );
        for step in pair.steps.iter() {
            let _ = writeln!(text, "    {}", paint.dim(step));
        }
        if let Some(now) = &pair.now {
            let _ = writeln!(
                text,
                "    at the average of {} rps{} {} is cheaper by {} {currency}/month",
                brief(now.average_rps),
                now.route.as_ref().map_or_else(String::new, |route| format!(" of {route}")),
                now.cheaper,
                brief(now.by_per_month)
            );
        }
    }
}

fn consequences(report: &DecisionReport, paint: Paint, text: &mut String) {
    if report.consequences.is_empty() && report.risks.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint.bold("Consequences and the risks that carry them"));
    for consequence in &report.consequences {
        let sign = match consequence.good {
            Some(true) => paint.good("+"),
            Some(false) => paint.bad("−"),
            None => "·".to_owned(),
        };
        let carried = match (&consequence.risk, consequence.uncarried) {
            (Some(risk), _) => format!(" (carried as {risk})"),
            (None, true) => paint.careful(" (no risk carries it)"),
            (None, false) => String::new(),
        };
        let _ = writeln!(text, "  {sign} {}{carried}", wrap(&consequence.about, 4));
    }
    for risk in &report.risks {
        let level = match (&risk.probability, &risk.impact) {
            (Some(probability), Some(impact)) => format!(" probability {probability}, impact {impact}"),
            _ => String::new(),
        };
        let done = match (&risk.accept, risk.mitigate.is_empty()) {
            (Some(reason), _) => format!("; accepted: {reason}"),
            (None, false) => format!("; mitigated by {}", risk.mitigate.join(", ")),
            (None, true) => paint.careful("; nothing is done about it"),
        };
        let owner = risk.owner.as_ref().map_or_else(|| paint.careful("; nobody owns it"), |owner| format!("; owned by {owner}"));
        let about = risk.about.as_ref().map_or_else(String::new, |about| format!(" {about}:"));
        let _ = writeln!(text, "  {}{about}{level}{done}{owner}", paint.name(&risk.id));
    }
}
