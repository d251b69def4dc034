//! Asks in a terminal, or of whatever stands on standard input: one line a question, asked again until the language reads the answer.

use crate::exit::Problem;
use crate::output::print;
use charter_draft::begin::{Answers, Kind, OPEN, QUESTIONS, Question};
use std::io::BufRead;
use std::path::Path;

/// Most times that a question is asked: a script that answers wrongly for ever ends.
const ATTEMPTS_MAX: usize = 20;
/// Longest answer.
const ANSWER_MAX: usize = 2_000;

pub(super) struct Conversation {
    colour: bool,
    /// What Enter answers to `system`.
    system: String,
}

impl Conversation {
    pub(super) fn new(colour: bool) -> Self {
        Self { colour, system: "system".to_owned() }
    }

    pub(super) fn suggest_system(&mut self, folder: &Path) {
        self.system = super::system_of(folder);
    }

    fn bold(&self, text: &str) -> String {
        if self.colour { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn faint(&self, text: &str) -> String {
        if self.colour { format!("\u{1b}[2m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    /// Asks what kind of system it is.
    pub(super) fn kind(&mut self) -> Result<Kind, Problem> {
        let mut text = format!("{}\n", self.bold("What kind of system is it?"));
        for (number, kind) in Kind::ALL.iter().enumerate() {
            text.push_str(&format!("  {} {:<10} {}\n", number + 1, kind.word(), self.faint(kind.about())));
        }
        print(&text)?;
        for _ in 0..ATTEMPTS_MAX {
            let Some(answer) = line("kind")? else { continue };
            let by_number = answer.parse::<usize>().ok().and_then(|number| Kind::ALL.get(number.checked_sub(1)?).copied());
            match by_number.or_else(|| Kind::from_word(&answer)) {
                Some(kind) => return Ok(kind),
                None => print(&format!("  `{answer}` is none of them; write its number or word\n"))?,
            }
        }
        Err(Problem::Usage("no kind was chosen; nothing is written".to_owned()))
    }

    /// Asks every question of a kind that has no answer yet.
    pub(super) fn ask(&mut self, kind: Kind, answers: &mut Answers) -> Result<(), Problem> {
        let wanted: Vec<&Question> =
            QUESTIONS.iter().filter(|question| question.is_for(kind) && !answers.is_settled(question.name)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        print(&format!(
            "\n{} questions. Enter leaves one open: the charter says so, and `charter check` asks again. Ctrl-C writes nothing.\n",
            wanted.len()
        ))?;
        for (at, question) in wanted.iter().enumerate() {
            self.question(question, at + 1, wanted.len(), answers)?;
        }
        Ok(())
    }

    fn question(&mut self, question: &Question, number: usize, of: usize, answers: &mut Answers) -> Result<(), Problem> {
        let capital: String = question.asks.chars().take(1).flat_map(char::to_uppercase).chain(question.asks.chars().skip(1)).collect();
        let enter = if question.name == "system" { format!("Enter for `{}`", self.system) } else { "Enter leaves it open".to_owned() };
        let head = self.bold(&format!("{number}/{of} {capital}"));
        let why = self.faint(&format!("It determines {}.", question.determines));
        let hint = self.faint(&format!("For example `{}`; {enter}.", question.example));
        print(&format!("\n{head}\n  {why}\n  {hint}\n"))?;
        for _ in 0..ATTEMPTS_MAX {
            let Some(answer) = line(question.name)? else { continue };
            let answer = match (answer.as_str(), question.name) {
                ("", "system") => self.system.clone(),
                ("", _) => OPEN.to_owned(),
                _ => answer,
            };
            match answers.give(question.name, &answer) {
                Ok(()) => return Ok(()),
                Err(problem) => print(&format!("  {problem}\n"))?,
            }
        }
        Err(Problem::Usage(format!("`{}` was not answered in {ATTEMPTS_MAX} tries; nothing is written", question.name)))
    }
}

/// A line from standard input, without spaces at its ends; `None`, told, for one that is too long, so that what was answered before is not lost.
fn line(name: &str) -> Result<Option<String>, Problem> {
    print("> ")?;
    let mut text = String::new();
    let read = std::io::stdin()
        .lock()
        .read_line(&mut text)
        .map_err(|problem| Problem::Environment(format!("cannot read standard input: {problem}")))?;
    if read == 0 {
        let message = format!("the input ended before `{name}` was answered; nothing is written; `--yes` leaves the rest open");
        return Err(Problem::Usage(message));
    }
    if text.len() > ANSWER_MAX {
        print(&format!("  the answer to `{name}` is longer than {ANSWER_MAX} bytes; write a shorter one\n"))?;
        return Ok(None);
    }
    Ok(Some(text.trim().to_owned()))
}
