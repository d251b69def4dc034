//! The words of a measure: names, quantities and signs, with their byte ranges.

use super::ast::Operator;
use super::parser::MeasureError;
use crate::diagnostic::Code;
use crate::quantity::{Quantity, Unit, number_end, parse_quantity};

/// Most words in a measure.
const TOKENS_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// A name or dotted path.
    Name(String),
    Quantity(Quantity),
    Operator(Operator),
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    At,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) word: Word,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Splits a text into words.
pub(super) fn lex(text: &str) -> Result<Vec<Token>, MeasureError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if character.is_whitespace() {
            at += character.len_utf8();
            continue;
        }
        if tokens.len() >= TOKENS_MAX {
            return Err(MeasureError::new("a measure has at most 200 words", at, text.len()));
        }
        let token = next(text, at, character)?;
        at = token.end;
        tokens.push(token);
    }
    Ok(tokens)
}

fn next(text: &str, start: usize, first: char) -> Result<Token, MeasureError> {
    let rest = text.get(start..).unwrap_or("");
    let token = |word, length: usize| Ok(Token { word, start, end: start + length });
    match first {
        '(' => return token(Word::Open, 1),
        ')' => return token(Word::Close, 1),
        '[' => return token(Word::OpenList, 1),
        ']' => return token(Word::CloseList, 1),
        ',' => return token(Word::Comma, 1),
        '@' => return token(Word::At, 1),
        _ => {}
    }
    for (sign, operator) in [
        ("<=", Operator::AtMost),
        (">=", Operator::AtLeast),
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
    ] {
        if rest.starts_with(sign) {
            return token(Word::Operator(operator), sign.len());
        }
    }
    for (sign, instead) in [("=", "=="), ("≤", "<="), ("≥", ">="), ("≠", "!=")] {
        if rest.starts_with(sign) {
            return Err(MeasureError::new(format!("`{sign}` is no operator"), start, start + sign.len()).help(format!("write `{instead}`")));
        }
    }
    let digit_follows = rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    if first.is_ascii_digit() || (first == '-' && digit_follows) {
        return quantity(text, start);
    }
    if first.is_ascii_alphabetic() || first == '_' {
        let length = name_length(rest);
        let name = rest.get(..length).unwrap_or("");
        if name == "in" {
            return token(Word::Operator(Operator::In), length);
        }
        return token(Word::Name(name.to_owned()), length);
    }
    Err(MeasureError::new(format!("`{first}` has no place in a measure"), start, start + first.len_utf8()))
}

/// Length of a dotted path: letters, digits, `_`, `-`, and dots with something behind them.
fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let next_is_name = || bytes.get(at + 1).is_some_and(is_name);
        if is_name(byte) || (matches!(byte, b'-' | b'.') && next_is_name()) {
            at += 1;
        } else {
            break;
        }
    }
    at
}

/// A number, and the unit that follows at once or after a space when it is one.
fn quantity(text: &str, start: usize) -> Result<Token, MeasureError> {
    let rest = text.get(start..).unwrap_or("");
    let number = number_end(rest);
    let mut length = number;
    let attached = word_length(rest.get(number..).unwrap_or(""));
    if attached > 0 {
        length += attached;
    } else {
        let after = rest.get(number..).unwrap_or("");
        let spaces = after.len() - after.trim_start_matches(' ').len();
        let word = after.get(spaces..).unwrap_or("");
        let word = word.get(..word_length(word)).unwrap_or("");
        if spaces > 0 && Unit::simple(word).is_some() {
            length += spaces + word.len();
        }
    }
    while rest.get(length..).is_some_and(|after| after.starts_with('/')) {
        length += 1 + word_length(rest.get(length + 1..).unwrap_or(""));
    }
    let part = rest.get(..length).unwrap_or("");
    match parse_quantity(part) {
        Ok(quantity) => Ok(Token { word: Word::Quantity(quantity), start, end: start + length }),
        Err(error) => {
            let mut wrong =
                MeasureError::new(format!("`{part}` is no quantity: {}", error.message), start + error.start, start + error.end);
            wrong.code = Code::Quantity;
            wrong.help = error.help;
            Err(wrong)
        }
    }
}

/// Length of a unit's word: letters, or a percent sign.
fn word_length(text: &str) -> usize {
    if text.starts_with('%') {
        return 1;
    }
    text.chars().take_while(|character| character.is_ascii_alphabetic() || *character == 'µ').map(char::len_utf8).sum()
}
