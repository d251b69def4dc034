//! Answers by question, as they are given and recorded.

use super::question::{Kind, QUESTIONS, Question, question};
use crate::document::scalar;
use charter_spec::quantity::parse_quantity;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What stands for an answer that is not known.
pub const OPEN: &str = "unknown";

/// Answers that were read; a question without one is open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    given: BTreeMap<&'static str, String>,
    /// Questions that were answered with "unknown": they are not asked again.
    open: Vec<&'static str>,
}

impl Answers {
    /// Reads and takes an answer; `unknown`, `?` and `-` leave the question open.
    ///
    /// # Errors
    /// There is no such question, or the language does not read the answer.
    pub fn give(&mut self, name: &str, answer: &str) -> Result<(), String> {
        let Some(question) = question(name) else {
            let near = charter_spec::names::nearest(name, QUESTIONS.iter().map(|question| question.name));
            let help = near.map_or_else(|| "`charter init --questions` lists them".to_owned(), |near| format!("did you mean `{near}`?"));
            return Err(format!("there is no question `{name}`; {help}"));
        };
        if matches!(answer.trim(), OPEN | "?" | "-") {
            self.given.remove(question.name);
            self.open.push(question.name);
            return Ok(());
        }
        let read = question.read(answer).map_err(|problem| format!("`{}` is no answer to `{name}`: {problem}", answer.trim()))?;
        self.agrees(question.name, &read)?;
        self.given.insert(question.name, read);
        Ok(())
    }

    /// Whether an answer can be true beside those that are given.
    fn agrees(&self, name: &str, answer: &str) -> Result<(), String> {
        let (peak, average) = match name {
            "peak" => (Some(answer), self.get("average")),
            "average" => (self.get("peak"), Some(answer)),
            _ => return Ok(()),
        };
        let rate = |text: &str| parse_quantity(text).ok().map(|rate| rate.base);
        match (peak, average) {
            (Some(peak), Some(average)) if rate(peak).zip(rate(average)).is_some_and(|(peak, average)| average > peak) => {
                Err(format!("an average of `{average}` cannot be more than the peak of `{peak}`; the larger of the two is the peak"))
            }
            _ => Ok(()),
        }
    }

    /// Takes an answer where none is given yet.
    pub fn suggest(&mut self, name: &'static str, answer: &str) {
        if !self.is_settled(name) {
            drop(self.give(name, answer));
        }
    }

    /// The answer to a question.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.given.get(name).map(String::as_str)
    }

    /// Whether a question needs no more asking.
    pub fn is_settled(&self, name: &str) -> bool {
        self.given.contains_key(name) || self.open.contains(&name)
    }

    /// The questions for a kind of system that have no answer.
    pub fn open(&self, kind: Kind) -> impl Iterator<Item = &'static Question> + '_ {
        QUESTIONS.iter().filter(move |question| question.is_for(kind) && !self.given.contains_key(question.name))
    }

    /// The answers as a file that `charter init --answers` takes.
    pub fn record(&self, kind: Kind) -> String {
        let mut text = String::from("# What was answered when this charter was begun; `charter init --answers FILE` takes it again.\n");
        let _ = writeln!(text, "kind: {}", kind.word());
        for question in QUESTIONS.iter().filter(|question| question.is_for(kind)) {
            let _ = writeln!(text, "\n# {} It determines {}.", capital(question.asks), question.determines);
            let _ = writeln!(
                text,
                "{}: {}",
                question.name,
                self.get(question.name).map_or_else(|| OPEN.to_owned(), |answer| scalar(answer, false))
            );
        }
        text
    }
}

/// The text with a capital letter at its start.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_average_is_no_more_than_the_peak_whichever_comes_first() {
        let mut answers = Answers::default();
        answers.give("peak", "500 rps").unwrap();
        assert!(answers.give("average", "30_001/min").is_err_and(|problem| problem.contains("cannot be more than the peak of `500 rps`")));
        assert_eq!(answers.get("average"), None);
        answers.give("average", "30_000/min").unwrap();
        assert!(answers.give("peak", "499 rps").is_err());
        assert_eq!(answers.get("peak"), Some("500 rps"));
        answers.give("peak", "unknown").unwrap();
        answers.give("average", "900 rps").unwrap();
    }
}
