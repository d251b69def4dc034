//! A measure as an English sentence. The sentence is rendered, never parsed.

use super::ast::*;
use super::metric::{metric, percentile};

impl Measure {
    /// The measure as a clause without a full stop: `the 99th percentile of latency is below 200ms over any 28d`.
    pub fn describe(&self) -> String {
        let mut sentence = match self.comparison() {
            Some(comparison) => {
                let (subject, baseline) = (term_words(&comparison.subject), term_words(&comparison.baseline));
                format!("{subject} is better than {baseline} by {}", amount(self.operator.value, &self.value))
            }
            None => format!("{} {}", term_words(&self.term), relation(self.operator.value, &self.value)),
        };
        if let Some(window) = &self.window {
            sentence.push_str(&format!(" over any {}", window.value));
        }
        if let Some(confidence) = &self.confidence {
            sentence.push_str(&format!(", with {} confidence", confidence.value));
        }
        if !self.by.is_empty() {
            let names: Vec<&str> = self.by.iter().map(|name| name.value.as_str()).collect();
            sentence.push_str(&format!(", for each {}", names.join(" and ")));
        }
        sentence
    }

    /// `a vs b` of an uplift.
    fn comparison(&self) -> Option<&Comparison> {
        match &self.term.kind {
            TermKind::Call { function, arguments } if function.dotted() == "uplift" => match arguments.as_slice() {
                [Argument::Versus(comparison)] => Some(comparison),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Criterion {
    /// The criterion as a clause; prose as it was written.
    pub fn describe(&self) -> String {
        match &self.kind {
            CriterionKind::Measure(measure) => measure.describe(),
            CriterionKind::Requirement { id, proof: Some(proof), .. } => format!("`{}` holds, proved by {}", id.value, proof.word()),
            CriterionKind::Requirement { id, .. } => format!("`{}` holds", id.value),
            CriterionKind::Term(term) => format!("{} is true", term_words(term)),
            CriterionKind::Every(every) => every.describe(),
            CriterionKind::Else => "nothing else applies".to_owned(),
            CriterionKind::Text | CriterionKind::Unreadable => self.text.to_string(),
        }
    }
}

impl Every {
    /// `every control is evidenced`.
    pub fn describe(&self) -> String {
        let subject = match self.subject {
            Subject::Quality => "quality scenario",
            Subject::Constraint => "constraint",
            Subject::Control => "control",
            Subject::Rung => "rung",
            Subject::Contract => "data contract",
            Subject::UpstreamContract => "upstream data contract",
            Subject::Model => "model",
            Subject::Risk => "risk",
        };
        let state = match self.state {
            EveryState::Checked => "is checked".to_owned(),
            EveryState::Evidenced => "has fresh evidence".to_owned(),
            EveryState::Exercised => "was tried on purpose".to_owned(),
            EveryState::Signed => "is signed".to_owned(),
            EveryState::Proved(None) => "is proved".to_owned(),
            EveryState::Proved(Some(proof)) => format!("is proved by {}", proof.word()),
            EveryState::Compared => "beats its heuristic".to_owned(),
            EveryState::Mitigated => "has an owner and a mitigation".to_owned(),
        };
        format!("every {subject} {state}")
    }
}

fn path_words(path: &Path) -> String {
    let name = metric(path).map_or_else(|| path.dotted().replace(['.', '_'], " "), |metric| metric.words.to_owned());
    match path.cutoff {
        Some(cutoff) => format!("{name} at {cutoff}"),
        None => name,
    }
}

fn term_words(term: &Term) -> String {
    match &term.kind {
        TermKind::Path(path) => path_words(path),
        TermKind::At { metric, condition } => format!("{} where {}", path_words(&metric.value), condition_words(condition)),
        TermKind::Call { function, arguments } => call_words(&function.value, arguments),
    }
}

fn call_words(function: &Path, arguments: &[Argument]) -> String {
    let list = arguments.iter().map(argument_words).collect::<Vec<_>>().join(" and ");
    if let Some(percentile) = percentile(function) {
        return format!("the {} of {list}", ordinal_percentile(percentile));
    }
    match (function.dotted().as_str(), arguments) {
        ("ratio" | "share", [Argument::Predicate(condition)]) => format!("the share of calls where {}", condition_words(condition)),
        ("ratio" | "share", _) => format!("the share of {list}"),
        ("max", _) => format!("the highest {list}"),
        ("min", _) => format!("the lowest {list}"),
        ("avg" | "mean", _) => format!("the mean {list}"),
        ("sum", _) => format!("the sum of {list}"),
        ("count", _) => format!("the number of {list}"),
        ("all", _) => format!("every {list}"),
        ("any", _) => format!("some {list}"),
        ("uplift", _) => format!("the uplift of {list}"),
        ("agreement", _) => format!("the agreement of {list}"),
        ("roadmap.end", _) => format!("the end of {list}"),
        ("risks.open", _) => format!("the number of open {list} risks"),
        _ => format!("{} of {list}", path_words(function)),
    }
}

fn argument_words(argument: &Argument) -> String {
    match argument {
        Argument::Term(term) => term_words(term),
        Argument::Predicate(condition) => condition_words(condition),
        Argument::Versus(comparison) => format!("{} over {}", term_words(&comparison.subject), term_words(&comparison.baseline)),
        Argument::Value(value) => value_words(value),
    }
}

fn condition_words(condition: &Condition) -> String {
    format!("{} {}", term_words(&condition.term), relation(condition.operator.value, &condition.value))
}

fn relation(operator: Operator, value: &Value) -> String {
    let words = match operator {
        Operator::Less => "is below",
        Operator::AtMost => "is at most",
        Operator::Greater => "is above",
        Operator::AtLeast => "is at least",
        Operator::Equal => "is",
        Operator::NotEqual => "is not",
        Operator::In => "is in",
    };
    format!("{words} {}", value_words(value))
}

fn amount(operator: Operator, value: &Value) -> String {
    let value = value_words(value);
    match operator {
        Operator::Less => format!("less than {value}"),
        Operator::AtMost => format!("at most {value}"),
        Operator::Greater => format!("more than {value}"),
        Operator::AtLeast => format!("at least {value}"),
        Operator::Equal | Operator::In => value,
        Operator::NotEqual => format!("another amount than {value}"),
    }
}

fn value_words(value: &Value) -> String {
    match &value.kind {
        ValueKind::Quantity(quantity) => quantity.to_string(),
        ValueKind::Path(path) if path.names.len() > 1 => format!("the {}", path_words(path)),
        ValueKind::Path(path) => path.to_string(),
        ValueKind::List(values) => values.iter().map(value_words).collect::<Vec<_>>().join(" or "),
    }
}

/// `99th percentile`, `99.9th percentile`, `median`.
fn ordinal_percentile(percentile: f64) -> String {
    if percentile == 50.0 {
        return "median".to_owned();
    }
    let text = percentile.to_string();
    let ending = match text.as_bytes() {
        [.., b'1', _] | [.., b'.', _] => "th",
        [.., b'1'] => "st",
        [.., b'2'] => "nd",
        [.., b'3'] => "rd",
        _ => "th",
    };
    format!("{text}{ending} percentile")
}
