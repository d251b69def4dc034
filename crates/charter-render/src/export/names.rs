//! Identifiers of other languages, each given once.

use std::collections::HashSet;

/// Hands out identifiers that are unique without regard to case.
#[derive(Debug, Default)]
pub(super) struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// Takes an identifier that is given already.
    pub(super) fn reserve(&mut self, name: &str) {
        self.taken.insert(name.to_ascii_lowercase());
    }

    /// The identifier itself, or with a number when it is taken.
    pub(super) fn unique(&mut self, wanted: String) -> String {
        let free = |name: &String| !self.taken.contains(&name.to_ascii_lowercase());
        let name =
            if free(&wanted) { wanted } else { (2..).map(|number: u32| format!("{wanted}_{number}")).find(free).unwrap_or_default() };
        self.taken.insert(name.to_ascii_lowercase());
        name
    }
}

/// ASCII letters, digits and `_`, starting with a letter.
pub(super) fn identifier(text: &str) -> String {
    let name: String = text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if name.starts_with(|letter: char| letter.is_ascii_alphabetic()) { name } else { format!("x{name}") }
}

/// A label after RFC 1123: lower-case letters, digits and `-`, at most 63 characters.
pub(super) fn label(text: &str) -> String {
    let name: String =
        text.to_ascii_lowercase().chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).take(60).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "x".to_owned() } else { name.to_owned() }
}

/// The name of a file: what is no letter, digit, `-` or `_` becomes `-`.
pub(super) fn file_name(text: &str) -> String {
    let name: String =
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' }).take(80).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "x".to_owned() } else { name.to_owned() }
}

/// A text on one line: line breaks and other controls become a space, spaces of any kind at both ends go.
pub(super) fn one_line(text: &str) -> String {
    let spaced: String =
        text.chars().map(|letter| if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') { ' ' } else { letter }).collect();
    spaced.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").trim().to_owned()
}
