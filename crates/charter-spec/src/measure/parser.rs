//! From words to measures and criteria.
//!
//! Checking dimensions belongs to `dimensions`; that named requirements exist, to the reader.

use super::ast::*;
use super::lexer::{Token, Word, lex};
use crate::diagnostic::Code;
use crate::names::{Id, SectionName, Target, nearest, target};
use crate::quantity::{Dimension, Duration, Quantity, Share};
use crate::source::{Span, Spanned};

/// Deepest nesting of functions.
const DEPTH_MAX: usize = 16;

/// Why a text is no measure, with the byte range inside the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasureError {
    /// The code it is reported under.
    pub code: Code,
    /// What is wrong, lowercase.
    pub message: String,
    /// One way out.
    pub help: Option<String>,
    /// First byte of what is wrong.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
}

impl MeasureError {
    pub(super) fn new(message: impl Into<String>, start: usize, end: usize) -> Self {
        Self { code: Code::Measure, message: message.into(), help: None, start, end }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Where a criterion stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// Under `measure`: a single word is a metric.
    Measure,
    /// In a gate, a check or a watch: a single word is a requirement.
    Gate,
}

/// Reads a text as a measure. `place` gives the span of a byte range of the text.
///
/// # Errors
/// When it does not follow the grammar; the error says what was expected.
pub fn parse_measure(text: &str, place: &dyn Fn(usize, usize) -> Span) -> Result<Measure, MeasureError> {
    let mut parser = MeasureParser { tokens: lex(text)?, at: 0, length: text.len(), place };
    let term = parser.term(0)?;
    parser.measure(term)
}

/// Reads a text as whatever may stand in a gate. Prose is no error: it is [`CriterionKind::Text`], and lint says what it thinks of it.
///
/// # Errors
/// When it is meant as a measure and does not follow the grammar.
pub fn parse_criterion(text: &str, position: Position, place: &dyn Fn(usize, usize) -> Span) -> Result<CriterionKind, MeasureError> {
    if text.trim() == "else" {
        return Ok(CriterionKind::Else);
    }
    let tokens = match lex(text) {
        Ok(tokens) => tokens,
        Err(_) if is_prose(text) => return Ok(CriterionKind::Text),
        Err(error) => return Err(error),
    };
    if let Some(kind) = requirement(&tokens, position, place)? {
        return Ok(kind);
    }
    if starts_with_every(&tokens) {
        return Ok(every(&tokens).map_or(CriterionKind::Text, CriterionKind::Every));
    }
    let mut parser = MeasureParser { tokens, at: 0, length: text.len(), place };
    let measure = parser.term(0).and_then(|term| {
        if parser.peek().is_none() {
            Ok(CriterionKind::Term(term))
        } else {
            parser.measure(term).map(|measure| CriterionKind::Measure(Box::new(measure)))
        }
    });
    match measure {
        Err(_) if is_prose(text) => Ok(CriterionKind::Text),
        result => result,
    }
}

/// Whether a text that is no measure was meant as prose: it starts with two bare words, or with a requirement and more words.
fn is_prose(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let is_word = |word: &str| word.chars().all(|character| character.is_alphanumeric() || "-_'’.,;:".contains(character));
    let (Some(first), Some(second)) = (words.next(), words.next()) else { return false };
    let grammar = matches!(second, "at" | "in" | "over" | "vs" | "by");
    is_word(first) && ((is_word(second) && !grammar) || (second.starts_with('@') && words.next().is_some()))
}

fn name(token: Option<&Token>) -> Option<&str> {
    match token {
        Some(Token { word: Word::Name(name), .. }) => Some(name),
        _ => None,
    }
}

/// `id`, `section.id`, `id @proof`.
fn requirement(tokens: &[Token], position: Position, place: &dyn Fn(usize, usize) -> Span) -> Result<Option<CriterionKind>, MeasureError> {
    let (first, proof) = match tokens {
        [first] => (first, None),
        [first, Token { word: Word::At, .. }, proof @ Token { word: Word::Name(_), .. }] => (first, Some(proof)),
        _ => return Ok(None),
    };
    let Some(text) = name(Some(first)) else { return Ok(None) };
    if position == Position::Measure && proof.is_none() {
        return Ok(None);
    }
    let (section, id) = match text.split_once('.') {
        Some((section, id)) => match SectionName::from_key(section).filter(|found| target::Requirement::SECTIONS.contains(found)) {
            Some(section) => (Some(section), id),
            None => return Ok(None),
        },
        None => (None, text),
    };
    let Ok(id) = Id::new(id) else { return Ok(None) };
    let proof = match proof {
        Some(token) => Some(Spanned::new(proof_of(token)?, place(token.start, token.end))),
        None => None,
    };
    Ok(Some(CriterionKind::Requirement { id: Spanned::new(id, place(first.start, first.end)), section, proof }))
}

fn proof_of(token: &Token) -> Result<Proof, MeasureError> {
    let word = name(Some(token)).unwrap_or("");
    Proof::from_word(word).ok_or_else(|| {
        let known: Vec<&str> = Proof::ALL.iter().map(|proof| proof.word()).collect();
        let error = MeasureError::new(format!("`{word}` is no kind of proof"), token.start, token.end);
        match nearest(word, known.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("known here: {}", known.join(", "))),
        }
    })
}

fn starts_with_every(tokens: &[Token]) -> bool {
    name(tokens.first()) == Some("every")
}

/// `every [upstream] SUBJECT STATE` or `every SUBJECT @PROOF`.
fn every(tokens: &[Token]) -> Option<Every> {
    let mut rest = tokens.get(1..)?;
    let upstream = name(rest.first()) == Some("upstream");
    if upstream {
        rest = rest.get(1..)?;
    }
    let subject = match (name(rest.first())?, upstream) {
        ("contract" | "contracts", true) => Subject::UpstreamContract,
        ("contract" | "contracts", false) => Subject::Contract,
        (_, true) => return None,
        ("quality" | "scenario" | "requirement", _) => Subject::Quality,
        ("constraint", _) => Subject::Constraint,
        ("control", _) => Subject::Control,
        ("rung", _) => Subject::Rung,
        ("model", _) => Subject::Model,
        ("risk", _) => Subject::Risk,
        _ => return None,
    };
    let state = match rest.get(1..)? {
        [Token { word: Word::At, .. }, proof] => EveryState::Proved(Some(Proof::from_word(name(Some(proof))?)?)),
        [state] => match name(Some(state))? {
            "checked" => EveryState::Checked,
            "evidenced" => EveryState::Evidenced,
            "exercised" => EveryState::Exercised,
            "signed" => EveryState::Signed,
            "proved" => EveryState::Proved(None),
            "compared" => EveryState::Compared,
            "mitigated" => EveryState::Mitigated,
            _ => return None,
        },
        _ => return None,
    };
    Some(Every { subject, state })
}

struct MeasureParser<'a> {
    tokens: Vec<Token>,
    at: usize,
    length: usize,
    place: &'a dyn Fn(usize, usize) -> Span,
}

impl MeasureParser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn peek_name(&self) -> Option<&str> {
        name(self.peek())
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn eat(&mut self, word: &Word) -> bool {
        let found = self.peek().is_some_and(|token| token.word == *word);
        self.at += usize::from(found);
        found
    }

    fn eat_name(&mut self, wanted: &str) -> bool {
        let found = self.peek_name() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn start(&self) -> usize {
        self.peek().map_or(self.length, |token| token.start)
    }

    fn end(&self) -> usize {
        self.at.checked_sub(1).and_then(|last| self.tokens.get(last)).map_or(0, |token| token.end)
    }

    fn span_from(&self, start: usize) -> Span {
        (self.place)(start, self.end())
    }

    fn expected(&self, what: &str) -> MeasureError {
        match self.peek() {
            Some(token) => MeasureError::new(format!("expected {what} here"), token.start, token.end),
            None => MeasureError::new(format!("expected {what} at the end"), self.length, self.length),
        }
    }

    fn measure(&mut self, term: Term) -> Result<Measure, MeasureError> {
        let operator = self.operator()?;
        let value = self.value(0)?;
        let mut measure =
            Measure { span: (self.place)(0, self.length), term, operator, value, window: None, confidence: None, by: Vec::new() };
        while self.peek().is_some() {
            let start = self.start();
            if measure.window.is_none() && self.eat_name("over") {
                let quantity = self.quantity("a window such as `28d`", |dimension| dimension == Dimension::Time)?;
                measure.window = Some(quantity.map(Duration));
            } else if measure.confidence.is_none() && self.eat_name("at") {
                let fits = |dimension| matches!(dimension, Dimension::Ratio | Dimension::Count);
                let quantity = self.quantity("a confidence such as `95%`", fits)?;
                if !(0.0..1.0).contains(&quantity.base) {
                    return Err(MeasureError::new("a confidence lies between 0 and 100 %", start, self.end()));
                }
                if !self.eat_name("confidence") {
                    return Err(self.expected("`confidence`"));
                }
                measure.confidence = Some(quantity.map(Share));
            } else if measure.by.is_empty() && self.eat_name("by") {
                measure.by = self.dimensions()?;
            } else {
                return Err(self.expected("`over`, `at`, `by` or the end"));
            }
        }
        Ok(measure)
    }

    fn dimensions(&mut self) -> Result<Vec<Spanned<String>>, MeasureError> {
        let mut names = Vec::new();
        loop {
            let start = self.start();
            let Some(name) = self.peek_name().map(str::to_owned) else { return Err(self.expected("a column such as `class`")) };
            self.at += 1;
            names.push(Spanned::new(name, self.span_from(start)));
            if !self.eat(&Word::Comma) {
                return Ok(names);
            }
        }
    }

    fn operator(&mut self) -> Result<Spanned<Operator>, MeasureError> {
        let start = self.start();
        let Some(Token { word: Word::Operator(operator), .. }) = self.peek() else {
            return Err(self.expected("an operator such as `<` or `>=`"));
        };
        let operator = *operator;
        self.at += 1;
        Ok(Spanned::new(operator, self.span_from(start)))
    }

    fn quantity(&mut self, what: &str, fits: impl Fn(Dimension) -> bool) -> Result<Spanned<Quantity>, MeasureError> {
        let start = self.start();
        match self.peek() {
            Some(Token { word: Word::Quantity(quantity), .. }) if fits(quantity.dimension()) => {
                let quantity = quantity.clone();
                self.at += 1;
                Ok(Spanned::new(quantity, self.span_from(start)))
            }
            _ => Err(self.expected(what)),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, MeasureError> {
        let start = self.start();
        let kind = match self.next() {
            Some(Token { word: Word::Quantity(quantity), .. }) => ValueKind::Quantity(quantity),
            Some(Token { word: Word::Name(name), .. }) => ValueKind::Path(self.path(&name)?),
            Some(Token { word: Word::OpenList, .. }) if depth == 0 => {
                let mut values = vec![self.value(1)?];
                while self.eat(&Word::Comma) {
                    values.push(self.value(1)?);
                }
                if !self.eat(&Word::CloseList) {
                    return Err(self.expected("`]`"));
                }
                ValueKind::List(values)
            }
            found => {
                self.at -= usize::from(found.is_some());
                return Err(self.expected("a value such as `200ms`, `99.9%` or a name"));
            }
        };
        Ok(Value { kind, span: self.span_from(start) })
    }

    /// The path of a name that was just taken, with its cut-off.
    fn path(&mut self, name: &str) -> Result<Path, MeasureError> {
        let names = name.split('.').map(Box::from).collect();
        let cutoff = if self.eat(&Word::At) {
            let start = self.start();
            let quantity = self.quantity("a cut-off such as `10`", |dimension| dimension == Dimension::Count)?;
            let cutoff: Option<u32> = quantity.text.parse().ok().filter(|cutoff| *cutoff > 0);
            Some(cutoff.ok_or_else(|| MeasureError::new("a cut-off is a whole number above 0", start, self.end()))?)
        } else {
            None
        };
        Ok(Path { names, cutoff })
    }

    fn term(&mut self, depth: usize) -> Result<Term, MeasureError> {
        if depth > DEPTH_MAX {
            return Err(MeasureError::new("functions are nested too deep", self.start(), self.length));
        }
        let start = self.start();
        let Some(name) = self.peek_name().map(str::to_owned) else {
            return Err(self.expected("a metric such as `p99(latency)` or `cost.total`"));
        };
        self.at += 1;
        let path = self.path(&name)?;
        let path_span = self.span_from(start);
        if path.cutoff.is_none() && self.eat(&Word::Open) {
            let arguments = self.arguments(depth)?;
            let kind = TermKind::Call { function: Spanned::new(path, path_span), arguments };
            return Ok(Term { kind, span: self.span_from(start) });
        }
        if self.peek_name() == Some("at") {
            self.at += 1;
            let condition = self.condition(depth)?;
            let kind = TermKind::At { metric: Spanned::new(path, path_span), condition: Box::new(condition) };
            return Ok(Term { kind, span: self.span_from(start) });
        }
        Ok(Term { kind: TermKind::Path(path), span: path_span })
    }

    fn condition(&mut self, depth: usize) -> Result<Condition, MeasureError> {
        let term = self.term(depth + 1)?;
        let operator = self.operator()?;
        let value = self.value(0)?;
        Ok(Condition { term, operator, value })
    }

    fn arguments(&mut self, depth: usize) -> Result<Vec<Argument>, MeasureError> {
        let mut arguments = Vec::new();
        if self.eat(&Word::Close) {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.argument(depth)?);
            if self.eat(&Word::Close) {
                return Ok(arguments);
            }
            if !self.eat(&Word::Comma) {
                return Err(self.expected("`,` or `)`"));
            }
        }
    }

    fn argument(&mut self, depth: usize) -> Result<Argument, MeasureError> {
        if matches!(self.peek(), Some(Token { word: Word::Quantity(_), .. })) {
            return self.value(0).map(Argument::Value);
        }
        let term = self.term(depth + 1)?;
        if self.eat_name("vs") || self.eat_name("over") {
            let baseline = self.term(depth + 1)?;
            return Ok(Argument::Versus(Comparison { subject: term, baseline }));
        }
        if matches!(self.peek(), Some(Token { word: Word::Operator(_), .. })) {
            let operator = self.operator()?;
            let value = self.value(0)?;
            return Ok(Argument::Predicate(Condition { term, operator, value }));
        }
        Ok(Argument::Term(term))
    }
}
