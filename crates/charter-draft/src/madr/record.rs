//! One decision record: what its header and sections say, as far as the language has a place for it.

use super::header::{self, Header};
use super::markdown::{self, Block, BlockKind, Section, plain};
use super::outcome::{self, Argument, Choice};
use super::words::{Role, is_common, role};
use crate::foreign::{Code, Node, Notes, short};
use charter_spec::ast::DecisionStatus;
use charter_spec::quantity::Date;
use charter_spec::{FileId, Span};

/// Most characters of a text that is carried into the charter; the record has the rest.
pub(super) const PROSE_MAX: usize = 1_200;
/// Most options, arguments and consequences of a record.
pub(super) const ITEMS_MAX: usize = 40;

/// A record as it was read.
#[derive(Debug)]
pub(super) struct Record {
    /// The path in the file set.
    pub(super) path: String,
    pub(super) span: Span,
    pub(super) title: String,
    /// The number in its name or title.
    pub(super) number: Option<u32>,
    pub(super) status: Option<DecisionStatus>,
    pub(super) date: Option<Date>,
    pub(super) deciders: Vec<String>,
    pub(super) consulted: Vec<String>,
    pub(super) informed: Vec<String>,
    pub(super) question: Option<String>,
    pub(super) context: Option<String>,
    pub(super) rationale: Option<String>,
    pub(super) drivers: Vec<String>,
    pub(super) confirmation: Option<String>,
    pub(super) options: Vec<Choice>,
    pub(super) consequences: Vec<Argument>,
    pub(super) facts: Vec<(String, String)>,
    pub(super) mentions: Vec<Mention>,
    /// What was taken for what it probably means.
    pub(super) guesses: Vec<(Span, String)>,
    /// What its front matter says in the charter's own language.
    pub(super) own: Option<Node>,
}

/// Another record that this one names, and what it has to do with it.
#[derive(Clone, Debug)]
pub(super) struct Mention {
    pub(super) role: Role,
    /// As written: a file, `ADR-0005`, or a title.
    pub(super) text: String,
    /// Where a link leads.
    pub(super) link: Option<String>,
    pub(super) span: Span,
}

/// Reads a record; `None`, with a note, for what is no decision record.
pub(super) fn read(path: &str, file: FileId, text: &str, base: usize, notes: &mut Notes) -> Option<Record> {
    let start = Span::new(file, base, base);
    if let Some(reason) = left_out(path) {
        notes.push(Code::Skipped, start, format!("`{path}` is left out: {reason}"));
        return None;
    }
    let front = header::front(text, file, base, notes);
    let sections = markdown::sections(front.rest, file, front.base);
    let is_numbered = is_numbered(path);
    let known =
        sections.iter().filter(|section| role(&section.title).is_some_and(|role| is_numbered || tells(role, &section.title))).count();
    let mut header = Header::default();
    for (key, value, span) in front.fields {
        header.front_field(&key, &value, span);
    }
    let titled = sections.iter().position(|section| section.level == 1);
    let (title, span) = match titled.and_then(|at| sections.get(at)) {
        Some(section) => (plain(&markdown::with_id(&section.title).0).0, section.span),
        None => (String::new(), start),
    };
    // Some write every section as a first-level heading; one alone is the title, whatever it says.
    let title_role = role(&title).is_some() && sections.iter().filter(|section| section.level == 1).count() > 1;
    let body_from = header.preamble(&sections, if title_role { None } else { titled });
    if known == 0 && header.is_empty() && front.own.is_none() {
        notes.push(Code::Skipped, start, format!("`{path}` is left out: it has no section and no field of a decision record"));
        return None;
    }
    let named = header.title.take().unwrap_or_else(|| if title_role { String::new() } else { title });
    let (number, title) = number_and_title(path, header.number.as_deref(), &named);
    let mut record = Record {
        path: path.to_owned(),
        span,
        title,
        number,
        status: None,
        date: None,
        deciders: Vec::new(),
        consulted: Vec::new(),
        informed: Vec::new(),
        question: None,
        context: None,
        rationale: None,
        drivers: Vec::new(),
        confirmation: None,
        options: Vec::new(),
        consequences: Vec::new(),
        facts: Vec::new(),
        mentions: Vec::new(),
        guesses: Vec::new(),
        own: front.own,
    };
    walk(&mut record, &mut header, &sections, titled.filter(|_| !title_role), notes);
    if let Some(title) = header.title.take() {
        record.title = title;
    }
    header.finish(&mut record, notes);
    for (span, guess) in std::mem::take(&mut record.guesses) {
        notes.help(Code::Guessed, span, guess, "write the option's title where it is chosen");
    }
    if record.context.is_none() {
        // Short records say why in the lines below the title, without a heading.
        record.context = prose(&body_from);
    }
    record.question = record.context.as_deref().and_then(question);
    Some(record)
}

/// Whether a section of this role makes a document a record: any document may have an overview, notes or a goal, and say how something is done.
fn tells(role: Role, title: &str) -> bool {
    !is_common(title)
        && !matches!(role, Role::Context | Role::Links | Role::Date | Role::Title | Role::Number | Role::Confirmation | Role::Related)
}

/// Whether the name of a file has a number in front, as names of records do.
fn is_numbered(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    leading_number(name.rsplit_once('.').map_or(name, |(stem, _)| stem)).0.is_some()
}

/// Why a file of this name is no record.
fn left_out(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    match stem {
        "readme" | "index" | "_index" | "contributing" | "changelog" | "toc" | "summary" => Some("it is an index"),
        _ if stem.split(|character: char| !character.is_ascii_alphanumeric()).any(|word| word == "template") => Some("it is a template"),
        _ => None,
    }
}

/// The number, and the title without it: `ADR-0007: Title`, `4. Title`, `ADR 174 — Title`.
fn number_and_title(path: &str, stated: Option<&str>, title: &str) -> (Option<u32>, String) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let (of_title, rest) = leading_number(title);
    let number = leading_number(stem).0.or(of_title).or_else(|| stated.and_then(|text| leading_number(text).0));
    // A title that is a number alone: the words of the file's name say more, and else it is the title.
    let words = leading_number(stem).1;
    let rest = [rest, words, title, stem].into_iter().find(|text| !text.trim().is_empty()).unwrap_or(stem);
    (number, rest.trim().to_owned())
}

/// `ADR-0007: rest`, `0007-rest`, `4. rest` as number and rest; a year is no number.
pub(super) fn leading_number(text: &str) -> (Option<u32>, &str) {
    let trimmed = text.trim_start_matches(['[', '#', ' ']);
    let lower = trimmed.to_ascii_lowercase();
    let prefix = ["adr", "lade", "rfc", "decision", "dr", "adl"].into_iter().find(|word| {
        lower
            .strip_prefix(word)
            .is_some_and(|rest| rest.trim_start_matches(['-', '_', ' ', '#', '.']).starts_with(|next: char| next.is_ascii_digit()))
    });
    let rest = trimmed.get(prefix.map_or(0, str::len)..).unwrap_or_default();
    let digits = if prefix.is_some() { rest.trim_start_matches(['-', '_', ' ', '#', '.']) } else { rest };
    let length = digits.len() - digits.trim_start_matches(|character: char| character.is_ascii_digit()).len();
    let (number, behind) = digits.split_at(length);
    let separated = behind.is_empty() || behind.starts_with(['-', '_', ' ', '.', ':', ')', ']', '|', '—', '–']);
    let is_date =
        length == 4 && behind.starts_with('-') && behind.get(1..3).is_some_and(|month| month.bytes().all(|byte| byte.is_ascii_digit()));
    if length == 0 || length > 6 || !separated || (is_date && prefix.is_none()) {
        return (None, text);
    }
    // `2 phase commit` is a title; `2. Phase commit` and `0002 Phase commit` have a number.
    if prefix.is_none()
        && behind.starts_with(' ')
        && !behind.trim_start().starts_with(['-', '—', '–', '|', ':'])
        && !number.starts_with('0')
    {
        return (None, text);
    }
    let rest = behind.trim_start_matches([' ', '-', '_', '.', ':', ')', ']', '|', '—', '–']);
    (number.parse().ok(), rest)
}

/// Whether a name is a number behind letters and nothing else, in a form that an id has: `adr-004`.
pub(super) fn is_bare(stem: &str) -> bool {
    let (number, rest) = leading_number(stem);
    let is_id = stem.starts_with(|first: char| first.is_ascii_lowercase())
        && stem.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    number.is_some() && rest.is_empty() && is_id
}

/// Goes through the sections, each with its children.
fn walk(record: &mut Record, header: &mut Header, sections: &[Section], titled: Option<usize>, notes: &mut Notes) {
    let mut at = 0;
    while let Some(section) = sections.get(at) {
        let end = at + 1 + sections.iter().skip(at + 1).take_while(|child| child.level > section.level).count();
        if section.level == 0 || Some(at) == titled {
            at += 1;
            continue;
        }
        let children = sections.get(at + 1..end).unwrap_or_default();
        match role(&section.title) {
            Some(role) => take(record, header, role, section, children, notes),
            None => unknown(record, header, section, children, notes),
        }
        at = end;
    }
}

fn take(record: &mut Record, header: &mut Header, role: Role, section: &Section, children: &[Section], notes: &mut Notes) {
    let mut inner: Vec<Block> = section.body.clone();
    match role {
        Role::Status | Role::Date | Role::Deciders | Role::Consulted | Role::Informed | Role::Number | Role::Title => {
            header.section(role, &section.body);
        }
        Role::Supersedes | Role::SupersededBy | Role::Related | Role::Links => header.links(role, &section.body),
        Role::Context => {
            // A context in parts is one text; drivers and the like inside it are their own.
            inner.extend(nested(record, header, children, notes));
            record.context = joined(record.context.take(), prose(&inner));
        }
        Role::Drivers => record.drivers.extend(items(&section.body)),
        Role::Rationale => record.rationale = joined(record.rationale.take(), prose(&section.body)),
        Role::Confirmation => record.confirmation = joined(record.confirmation.take(), prose(&section.body)),
        Role::Decision => {
            inner.extend(nested(record, header, children, notes));
            outcome::decision(record, &inner);
        }
        Role::Options | Role::ProsAndCons => outcome::options(record, section, children),
        Role::Consequences => outcome::consequences(record, section, children),
        Role::Good | Role::Bad | Role::Neutral => outcome::side(record, role, &section.body),
    }
    if matches!(
        role,
        Role::Status | Role::Drivers | Role::Rationale | Role::Confirmation | Role::Links | Role::Good | Role::Bad | Role::Neutral
    ) {
        let left = nested(record, header, children, notes);
        if role == Role::Rationale {
            record.rationale = joined(record.rationale.take(), prose(&left));
        }
    }
}

/// Takes children that have a role of their own, and gives back the text of the others, their headings as paragraphs.
fn nested(record: &mut Record, header: &mut Header, children: &[Section], notes: &mut Notes) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = 0;
    while let Some(child) = children.get(at) {
        let end = at + 1 + children.iter().skip(at + 1).take_while(|inner| inner.level > child.level).count();
        match role(&child.title) {
            Some(role) if role != Role::Context && role != Role::Decision => {
                take(record, header, role, child, children.get(at + 1..end).unwrap_or_default(), notes);
                at = end;
            }
            _ => {
                blocks.push(Block { kind: BlockKind::Paragraph, text: format!("{}:", plain(&child.title).0), span: child.span });
                blocks.extend(child.body.iter().cloned());
                at += 1;
            }
        }
    }
    blocks
}

/// A section that no dialect knows stays in the record; what its children say is taken where it is known.
fn unknown(record: &mut Record, header: &mut Header, section: &Section, children: &[Section], notes: &mut Notes) {
    if !section.body.is_empty() || children.is_empty() {
        let message = format!("section `{}` is kept in the record only", short(&section.title));
        notes.push(Code::Kept, section.span, message);
    }
    let mut at = 0;
    while let Some(child) = children.get(at) {
        let end = at + 1 + children.iter().skip(at + 1).take_while(|inner| inner.level > child.level).count();
        if let Some(role) = role(&child.title) {
            take(record, header, role, child, children.get(at + 1..end).unwrap_or_default(), notes);
        }
        at = end;
    }
}

/// The last sentence of a context when it asks something.
fn question(context: &str) -> Option<String> {
    let last = context.lines().rev().find(|line| !line.trim().is_empty())?.trim();
    let body = last.strip_suffix('?')?;
    let start =
        body.rfind(['.', '?', '!', ':']).map_or(0, |at| at + body.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8));
    let asked = last.get(start..)?.trim().trim_start_matches(['-', '*', ' ']);
    (asked.chars().count() >= 8 && asked.chars().count() <= 200).then(|| asked.to_owned())
}

pub(super) fn joined(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(bounded(format!("{first}\n{second}"))),
        (first, second) => first.or(second),
    }
}

/// The items of a part, or its paragraphs where it has no list.
pub(super) fn items(blocks: &[Block]) -> Vec<String> {
    let has_items = blocks.iter().any(|block| matches!(block.kind, BlockKind::Item(_)));
    blocks
        .iter()
        .filter(|block| matches!(block.kind, BlockKind::Item(_)) || (!has_items && block.kind == BlockKind::Paragraph))
        .map(|block| plain(&block.text).0)
        .filter(|text| !super::words::is_placeholder(text))
        .take(ITEMS_MAX)
        .map(bounded)
        .collect()
}

/// The text of a part: a paragraph a line, items with a dash. `None` when it says nothing.
pub(super) fn prose(blocks: &[Block]) -> Option<String> {
    let mut out = String::new();
    for block in blocks {
        let text = plain(&block.text).0;
        if super::words::is_placeholder(&text) {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        match block.kind {
            BlockKind::Item(_) => {
                out.push_str("- ");
                out.push_str(&text);
            }
            BlockKind::Paragraph => out.push_str(&text),
            BlockKind::Row | BlockKind::Code => out.push_str(block.text.trim()),
        }
        if out.len() > PROSE_MAX * 4 {
            break;
        }
    }
    (!out.trim().is_empty()).then(|| bounded(out.trim().to_owned()))
}

/// At most [`PROSE_MAX`] characters, ending with a sentence where one ends in the second half.
pub(super) fn bounded(text: String) -> String {
    let Some((end, _)) = text.char_indices().nth(PROSE_MAX) else { return text };
    let start = text.get(..end).unwrap_or_default();
    let cut = start.rfind(['.', '。', '\n']).filter(|at| *at > end / 2);
    let kept = match cut {
        Some(at) => start.get(..at + start.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)).unwrap_or(start),
        None => start.rsplit_once(' ').map_or(start, |(kept, _)| kept),
    };
    format!("{} …", kept.trim_end())
}
