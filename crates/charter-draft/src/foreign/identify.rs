//! From the names that others use to ids: unique, in ASCII, of bounded length.

use charter_spec::limits::ID_LENGTH_MAX;
use std::collections::HashMap;

/// The id that a name suggests: lowercase words joined by `-`, letters with marks without them. Empty when the name holds no letter or digit
/// that an id takes.
pub(crate) fn slug(name: &str) -> String {
    let mut out = String::new();
    let mut pending = false;
    for character in name.chars() {
        let mut plain = [0u8; 4];
        let folded = fold(character, &mut plain);
        if folded.is_empty() {
            pending |= character != '\'' && character != '’';
            continue;
        }
        if pending && !out.is_empty() {
            out.push('-');
        }
        pending = false;
        out.push_str(folded);
        if out.len() >= ID_LENGTH_MAX {
            break;
        }
    }
    let id = cut(&out, ID_LENGTH_MAX);
    if id.is_empty() || is_name(&id) { id } else { cut(&format!("n-{id}"), ID_LENGTH_MAX) }
}

/// The name itself where it is an id, else the id that it suggests.
pub(crate) fn identified(name: &str) -> String {
    if charter_spec::Id::new(name).is_ok() && is_name(name) { name.to_owned() } else { slug(name) }
}

/// Whether an id is a name to YAML too, and no number or truth value: it stands as a key, and wherever it is referred to.
fn is_name(id: &str) -> bool {
    let words = ["null", "true", "false", "yes", "no", "on", "off"];
    let digits = id.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'_' | b'x' | b'o' | b'b'))
        && id.starts_with(|first: char| first.is_ascii_digit());
    !words.iter().any(|word| id.eq_ignore_ascii_case(word)) && id.parse::<f64>().is_err() && !digits
}

/// At most so many characters, ending with a whole word where there is one in the second half.
pub(crate) fn cut(id: &str, most: usize) -> String {
    let Some(start) = id.get(..most).filter(|_| id.len() > most) else { return id.trim_end_matches('-').to_owned() };
    let end = start.rfind('-').filter(|at| *at > most / 2).unwrap_or(most);
    start.get(..end).unwrap_or(start).trim_end_matches('-').to_owned()
}

fn fold(character: char, buffer: &mut [u8; 4]) -> &str {
    if character.is_ascii_alphanumeric() {
        return character.to_ascii_lowercase().encode_utf8(buffer);
    }
    match character {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' | 'Ą' => "a",
        'ä' | 'æ' | 'Ä' | 'Æ' => "ae",
        'ç' | 'ć' | 'č' | 'Ç' | 'Ć' | 'Č' => "c",
        'ď' | 'đ' | 'Ď' | 'Đ' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' | 'È' | 'É' | 'Ê' | 'Ë' | 'Ę' | 'Ě' => "e",
        'ğ' | 'Ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' | 'Ì' | 'Í' | 'Î' | 'Ï' | 'İ' => "i",
        'ł' | 'Ł' => "l",
        'ñ' | 'ń' | 'ň' | 'Ñ' | 'Ń' | 'Ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ø' => "o",
        'ö' | 'œ' | 'Ö' | 'Œ' | 'ő' | 'Ő' => "oe",
        'ř' | 'Ř' => "r",
        'ś' | 'š' | 'ş' | 'Ś' | 'Š' | 'Ş' => "s",
        'ß' => "ss",
        'ť' | 'ţ' | 'Ť' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'Ù' | 'Ú' | 'Û' | 'Ů' => "u",
        'ü' | 'Ü' | 'ű' | 'Ű' => "ue",
        'ý' | 'ÿ' | 'Ý' => "y",
        'ź' | 'ż' | 'ž' | 'Ź' | 'Ż' | 'Ž' => "z",
        _ => "",
    }
}

/// Ids that are taken already, each with the number that the next one of its name is tried with.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    taken: HashMap<String, u64>,
}

impl Ids {
    /// Ids that others hold.
    pub(crate) fn taken<'i>(ids: impl IntoIterator<Item = &'i str>) -> Self {
        Self { taken: ids.into_iter().map(|id| (id.to_owned(), 2)).collect() }
    }

    /// Takes an id: the one wanted, or with a number behind it when it is taken; a name without letters becomes `fallback`.
    pub(crate) fn take(&mut self, wanted: &str, fallback: &str) -> String {
        let wanted = if wanted.is_empty() { fallback } else { wanted };
        let Some(mut number) = self.taken.get(wanted).copied() else {
            self.taken.insert(wanted.to_owned(), 2);
            return wanted.to_owned();
        };
        loop {
            let suffix = format!("-{number}");
            number += 1;
            let id = format!("{}{suffix}", cut(wanted, ID_LENGTH_MAX - suffix.len()));
            if !self.taken.contains_key(&id) {
                self.taken.insert(wanted.to_owned(), number);
                self.taken.insert(id.clone(), 2);
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_ids() {
        assert_eq!(slug("Use KServe (0.11)!"), "use-kserve-0-11");
        assert_eq!(slug("Gewählte Lösung für Größe"), "gewaehlte-loesung-fuer-groesse");
        assert_eq!(slug("don't"), "dont");
        assert_eq!(slug("決定"), "");
        assert_eq!(slug("2024"), "n-2024");
        assert_eq!(slug("0x1F"), "n-0x1f");
        assert_eq!(slug("No!"), "n-no");
        assert_eq!(identified("a_B"), "a_B");
        assert_eq!(identified("1e5"), "n-1e5");
        assert!(slug(&"long word ".repeat(20)).len() <= 64);
        assert!(!slug(&"long word ".repeat(20)).ends_with('-'));
    }

    #[test]
    fn a_taken_id_gets_a_number() {
        let mut ids = Ids::default();
        assert_eq!(ids.take("a", "x"), "a");
        assert_eq!(ids.take("a", "x"), "a-2");
        assert_eq!(ids.take("", "x"), "x");
        let long = "b".repeat(64);
        assert_eq!(ids.take(&long, "x"), long);
        assert_eq!(ids.take(&long, "x").len(), 64);
    }
}
