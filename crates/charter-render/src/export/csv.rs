//! Registers for spreadsheets: one file a register, RFC 4180, UTF-8.
//!
//! A cell that a spreadsheet would take for a formula is led by an apostrophe (OWASP, "CSV Injection"): what begins with `=`, `+`, `-`, `@`, a tab or a
//! line break, also behind spaces. Numbers stay numbers.

use super::facts::{self, joined};
use super::proofs::Proofs;
use super::{Export, Input};
use charter_plan::resolved::Element;
use charter_spec::ast::{DecisionOption, Level};
use charter_spec::names::{Entry, Field};
use charter_spec::{Criterion, List, SectionName};

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let proofs = Proofs::of(input);
    out.file("scenarios.csv", scenarios(input, &proofs).text());
    out.file("constraints.csv", constraints(input, &proofs).text());
    out.file("risks.csv", risks(input, &proofs).text());
    out.file("decisions.csv", decisions(input).text());
    out.file("dependencies.csv", dependencies(input).text());
    out.file("controls.csv", controls(input, &proofs).text());
    out.file("traces.csv", traces(input).text());
}

/// Rows of cells.
struct Table(Vec<Vec<String>>);

impl Table {
    fn new(heading: &[&str]) -> Self {
        Self(vec![heading.iter().map(|cell| (*cell).to_owned()).collect()])
    }

    fn row(&mut self, cells: Vec<String>) {
        self.0.push(cells);
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for row in &self.0 {
            let cells: Vec<String> = row.iter().map(|value| cell(value)).collect();
            text.push_str(&cells.join(","));
            text.push_str("\r\n");
        }
        text
    }
}

/// A cell that is read back as the same text by RFC 4180, and that no spreadsheet evaluates.
pub(super) fn cell(value: &str) -> String {
    let first = value.trim_start_matches(' ').chars().next();
    let is_formula =
        matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')) && value.parse::<f64>().is_err();
    let safe = if is_formula { format!("'{value}") } else { value.to_owned() };
    if safe.contains([',', '"', '\n', '\r', ';']) || safe.starts_with(' ') || safe.ends_with(' ') {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

fn field<T: ToString>(field: &Field<T>) -> String {
    field.as_ref().map_or_else(String::new, |field| field.value.to_string())
}

fn list<T: ToString>(list: &List<T>) -> String {
    joined(list, "; ")
}

fn criteria(list: &List<Criterion>) -> String {
    list.iter().map(|criterion| criterion.value.text.to_string()).collect::<Vec<_>>().join("; ")
}

/// Verdict, proof, figure and time of what arithmetic decides, else of the newest evidence about a requirement; `stale` where the charter has changed since.
fn proof(proofs: &Proofs<'_>, id: &str) -> [String; 4] {
    if let Some(fixed) = proofs.fixed(id) {
        let verdict = if fixed.holds { "proved" } else { "broken" };
        return [verdict.to_owned(), "static".to_owned(), format!("{} {}", fixed.figure, fixed.unit).trim_end().to_owned(), String::new()];
    }
    let Some(known) = proofs.newest(id) else {
        return ["unproved".to_owned(), String::new(), String::new(), String::new()];
    };
    let evidence = known.evidence;
    let interval = evidence.interval.map_or_else(String::new, |(low, high)| format!(" ({low} to {high})"));
    let figure = evidence.figure.map_or_else(String::new, |figure| format!("{figure}{interval} {}", evidence.unit).trim_end().to_owned());
    [known.word().to_owned(), evidence.proof.clone(), figure, evidence.measured_at.clone()]
}

fn scenarios(input: &Input<'_>, proofs: &Proofs<'_>) -> Table {
    let mut table = Table::new(&[
        "id",
        "attribute",
        "source",
        "stimulus",
        "environment",
        "artifact",
        "response",
        "measure",
        "in words",
        "priority",
        "owner",
        "law",
        "last verdict",
        "proof",
        "figure",
        "measured at",
    ]);
    for scenario in &input.resolved.spec.quality {
        let measure = scenario.measure.as_ref().map(|measure| &measure.value);
        let mut row = vec![
            scenario.id.value.to_string(),
            field(&scenario.attribute),
            field(&scenario.source),
            field(&scenario.stimulus),
            field(&scenario.environment),
            field(&scenario.artifact),
            field(&scenario.response),
            measure.map_or_else(String::new, |measure| measure.text.to_string()),
            measure.map_or_else(String::new, Criterion::describe),
            list(&scenario.priority),
            field(&scenario.owner),
            field(&scenario.law),
        ];
        row.extend(proof(proofs, &scenario.id.value));
        table.row(row);
    }
    table
}

fn constraints(input: &Input<'_>, proofs: &Proofs<'_>) -> Table {
    let mut table = Table::new(&["id", "text", "check", "law", "owner", "why", "last verdict", "proof", "figure", "measured at"]);
    for constraint in &input.resolved.spec.constraints {
        let mut row = vec![
            constraint.id.value.to_string(),
            field(&constraint.text),
            criteria(&constraint.check),
            field(&constraint.law),
            field(&constraint.owner),
            field(&constraint.why),
        ];
        row.extend(proof(proofs, &constraint.id.value));
        table.row(row);
    }
    table
}

fn risks(input: &Input<'_>, proofs: &Proofs<'_>) -> Table {
    let mut table = Table::new(&[
        "id",
        "about",
        "kind",
        "probability",
        "impact",
        "level",
        "status",
        "mitigated by",
        "accepted because",
        "owner",
        "watched by",
        "from",
        "reviewed",
        "last verdict of what is watched",
    ]);
    for risk in &input.resolved.spec.risks {
        let watched: Vec<String> = risk.watch.iter().map(|criterion| criterion.value.text.to_string()).collect();
        let verdicts: Vec<String> = watched.iter().map(|id| proof(proofs, id)[0].clone()).collect();
        table.row(vec![
            risk.id.value.to_string(),
            field(&risk.about),
            list(&risk.kind),
            field(&risk.probability),
            field(&risk.impact),
            facts::level(risk).map_or("", Level::word).to_owned(),
            risk.status.as_ref().map_or("open", |status| status.value.word()).to_owned(),
            list(&risk.mitigate),
            field(&risk.accept),
            field(&risk.owner),
            watched.join("; "),
            list(&risk.from),
            field(&risk.reviewed),
            verdicts.join("; "),
        ]);
    }
    table
}

fn decisions(input: &Input<'_>) -> Table {
    let mut table = Table::new(&[
        "id",
        "question",
        "status",
        "date",
        "mode",
        "chosen",
        "rejected",
        "criteria",
        "answers",
        "accepts",
        "revisit by",
        "revisit if",
        "supersedes",
        "superseded by",
        "rationale",
        "record",
    ]);
    for decision in &input.resolved.spec.decisions {
        let is_chosen = |option: &&Entry<DecisionOption>| option.chosen.as_ref().is_some_and(|chosen| chosen.value);
        let chosen: Vec<&str> = decision.options.iter().filter(is_chosen).map(|option| option.id.value.as_str()).collect();
        let rejected: Vec<String> = decision
            .options
            .iter()
            .filter(|option| !is_chosen(option))
            .map(|option| match &option.because_not {
                Some(because) => format!("{}: {}", option.id.value, because.value),
                None => option.id.value.to_string(),
            })
            .collect();
        let weights: Vec<String> = decision.criteria.iter().map(|weight| format!("{} {}", weight.id.value, weight.value.value)).collect();
        let revisit = decision.revisit.as_ref();
        table.row(vec![
            decision.id.value.to_string(),
            field(&decision.question),
            field(&decision.status),
            field(&decision.date),
            field(&decision.mode),
            chosen.join("; "),
            rejected.join("; "),
            weights.join("; "),
            list(&decision.answers),
            list(&decision.accepts),
            revisit.map_or_else(String::new, |revisit| field(&revisit.by)),
            revisit.map_or_else(String::new, |revisit| criteria(&revisit.condition)),
            list(&decision.supersedes),
            field(&decision.superseded_by),
            field(&decision.rationale),
            decision.record.as_ref().map_or_else(String::new, |record| record.value.as_str().to_owned()),
        ]);
    }
    table
}

fn dependencies(input: &Input<'_>) -> Table {
    let mut table = Table::new(&[
        "id",
        "section",
        "direction",
        "kind",
        "via",
        "region",
        "data",
        "slo",
        "timeout",
        "retries",
        "hard",
        "criticality",
        "contract",
        "owner",
        "about",
        "needed by",
    ]);
    let needed = |section: SectionName, id: &charter_spec::Id| {
        let mut by: Vec<String> =
            input.resolved.references.to(&Element::new(section, id)).map(|reference| reference.from.to_string()).collect();
        by.sort();
        by.dedup();
        by.join("; ")
    };
    for dependency in &input.resolved.spec.dependencies {
        table.row(vec![
            dependency.id.value.to_string(),
            "dependencies".to_owned(),
            field(&dependency.direction),
            field(&dependency.kind),
            field(&dependency.via),
            field(&dependency.region),
            field(&dependency.data),
            field(&dependency.slo),
            field(&dependency.timeout),
            field(&dependency.retries),
            field(&dependency.hard),
            field(&dependency.criticality),
            dependency.contract.as_ref().map_or_else(String::new, |contract| contract.value.as_str().to_owned()),
            field(&dependency.owner),
            field(&dependency.about),
            needed(SectionName::Dependencies, &dependency.id.value),
        ]);
    }
    for provider in &input.resolved.spec.providers {
        table.row(vec![
            provider.id.value.to_string(),
            "providers".to_owned(),
            "upstream".to_owned(),
            field(&provider.kind),
            String::new(),
            field(&provider.region),
            field(&provider.data),
            field(&provider.slo),
            field(&provider.timeout),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            field(&provider.owner),
            field(&provider.about),
            needed(SectionName::Providers, &provider.id.value),
        ]);
    }
    table
}

fn controls(input: &Input<'_>, proofs: &Proofs<'_>) -> Table {
    let mut table = Table::new(&[
        "id",
        "about",
        "principles",
        "enforces",
        "where",
        "evidence",
        "checks",
        "review",
        "reviewed",
        "owner",
        "law",
        "last verdict",
        "proof",
        "figure",
        "measured at",
    ]);
    for control in &input.resolved.spec.controls {
        let mut row = vec![
            control.id.value.to_string(),
            field(&control.about),
            list(&control.principle),
            list(&control.enforce),
            list(&control.places),
            control.evidence.iter().map(|file| file.value.as_str()).collect::<Vec<_>>().join("; "),
            criteria(&control.check),
            field(&control.review),
            field(&control.reviewed),
            field(&control.owner),
            field(&control.law),
        ];
        row.extend(proof(proofs, &control.id.value));
        table.row(row);
    }
    table
}

/// Every reference between two elements, in reading order.
fn traces(input: &Input<'_>) -> Table {
    let mut table = Table::new(&["from", "role", "to"]);
    for reference in input.resolved.references.all() {
        table.row(vec![reference.from.to_string(), reference.role.to_owned(), reference.to.to_string()]);
    }
    table
}
