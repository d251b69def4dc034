//! How wide text is, and where it breaks.
//!
//! A file knows no fonts, so widths are those of a wide one (DejaVu Sans): in a narrower font the text has air around it, and never leaves its box.

/// The width of a line in px.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size
}

/// The width of a character, as a share of the font's size.
fn advance(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | 'I' => 0.34,
        ' ' | '\u{a0}' | 'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' | '"' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        'A'..='Z' | '<' | '>' | '=' | '+' | '≤' | '≥' | '×' | '→' | '↓' | '↑' | '&' | '#' | '_' => 0.82,
        '0'..='9' => 0.64,
        'a'..='z' => 0.62,
        _ if character.is_ascii() => 0.64,
        _ if u32::from(character) < 0x2E80 => 0.72,
        _ => 1.05,
    }
}

/// The text in at most `lines` lines of at most `limit` px; what does not fit ends in an ellipsis. Words longer than a line are broken after a hyphen,
/// a dot or an underscore where there is one.
pub fn wrap(text: &str, size: f64, limit: f64, lines: usize) -> Vec<String> {
    let mut wrapped: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        for piece in pieces(&word, size, limit) {
            let spaced = piece.starts || line.is_empty();
            let joined = if line.is_empty() || !spaced { format!("{line}{}", piece.text) } else { format!("{line} {}", piece.text) };
            if width(&joined, size) <= limit || line.is_empty() {
                line = joined;
            } else {
                wrapped.push(std::mem::replace(&mut line, piece.text));
            }
            // What is beyond is cut anyway; a text may be megabytes long.
            if wrapped.len() > lines {
                break;
            }
        }
    }
    if !line.is_empty() {
        wrapped.push(line);
    }
    if wrapped.len() > lines {
        wrapped.truncate(lines);
        if let Some(last) = wrapped.last_mut() {
            while !last.is_empty() && width(last, size) + width("…", size) > limit {
                last.pop();
            }
            last.push('…');
        }
    }
    wrapped
}

/// The same with lines of about one length: no narrower limit gives as few lines.
pub fn balanced(text: &str, size: f64, limit: f64, lines: usize) -> Vec<String> {
    let mut best = wrap(text, size, limit, lines);
    // What was cut stays as it was: a narrower limit would cut more.
    if best.len() < 2 || best.last().is_some_and(|last| last.ends_with('…')) {
        return best;
    }
    for step in 1..=9 {
        let narrower = wrap(text, size, limit * (1.0 - f64::from(step) * 0.06), lines);
        if narrower.len() != best.len() || narrower.last().is_some_and(|last| last.ends_with('…')) {
            break;
        }
        best = narrower;
    }
    best
}

/// Units that stay with their number.
const UNITS: &[&str] = &["%", "ms", "s", "rps", "rows", "USD"];

/// The words of a text; a number and its unit are one.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut parts = text.split_whitespace().peekable();
    std::iter::from_fn(move || {
        let mut word = parts.next()?.to_owned();
        let is_unit = |next: &&str| UNITS.contains(&next.trim_end_matches([',', ';', '.', ')']));
        while word.ends_with(|last: char| last.is_ascii_digit()) {
            let Some(unit) = parts.next_if(is_unit) else { break };
            word.push('\u{a0}');
            word.push_str(unit);
        }
        Some(word)
    })
}

/// The text in one line, with an ellipsis where it is cut.
pub fn fit(text: &str, size: f64, limit: f64) -> String {
    if width(text, size) <= limit { text.to_owned() } else { wrap(&format!("{text} …"), size, limit, 1).concat() }
}

struct Piece {
    text: String,
    /// Whether it begins a word.
    starts: bool,
}

fn pieces(word: &str, size: f64, limit: f64) -> Vec<Piece> {
    if width(word, size) <= limit {
        return vec![Piece { text: word.to_owned(), starts: true }];
    }
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut broken = None;
    for character in word.chars() {
        if !text.is_empty() && width(&text, size) + advance(character) * size > limit {
            let rest = broken.take().map(|at: usize| text.split_off(at)).unwrap_or_default();
            pieces.push(Piece { text: std::mem::replace(&mut text, rest), starts: pieces.is_empty() });
            // What stood behind the break may fill a line by itself.
            if !text.is_empty() && width(&text, size) + advance(character) * size > limit {
                pieces.push(Piece { text: std::mem::take(&mut text), starts: false });
            }
        }
        text.push(character);
        if matches!(character, '-' | '.' | '_' | '/' | '@') {
            broken = Some(text.len());
        }
    }
    pieces.push(Piece { text, starts: pieces.is_empty() });
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lines_break_between_words_and_after_hyphens() {
        assert_eq!(wrap("opens a page while others do", 12.0, 100.0, 9), ["opens a page", "while others do"]);
        assert_eq!(wrap("a-very-long-name-of-a-thing", 12.0, 100.0, 9), ["a-very-long-", "name-of-a-", "thing"]);
        assert_eq!(wrap("one two three four", 12.0, 60.0, 2), ["one two", "three…"]);
        assert_eq!(wrap("copies, then 1 %, 5 %, 25 %", 12.0, 84.0, 9), ["copies, then", "1\u{a0}%, 5\u{a0}%,", "25\u{a0}%"]);
        assert_eq!(fit("short", 12.0, 100.0), "short");
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_none_is_lost(text in "[a-zA-Z0-9 .-]{0,80}", limit in 60.0_f64..200.0) {
            let lines = wrap(&text, 12.0, limit, 100);
            prop_assert!(lines.iter().all(|line| width(line, 12.0) <= limit), "{lines:?}");
            let letters = |text: &str| text.chars().filter(|character| !character.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            prop_assert!(wrap(&text, 12.0, limit, 2).len() <= 2);
            let balanced = balanced(&text, 12.0, limit, 100);
            prop_assert_eq!(balanced.len(), lines.len());
            prop_assert_eq!(letters(&balanced.concat()), letters(&text));
        }
    }
}
