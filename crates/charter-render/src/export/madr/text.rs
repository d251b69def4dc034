//! The text of a record that is made from the charter.
//!
//! What MADR has no heading for (weights, scores, requirements, risks, when to think again) is shown under "More Information", for people. Ids of options
//! and consequences that their words do not give are carried in comments, which no reader sees and our importer reads.

use super::super::document::{Map, Value};
use charter_draft::madr::Kept;
use charter_spec::ast::{Consequence, Decision, DecisionOption, Scores};
use charter_spec::names::Entry;
use std::collections::HashMap;
use std::fmt::Write;

/// The text of a record. `places` says under which name the records of other decisions stand, `kept` what only the record by hand says.
pub(super) fn record(decision: &Entry<Decision>, places: &HashMap<String, String>, kept: &[Kept]) -> String {
    let mut text = front(decision);
    let title = decision.title.as_ref().or(decision.question.as_ref()).map_or(decision.id.value.as_str(), |title| &title.value);
    let _ = writeln!(text, "# {}", line(title));
    let mut context = decision.context.as_ref().map(|context| context.value.clone()).unwrap_or_default();
    if let Some(question) = &decision.question
        && !context.contains(&question.value)
    {
        context = format!("{context}\n{}", question.value);
    }
    section(&mut text, 2, "Context and Problem Statement", &prose(context.trim()));
    section(&mut text, 2, "Decision Drivers", &items(decision.drivers.iter().map(|driver| line(&driver.value))));
    let options: Vec<(&Entry<DecisionOption>, Told)> = decision.options.iter().map(|option| (option, Told::of(option))).collect();
    section(&mut text, 2, "Considered Options", &items(options.iter().map(|(_, told)| told.heading())));
    outcome(&mut text, decision, &options);
    section(&mut text, 3, "Consequences", &items(decision.consequences.iter().map(consequence)));
    section(
        &mut text,
        3,
        "Confirmation",
        &decision.confirmation.as_ref().map(|confirmation| prose(&confirmation.value)).unwrap_or_default(),
    );
    arguments(&mut text, &options);
    let told = kept.iter().filter(|kept| !kept.is_more).map(|kept| kept.text.as_str());
    for section in told {
        let _ = write!(text, "\n{section}\n");
    }
    more(&mut text, decision, places, kept);
    text
}

/// Status, date, people and facts, as front matter.
fn front(decision: &Decision) -> String {
    let joined = |list: &charter_spec::List<String>| list.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ");
    let named = |text: String| Some(text).filter(|text| !text.is_empty());
    let mut map = Map::new()
        .some("status", decision.status.as_ref().map(|status| status.value.word()))
        .some("date", decision.date.as_ref().map(|date| date.value.to_string()))
        .some("decision-makers", named(joined(&decision.deciders)).or_else(|| decision.owner.as_ref().map(|owner| owner.value.to_string())))
        .some("consulted", named(joined(&decision.consulted)))
        .some("informed", named(joined(&decision.informed)));
    // A fact whose name is one of a header's would be read as that.
    for fact in decision.facts.iter().filter(|fact| !charter_draft::madr::is_field(fact.id.value.as_str())) {
        map = map.set(fact.id.value.as_str(), fact.value.value.as_str());
    }
    let yaml = Value::Map(map).yaml();
    if yaml.trim().is_empty() || yaml.trim() == "{}" { String::new() } else { format!("---\n{}\n---\n\n", yaml.trim_end()) }
}

/// What an option is called, and what is said of it.
struct Told {
    title: String,
    about: String,
    /// Whether the title does not give the id.
    id: Option<String>,
    chosen: bool,
}

impl Told {
    fn of(option: &Entry<DecisionOption>) -> Self {
        let id = option.id.value.as_str();
        let about = option.about.as_ref().map(|about| about.value.as_str()).unwrap_or_default();
        let (first, rest) = about.split_once('\n').unwrap_or((about, ""));
        let chosen = option.chosen.as_ref().is_some_and(|chosen| chosen.value);
        // The first line of what is said is the title where the id was made from it.
        if !first.is_empty() && first.chars().count() <= 120 && gives(first, id, usize::MAX) {
            // What stands behind a dash would be read as a description.
            let id = [" - ", " – ", " — "].iter().any(|dash| first.contains(dash)).then(|| id.to_owned());
            return Self { title: first.to_owned(), about: rest.to_owned(), id, chosen };
        }
        Self { title: id.to_owned(), about: about.to_owned(), id: (!gives(id, id, usize::MAX)).then(|| id.to_owned()), chosen }
    }

    fn heading(&self) -> String {
        let id = self.id.as_ref().map(|id| format!(" <!-- id: {id} -->")).unwrap_or_default();
        format!("{}{id}", line(&self.title))
    }
}

fn outcome(text: &mut String, decision: &Decision, options: &[(&Entry<DecisionOption>, Told)]) {
    let rationale = decision.rationale.as_ref().map(|rationale| rationale.value.as_str()).unwrap_or_default();
    let chosen = options.iter().find(|(_, told)| told.chosen).map(|(_, told)| told);
    let body = match chosen {
        Some(told) => {
            let title = line(&told.title);
            let (open, close) = if title.contains('"') { ("“", "”") } else { ("\"", "\"") };
            let (first, rest) = rationale.split_once('\n').unwrap_or((rationale, ""));
            let is_sentence = !first.is_empty() && !first.starts_with("- ") && !first.starts_with("```");
            if is_sentence {
                format!("Chosen option: {open}{title}{close}, because {}\n\n{}", line(first), prose(rest))
            } else {
                format!("Chosen option: {open}{title}{close}\n\n{}", prose(rationale))
            }
        }
        None => prose(rationale),
    };
    // The heading stands even over nothing where something below belongs under it.
    let has_parts = !decision.consequences.is_empty() || decision.confirmation.is_some();
    if body.trim().is_empty() && has_parts {
        text.push_str("\n## Decision Outcome\n");
        return;
    }
    section(text, 2, "Decision Outcome", &body);
}

fn consequence(entry: &Entry<Consequence>) -> String {
    let about = entry.about.as_ref().map_or(entry.id.value.as_str(), |about| about.value.as_str());
    let words: Vec<&str> = about.split_whitespace().take(7).collect();
    let id = if gives(&words.join(" "), &entry.id.value, 40) { String::new() } else { format!(" <!-- id: {} -->", entry.id.value) };
    let side = match entry.good.as_ref().map(|good| good.value) {
        Some(true) => "Good, because ",
        Some(false) => "Bad, because ",
        // Words that would be read as a side are told apart from one.
        None if starts_as_side(about) => "Neutral, because ",
        None => "",
    };
    format!("{side}{}{id}", line(about))
}

fn starts_as_side(text: &str) -> bool {
    let first: String = text.chars().take_while(|letter| letter.is_alphabetic()).collect::<String>().to_lowercase();
    !first.is_ascii()
        || ["good", "bad", "neutral", "positive", "negative", "pro", "con", "pros", "cons", "advantage", "disadvantage", ""]
            .contains(&first.as_str())
}

fn arguments(text: &mut String, options: &[(&Entry<DecisionOption>, Told)]) {
    let told = |(option, told): &&(&Entry<DecisionOption>, Told)| {
        !told.about.is_empty() || !option.pros.is_empty() || !option.cons.is_empty() || option.because_not.is_some()
    };
    if !options.iter().any(|option| told(&option)) {
        return;
    }
    text.push_str("\n## Pros and Cons of the Options\n");
    for (option, said) in options.iter().filter(told) {
        let mut body = prose(&said.about);
        let good = option.pros.iter().map(|pro| format!("Good, because {}", line(&pro.value)));
        let bad = option.cons.iter().map(|con| format!("Bad, because {}", line(&con.value)));
        let not = option.because_not.iter().map(|reason| format!("Not chosen, because {}", line(&reason.value)));
        let list = items(good.chain(bad).chain(not));
        if !body.is_empty() && !list.is_empty() {
            body.push('\n');
        }
        section(text, 3, &said.heading(), &format!("{body}{list}"));
    }
}

/// What MADR has no heading for.
fn more(text: &mut String, decision: &Decision, places: &HashMap<String, String>, kept: &[Kept]) {
    let place = |id: &str| places.get(id).cloned().unwrap_or_else(|| format!("{id}.md"));
    let mut list: Vec<String> = Vec::new();
    for (words, others) in [("Supersedes", &decision.supersedes), ("Related to", &decision.related)] {
        list.extend(others.iter().map(|other| format!("{words} [{}]({})", other.value.as_str(), place(other.value.as_str()))));
    }
    if let Some(other) = &decision.superseded_by {
        list.push(format!("Superseded by [{}]({})", other.value.as_str(), place(other.value.as_str())));
    }
    let named = |what: &str, names: Vec<String>| (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")));
    list.extend(named("Answers:", decision.answers.iter().map(|requirement| format!("`{}`", requirement.value)).collect()));
    list.extend(named("Carries the risks:", decision.accepts.iter().map(|risk| format!("`{}`", risk.value)).collect()));
    list.extend(decision.mode.as_ref().map(|mode| format!("Build, buy or adapt: {}", mode.value)));
    if let Some(revisit) = &decision.revisit {
        list.extend(revisit.value.by.as_ref().map(|by| format!("Thought about again by {}", by.value)));
        list.extend(revisit.value.condition.iter().map(|condition| format!("Thought about again when `{}`", condition.value.text)));
    }
    let mut body = items(list.into_iter());
    let table = matrix(decision);
    if !table.is_empty() {
        let _ = write!(body, "{}{table}", if body.is_empty() { "" } else { "\n" });
    }
    for kept in kept.iter().filter(|kept| kept.is_more) {
        let told = kept.text.split_once('\n').map_or("", |(_, told)| told.trim_matches(['\r', '\n']));
        let _ = writeln!(body, "{}{told}", if body.is_empty() { "" } else { "\n" });
    }
    section(text, 2, "More Information", &body);
}

/// Weights and scores as a table.
fn matrix(decision: &Decision) -> String {
    if decision.criteria.is_empty() {
        return String::new();
    }
    let mut table = String::from("| option |");
    for criterion in &decision.criteria {
        let _ = write!(table, " {} ({}) |", criterion.id.value, criterion.value.value);
    }
    let _ = write!(table, "\n|---|{}\n", "---|".repeat(decision.criteria.len()));
    for option in &decision.options {
        let _ = write!(table, "| {} |", option.id.value);
        for (at, criterion) in decision.criteria.iter().enumerate() {
            let score = match option.scores.as_ref().map(|scores| &scores.value) {
                Some(Scores::InOrder(scores)) => scores.get(at).map(|score| score.value.to_string()),
                Some(Scores::ByCriterion(scores)) => scores.get(&criterion.id.value).map(ToString::to_string),
                None => None,
            };
            let _ = write!(table, " {} |", score.unwrap_or_default());
        }
        table.push('\n');
    }
    table
}

fn section(text: &mut String, level: usize, title: &str, body: &str) {
    if !body.trim().is_empty() {
        let _ = write!(text, "\n{} {title}\n\n{}\n", "#".repeat(level), body.trim_end());
    }
}

fn items(items: impl Iterator<Item = String>) -> String {
    items.map(|item| format!("* {item}\n")).collect()
}

/// Text of several lines: each a paragraph, lines with a dash a list, fenced code as it is.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut fenced = false;
    let mut in_list = false;
    for raw in text.lines() {
        let is_fence = raw.trim_start().starts_with("```") || raw.trim_start().starts_with("~~~");
        if fenced || is_fence {
            if is_fence && !fenced && !out.is_empty() {
                out.push('\n');
            }
            let _ = writeln!(out, "{raw}");
            fenced ^= is_fence;
            in_list = false;
            continue;
        }
        if raw.trim().is_empty() {
            continue;
        }
        let item = raw.strip_prefix("- ");
        if !(out.is_empty() || in_list && item.is_some()) {
            out.push('\n');
        }
        match item {
            Some(item) => drop(writeln!(out, "* {}", line(item))),
            None if raw.starts_with('|') => drop(writeln!(out, "{raw}")),
            None => drop(writeln!(out, "{}", line(raw))),
        }
        in_list = item.is_some();
    }
    if fenced {
        out.push_str("```\n");
    }
    out
}

/// A text on one line whose signs mean nothing to Markdown.
fn line(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::with_capacity(words.len());
    let mut before = ' ';
    let mut rest = words.chars().peekable();
    while let Some(letter) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        let is_sign = match letter {
            '\\' => next.is_ascii_punctuation(),
            '*' | '`' | '[' => true,
            '_' => !(before.is_alphanumeric() && next.is_alphanumeric()),
            '<' => next == '!',
            '#' | '>' | '+' | '-' | '=' | '|' | '~' => out.is_empty(),
            '.' | ')' => !out.is_empty() && out.len() <= 3 && out.bytes().all(|byte| byte.is_ascii_digit()) && next == ' ',
            _ => false,
        };
        if is_sign {
            out.push('\\');
        }
        out.push(letter);
        before = letter;
    }
    out
}

/// Whether a title gives an id by its words alone, cut to a length.
fn gives(title: &str, id: &str, most: usize) -> bool {
    let mut made = String::new();
    for letter in title.chars() {
        if letter.is_ascii_alphanumeric() {
            made.push(letter.to_ascii_lowercase());
        } else if !letter.is_ascii() {
            return false;
        } else if letter != '\'' && !made.is_empty() && !made.ends_with('-') {
            made.push('-');
        }
    }
    let made = made.trim_end_matches('-');
    made == id && made.len() <= most.min(64)
}
