//! The header of a record: front matter, `* Status: …` lines, `**Status:** …`, tables `| Status | … |`, and the sections that hold one field.

use super::markdown::{Block, BlockKind, Section, plain};
use super::own;
use super::record::{Mention, Record, bounded};
use super::words::{Role, is_choice, is_placeholder, role, status};
use crate::foreign::{Code, Node, Notes, short, slug, trees};
use charter_spec::ast::DecisionStatus;
use charter_spec::quantity::Date;
use charter_spec::{FileId, Span};

/// Most fields of a header.
const FIELDS_MAX: usize = 100;

/// What the header says, field by field.
#[derive(Debug, Default)]
pub(super) struct Header {
    fields: Vec<(Role, String, Option<String>, Span)>,
    others: Vec<(String, String, Span)>,
    pub(super) title: Option<String>,
    pub(super) number: Option<String>,
}

/// A field of a front matter: name, value, place.
type Fields = Vec<(String, String, Span)>;

/// What a front matter says, the text behind it, and where that starts.
pub(super) struct Front<'t> {
    pub(super) fields: Fields,
    /// What stands under `charter`.
    pub(super) own: Option<Node>,
    pub(super) rest: &'t str,
    pub(super) base: usize,
}

/// Where the lines of a front matter start and where the line that closes it does; `None` for a text without one.
pub(super) fn bounds(text: &str) -> Option<(usize, usize)> {
    let leading = text.len() - text.trim_start().len();
    let inner = text.get(leading..)?.strip_prefix("---").filter(|rest| rest.starts_with(['\n', '\r']))?;
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        if at > 0 && matches!(line.trim_end(), "---" | "...") {
            return Some((leading + 3, leading + 3 + at));
        }
        at += line.len();
    }
    None
}

/// Reads the front matter of a text that starts at an offset of its file.
pub(super) fn front<'t>(text: &'t str, file: FileId, base: usize, notes: &mut Notes) -> Front<'t> {
    let Some((open, close)) = bounds(text) else { return Front { fields: Vec::new(), own: None, rest: text, base } };
    let behind = text.get(close..).and_then(|rest| rest.find('\n')).map_or(text.len(), |end| close + end + 1);
    let start = base + open;
    let (yaml, own) = own::split(text.get(open..close).unwrap_or_default(), file, start);
    let mut told = Notes::default();
    let mut fields = Vec::new();
    for node in trees(&yaml, file, start, &mut told) {
        fields
            .extend(node.pairs().iter().filter(|(_, node)| !node.is_empty()).map(|(key, node)| (key.text.clone(), node.flat(), key.span)));
    }
    if !told.finish().is_empty() {
        // `status: superseded by [ADR-5](x.md): see there` is no YAML, and common: lines are read as they stand.
        fields = plain_fields(&yaml, file, start);
        if fields.is_empty() {
            notes.push(Code::Guessed, Span::new(file, start, start + 1), "the front matter is no YAML, and no line of it is a field");
        }
    }
    fields.truncate(FIELDS_MAX);
    Front { fields, own, rest: text.get(behind..).unwrap_or_default(), base: base + behind }
}

fn plain_fields(yaml: &str, file: FileId, base: usize) -> Fields {
    let mut fields: Fields = Vec::new();
    let mut at = base;
    for line in yaml.split_inclusive('\n') {
        let span = Span::new(file, at, at + line.trim_end().len());
        at += line.len();
        let is_field = !line.starts_with([' ', '\t', '-', '#']);
        if let Some((key, value)) = line.split_once(':').filter(|_| is_field) {
            fields.push((key.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned(), span));
        } else if let Some(last) = fields.last_mut() {
            let more = line.trim().trim_start_matches("- ");
            if !more.is_empty() && !more.starts_with('#') {
                last.1 = if last.1.is_empty() { more.to_owned() } else { format!("{}, {more}", last.1) };
            }
        }
    }
    fields
}

impl Header {
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Takes a field of the front matter, whose text is text: only a link in it is Markdown.
    pub(super) fn front_field(&mut self, key: &str, value: &str, span: Span) {
        let (text, link) = if value.contains("](") { plain(value) } else { (value.trim().to_owned(), None) };
        self.named(key, text, link, span);
    }

    /// Takes a named field.
    pub(super) fn field(&mut self, key: &str, value: &str, span: Span) {
        let (text, link) = plain(value);
        self.named(key, text, link, span);
    }

    fn named(&mut self, key: &str, text: String, link: Option<String>, span: Span) {
        if is_placeholder(&text) {
            return;
        }
        let when = find_date(&text).is_some().then(|| status(key)).flatten();
        match role(key) {
            // `Accepted: 2026-08-20` says when; `Proposed: …` is an earlier day.
            None if when == Some((DecisionStatus::Accepted, false)) => self.fields.push((Role::Date, text, None, span)),
            Some(Role::Title) => self.title = Some(text),
            Some(Role::Number) => self.number = Some(text),
            Some(role) if is_field(role) => self.fields.push((role, text, link, span)),
            _ => self.others.push((key.to_owned(), text, span)),
        }
    }

    /// Takes the fields that stand before the first section; gives back what is no field.
    pub(super) fn preamble(&mut self, sections: &[Section], titled: Option<usize>) -> Vec<Block> {
        let mut rest = Vec::new();
        for (at, section) in sections.iter().enumerate() {
            if section.level != 0 && Some(at) != titled {
                break;
            }
            for block in &section.body {
                if !self.block(block) {
                    rest.push(block.clone());
                }
            }
        }
        rest
    }

    /// Takes a line of the form `Status: …` or a row of a table; `false` when it is neither.
    fn block(&mut self, block: &Block) -> bool {
        match block.kind {
            BlockKind::Row => {
                let cells: Vec<&str> = block.text.trim_matches('|').split('|').map(str::trim).collect();
                if let [key, value, ..] = cells.as_slice() {
                    let is_rule = |cell: &str| cell.chars().all(|character| matches!(character, '-' | ':' | ' '));
                    let is_head = ["field", "fields", "key", "property", "attribute", "item", "metadata"]
                        .contains(&plain(key).0.to_lowercase().as_str());
                    if !is_rule(key) && !is_head && !key.is_empty() && key.chars().count() < 60 {
                        self.field(&plain(key).0, value, block.span);
                    }
                }
                true
            }
            BlockKind::Item(_) | BlockKind::Paragraph => match named(&block.text) {
                Some((key, value)) if role(&key).is_some_and(|role| is_field(role) || matches!(role, Role::Title | Role::Number)) => {
                    self.field(&key, value, block.span);
                    true
                }
                Some((key, value))
                    if (matches!(block.kind, BlockKind::Item(_)) || block.text.starts_with("**")) && key.chars().count() <= 40 =>
                {
                    self.field(&key, value, block.span);
                    true
                }
                _ => false,
            },
            BlockKind::Code => false,
        }
    }

    /// Takes a section that is one field, such as `## Status`.
    pub(super) fn section(&mut self, role: Role, body: &[Block]) {
        for block in body {
            if block.kind == BlockKind::Code || (block.kind == BlockKind::Row && self.block(block)) {
                continue;
            }
            let own = named(&block.text).and_then(|(key, value)| Some((super::words::role(&key).filter(|role| is_field(*role))?, value)));
            let (role, value) = own.unwrap_or((role, &block.text));
            let (text, link) = plain(value);
            if is_placeholder(&text) {
                continue;
            }
            match role {
                Role::Title => self.title = Some(text),
                Role::Number => self.number = Some(text),
                _ => self.fields.push((role, text, link, block.span)),
            }
        }
    }

    /// Takes links to other records: `* Supersedes [ADR-0001](…)`.
    pub(super) fn links(&mut self, role: Role, body: &[Block]) {
        for block in body.iter().filter(|block| block.kind != BlockKind::Code) {
            let (text, link) = plain(&block.text);
            let role = relation(&text).unwrap_or(role);
            if role != Role::Links || link.as_deref().is_some_and(|link| link.ends_with(".md") && !link.contains("://")) {
                self.fields.push((if role == Role::Links { Role::Related } else { role }, text, link, block.span));
            }
        }
    }

    /// Writes what was found into the record.
    pub(super) fn finish(self, record: &mut Record, notes: &mut Notes) {
        for (role, text, link, span) in self.fields {
            match role {
                Role::Status => state(record, &text, link, span, notes),
                Role::Date => date(record, &text, span, notes),
                Role::Deciders => record.deciders.extend(people(&text)),
                Role::Consulted => record.consulted.extend(people(&text)),
                Role::Informed => record.informed.extend(people(&text)),
                role => record.mentions.push(Mention { role, text, link, span }),
            }
        }
        for (key, text, span) in self.others {
            if let Some(role) = relation(&key) {
                record.mentions.push(Mention { role, text, link: None, span });
                continue;
            }
            let id = slug(&key);
            if id.is_empty() {
                notes.push(Code::Kept, span, format!("field `{}` is kept in the record only", short(&key)));
            } else {
                record.facts.push((id, bounded(text)));
            }
        }
    }
}

fn is_field(role: Role) -> bool {
    matches!(
        role,
        Role::Status
            | Role::Date
            | Role::Deciders
            | Role::Consulted
            | Role::Informed
            | Role::Supersedes
            | Role::SupersededBy
            | Role::Related
    )
}

/// `Status: accepted` as name and value; emphasis around the name is left out.
fn named(text: &str) -> Option<(String, &str)> {
    let at = text.find([':', '：'])?;
    let (key, rest) = text.split_at(at);
    let value = rest.trim_start_matches([':', '：']).trim_start_matches(['*', '_']).trim();
    let key = key.trim().trim_matches(['*', '_']).trim();
    (!key.is_empty() && key.chars().count() <= 60 && !key.contains("](")).then(|| (key.to_owned(), value))
}

/// What a line says about another record by its first words.
fn relation(text: &str) -> Option<Role> {
    let lower = text.to_lowercase();
    let lower = lower.trim_start_matches(|character: char| !character.is_alphanumeric());
    let starts = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    if starts(&[
        "superseded by",
        "superceded by",
        "superseded-by",
        "superseded_by",
        "replaced by",
        "obsoleted by",
        "ersetzt durch",
        "remplacé",
        "reemplazad",
        "sustituid",
        "substituíd",
    ]) {
        return Some(Role::SupersededBy);
    }
    if starts(&["supersedes", "supercedes", "replaces", "obsoletes", "ersetzt", "remplace", "reemplaza", "sustituye", "substitui"]) {
        return Some(Role::Supersedes);
    }
    let related =
        ["amend", "refine", "depends on", "extend", "clarif", "relate", "builds on", "influence", "enable", "see adr", "see also adr"];
    starts(&related).then_some(Role::Related)
}

fn state(record: &mut Record, text: &str, link: Option<String>, span: Span, notes: &mut Notes) {
    if is_choice(text) {
        notes.help(
            Code::Guessed,
            span,
            format!("`{}` lists what to choose from; the status is left open", short(text)),
            "write one of them",
        );
        return;
    }
    // `Accepted` and `Superseded by …` may both stand there: what happened last counts, and the relation is a relation.
    if let Some(role) = relation(text).filter(|role| *role != Role::SupersededBy) {
        // `Supersedes …` stands under the status, and is none.
        record.mentions.push(Mention { role, text: text.to_owned(), link, span });
        return;
    }
    let superseding = mention_in(text);
    if record.date.is_none() && superseding.is_none() {
        record.date = find_date(text);
    }
    let found = status(text);
    let rank = |status: Option<_>| status.map(|status| status as u8);
    match found {
        Some((status, partial)) => {
            if rank(record.status) < rank(Some(status)) {
                record.status = Some(status);
            }
            if let Some(role) = superseding {
                let role = if partial { Role::Related } else { role };
                record.mentions.push(Mention { role, text: behind_relation(text).to_owned(), link, span });
            }
            if partial {
                let message = format!("`{}`: only a part is meant, so the status stays `{}`", short(text), status.word());
                notes.push(Code::Guessed, span, message);
                record.facts.push(("status-note".to_owned(), bounded(text.to_owned())));
            } else if text.chars().count() > 40 && superseding.is_none() {
                record.facts.push(("status-note".to_owned(), bounded(text.to_owned())));
            }
        }
        None => match relation(text) {
            Some(role) => record.mentions.push(Mention { role, text: text.to_owned(), link, span }),
            None if record.status.is_some() => record.facts.push(("status-note".to_owned(), bounded(text.to_owned()))),
            None => {
                notes.help(
                    Code::Guessed,
                    span,
                    format!("`{}` is no known status; it is left open and kept as a fact", short(text)),
                    "write proposed, accepted, rejected, deprecated or superseded",
                );
                record.facts.push(("status".to_owned(), bounded(text.to_owned())));
            }
        },
    }
}

/// The relation that a status names: `superseded by …`.
fn mention_in(text: &str) -> Option<Role> {
    let lower = text.to_lowercase();
    let by = [
        "superseded by",
        "superceded by",
        "replaced by",
        "obsoleted by",
        "ersetzt durch",
        "remplacé par",
        "remplacée par",
        "reemplazado por",
        "reemplazada por",
        "sustituid",
        "substituíd",
    ];
    if by.iter().any(|word| lower.contains(word)) {
        return Some(Role::SupersededBy);
    }
    ["supersedes", "supercedes", "replaces", "amends", "amended by", "clarifies", "clarified by"]
        .iter()
        .any(|word| lower.contains(word))
        .then(|| {
            if lower.contains("supersedes") || lower.contains("supercedes") || lower.contains("replaces") {
                Role::Supersedes
            } else {
                Role::Related
            }
        })
}

/// What stands behind `by` and the like.
fn behind_relation(text: &str) -> &str {
    [" by ", " durch ", " par ", " por "].iter().find_map(|word| text.split_once(word)).map_or(text, |(_, behind)| behind)
}

fn date(record: &mut Record, text: &str, span: Span, notes: &mut Notes) {
    match find_date(text) {
        // Of several dates the first is when it was decided; the others stay as facts.
        Some(found) if record.date.is_none() => record.date = Some(found),
        Some(_) => record.facts.push(("other-date".to_owned(), bounded(text.to_owned()))),
        None => {
            notes.help(
                Code::Guessed,
                span,
                format!("`{}` is no date that is understood; it is kept as a fact", short(text)),
                "write it as 2027-05-21",
            );
            record.facts.push(("date".to_owned(), bounded(text.to_owned())));
        }
    }
}

/// The first date in a text: `2027-05-21`, `2027/05/21`, `21.05.2027`, `21 May 2027`, `May 21st, 2027`. `03/04/2027` is two days at once, and none.
pub(super) fn find_date(text: &str) -> Option<Date> {
    let parts: Vec<&str> = text.split(|character: char| !character.is_alphanumeric()).filter(|part| !part.is_empty()).take(40).collect();
    parts.windows(3).find_map(|window| {
        let [first, second, third] = window else { return None };
        let number = |part: &str| part.trim_end_matches(|character: char| character.is_ascii_alphabetic()).parse::<u16>().ok();
        let (year, month, day) = match (month(first), month(second)) {
            (Some(name), _) => (number(third)?, name, number(second)?),
            (_, Some(name)) => (number(third)?, name, number(first)?),
            _ if first.len() == 4 => (first.parse().ok()?, second.parse().ok()?, number(third.split('T').next()?)?),
            _ if third.len() == 4 => {
                let (left, right): (u16, u16) = (first.parse().ok()?, second.parse().ok()?);
                match (text.contains('.'), left > 12, right > 12) {
                    (true, _, _) | (false, true, _) => (third.parse().ok()?, right, left),
                    (false, false, true) => (third.parse().ok()?, left, right),
                    _ => return None,
                }
            }
            _ => return None,
        };
        Date::parse(&format!("{year:04}-{month:02}-{day:02}"))
    })
}

fn month(word: &str) -> Option<u16> {
    const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let lower = word.to_ascii_lowercase();
    let known = lower.len() >= 3 && lower.bytes().all(|byte| byte.is_ascii_alphabetic());
    let at = MONTHS.iter().position(|month| known && lower.starts_with(month))?;
    u16::try_from(at + 1).ok()
}

/// Names in a list: `Ann, Bob; Eve`, without the places that a template leaves.
fn people(text: &str) -> Vec<String> {
    text.split([',', ';', '、', '\n'])
        .map(|name| name.trim().trim_start_matches("and ").trim_matches(['[', ']']).trim())
        .filter(|name| !is_placeholder(name))
        .take(60)
        .map(|name| bounded(name.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_found_in_many_forms() {
        for text in [
            "2027-05-21",
            "2027-05-21T10:00:00Z",
            "2027/05/21",
            "21.05.2027",
            "21/05/2027",
            "21 May 2027",
            "May 21st, 2027",
            "on Friday, 21st May 2027",
        ] {
            assert_eq!(find_date(text), Date::parse("2027-05-21"), "{text}");
        }
        assert_eq!(find_date("03/04/2027"), None);
        assert_eq!(find_date("2027-13-45"), None);
    }
}
