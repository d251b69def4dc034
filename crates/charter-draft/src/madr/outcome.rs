//! What was considered, what was chosen and why, and what follows from it.

use super::markdown::{Block, BlockKind, Section, plain, with_id};
use super::record::{ITEMS_MAX, Record, bounded, joined, prose};
use super::words::{Role, argument, because, is_placeholder, not_chosen, role};
use crate::foreign::{short, slug};

/// An option.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    pub(super) title: String,
    /// The id that a comment of our own export carries.
    pub(super) id: Option<String>,
    pub(super) about: Option<String>,
    pub(super) chosen: bool,
    pub(super) pros: Vec<String>,
    pub(super) cons: Vec<String>,
    pub(super) neutral: Vec<String>,
    pub(super) because_not: Option<String>,
}

/// What follows, or speaks for or against.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    pub(super) text: String,
    pub(super) id: Option<String>,
    pub(super) good: Option<bool>,
}

/// Ways of saying which option was chosen, before the colon.
const CHOSEN: &[&str] = &[
    "chosen option",
    "chosen alternative",
    "selected option",
    "decision",
    "gewählte option",
    "gewählte lösung",
    "option choisie",
    "option retenue",
    "opción elegida",
    "opción escogida",
    "opção escolhida",
    "opzione scelta",
    "выбранный вариант",
    "選択した選択肢",
    "採用した選択肢",
    "选择的方案",
    "选定方案",
];

/// Reads the decision: the chosen option, and why.
pub(super) fn decision(record: &mut Record, blocks: &[Block]) {
    let mut rest = Vec::new();
    let mut found = false;
    for block in blocks {
        let text = plain_keeping_quotes(&block.text);
        match chosen(&text).filter(|_| !found && block.kind != BlockKind::Code) {
            Some((title, reason)) => {
                found = true;
                choose(record, title, block.span);
                if !reason.is_empty() {
                    rest.push(Block { text: reason.to_owned(), ..block.clone() });
                }
            }
            None => rest.push(block.clone()),
        }
    }
    record.rationale = joined(record.rationale.take(), prose(&rest));
}

fn plain_keeping_quotes(text: &str) -> String {
    plain(text).0
}

/// `Chosen option: "X", because Y` as X and Y.
fn chosen(text: &str) -> Option<(&str, &str)> {
    let at = text.find([':', '：']).filter(|at| *at < 60)?;
    let (head, rest) = text.split_at(at);
    let head = head.trim().to_lowercase();
    if !CHOSEN.iter().any(|words| head == *words || head.ends_with(words) && *words != "decision") {
        return None;
    }
    let rest = rest.trim_start_matches([':', '：']).trim();
    for (open, close) in [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('「', '」'), ('\'', '\'')] {
        let Some(inner) = rest.strip_prefix(open) else { continue };
        let Some(end) = inner.find(close) else { continue };
        let (title, behind) = inner.split_at(end);
        let reason = behind.trim_start_matches(close).trim_start_matches([',', ';', '.', ':', '、', '，', ' ']);
        return (!is_placeholder(title)).then(|| (title, because(reason)));
    }
    let lower = rest.to_lowercase();
    let end = [", because", " because", ", weil", ", car ", ", porque", ", perché", ". ", ", "]
        .iter()
        .filter_map(|word| lower.find(word))
        .min()
        .filter(|at| rest.is_char_boundary(*at) && lower.len() == rest.len());
    let (title, behind) = end.map_or((rest, ""), |at| rest.split_at(at));
    let title = title.trim().trim_end_matches('.');
    let usable = !is_placeholder(title) && title.chars().count() <= 120 && head != "decision";
    usable.then(|| (title, because(behind.trim_start_matches([',', '.', ' ']))))
}

/// Marks the option of this title, or the one that is called nearly so; adds it where there is none.
fn choose(record: &mut Record, title: &str, span: charter_spec::Span) {
    let (title, id) = with_id(title);
    let exact = position(&record.options, &title);
    let near = || alike(&record.options, &title);
    let found = exact.or_else(near);
    if let Some(option) = found.filter(|_| exact.is_none()).and_then(|at| record.options.get(at)) {
        record.guesses.push((span, format!("`{}` is taken for the option `{}`", short(&title), short(&option.title))));
    }
    match found {
        Some(at) => {
            if let Some(option) = record.options.get_mut(at) {
                option.chosen = true;
            }
        }
        None => record.options.push(Choice { title, id, chosen: true, ..Choice::default() }),
    }
}

/// The option with a title: the same name, else the one name that starts the other.
fn position(options: &[Choice], title: &str) -> Option<usize> {
    let wanted = key(title);
    if wanted.is_empty() {
        return None;
    }
    let exact = options.iter().position(|option| key(&option.title) == wanted);
    exact.or_else(|| {
        let near = |option: &Choice| {
            let known = key(&option.title);
            let (short, long) = if known.len() < wanted.len() { (&known, &wanted) } else { (&wanted, &known) };
            short.len() >= 3 && long.strip_prefix(short.as_str()).is_some_and(|rest| rest.starts_with('-'))
        };
        let mut all = options.iter().enumerate().filter(|(_, option)| near(option)).map(|(at, _)| at);
        all.next().filter(|_| all.next().is_none())
    })
}

/// The one option that shares at least two of three words with a title, and more than any other.
fn alike(options: &[Choice], title: &str) -> Option<usize> {
    let words = |title: &str| -> std::collections::BTreeSet<String> {
        let key = key(title);
        let words = key.split('-').filter(|word| !matches!(*word, "a" | "an" | "the" | "to" | "of"));
        words.map(|word| word.strip_suffix('s').unwrap_or(word).to_owned()).filter(|word| !word.is_empty()).collect()
    };
    let wanted = words(title);
    let mut shares: Vec<(usize, usize, usize)> = Vec::new();
    for (at, option) in options.iter().enumerate() {
        let known = words(&option.title);
        shares.push((known.intersection(&wanted).count(), known.union(&wanted).count(), at));
    }
    let is_near = |(common, all, _): &&(usize, usize, usize)| *common >= 2 && 3 * common >= 2 * all;
    let mut near = shares.iter().filter(is_near);
    near.next().filter(|_| near.next().is_none()).map(|(_, _, at)| *at)
}

/// What makes two titles the same: their words, without `Option 1:` before them.
fn key(title: &str) -> String {
    let plain = plain(&with_id(title).0).0.to_lowercase();
    let mut text = plain.as_str();
    for word in ["option", "alternative", "lösung", "opción", "opção", "opzione", "вариант"] {
        if let Some(rest) = text.strip_prefix(word) {
            let behind = rest.trim_start().trim_start_matches(|character: char| character.is_ascii_alphanumeric());
            if let Some(name) = behind.trim_start().strip_prefix([':', '-', '–', '—', '.', ')']) {
                text = name;
            }
        }
    }
    let id = slug(text);
    // Names in other alphabets have no id; their letters are compared.
    if id.is_empty() { text.split_whitespace().collect::<Vec<_>>().join("-") } else { id }
}

/// Reads the options: a list of names, or a heading for each with what speaks for and against it.
pub(super) fn options(record: &mut Record, section: &Section, children: &[Section]) {
    let is_details = role(&section.title) == Some(Role::ProsAndCons);
    let mut current: Option<usize> = None;
    let mut side = None;
    for block in &section.body {
        if block.kind == BlockKind::Item(0) && argument(&block.text).is_none() && !is_details {
            current = Some(add(record, &block.text, true));
            side = None;
        } else if let (BlockKind::Item(_), Some(at)) = (block.kind, current) {
            detail(record, at, block, &mut side);
        }
    }
    let level = children.iter().map(|child| child.level).min().unwrap_or(0);
    let mut current: Option<usize> = None;
    for child in children {
        let known = role(&child.title).filter(|role| matches!(role, Role::Good | Role::Bad | Role::Neutral));
        let mut side = known;
        if child.level == level && known.is_none() {
            if record.options.len() >= ITEMS_MAX || is_placeholder(&plain(&child.title).0) {
                current = None;
                continue;
            }
            current = Some(add(record, &child.title, false));
        }
        let Some(at) = current else { continue };
        for block in &child.body {
            detail(record, at, block, &mut side);
        }
    }
}

/// The place of an option of this title, which is added where it is new. What follows a dash in an item is its description.
fn add(record: &mut Record, text: &str, is_item: bool) -> usize {
    let (text, id) = with_id(text);
    let title = plain(&text).0;
    let marks = ["(chosen)", "(selected)", "(accepted)", "✅", "(gewählt)"];
    let chosen = marks.iter().any(|mark| title.contains(mark));
    let title = marks.iter().fold(title, |title, mark| title.replace(mark, "")).trim().to_owned();
    let (title, about) = match described(&title).filter(|_| is_item && id.is_none()) {
        Some((title, about)) => (title.to_owned(), Some(about.to_owned())),
        None => (title, None),
    };
    if let Some(at) = position(&record.options, &title) {
        if let Some(option) = record.options.get_mut(at) {
            option.chosen |= chosen;
            option.id = option.id.take().or(id);
            option.about = joined(option.about.take(), about);
        }
        return at;
    }
    if !is_placeholder(&title) && record.options.len() < ITEMS_MAX {
        record.options.push(Choice { title: bounded(title), id, chosen, about: about.map(bounded), ..Choice::default() });
    }
    record.options.len().saturating_sub(1)
}

/// `Reactive forms - they are more robust` as a title and what is said of it.
fn described(text: &str) -> Option<(&str, &str)> {
    let (at, dash) = [" - ", " – ", " — "].iter().filter_map(|dash| Some((text.find(dash)?, dash))).min()?;
    let (title, about) = (text.get(..at)?.trim(), text.get(at + dash.len()..)?.trim());
    // `Option 1 - Use Kafka` has its title behind the dash.
    let is_number = key(&format!("{title}: x")) == "x";
    (!title.is_empty() && title.chars().count() <= 80 && !about.is_empty() && !is_number).then_some((title, about))
}

/// Takes a line about an option: an argument, a heading of arguments such as `Pros:`, or a description.
fn detail(record: &mut Record, at: usize, block: &Block, side: &mut Option<Role>) {
    let Some(option) = record.options.get_mut(at) else { return };
    let text = plain(&block.text).0;
    if is_placeholder(&text) {
        return;
    }
    if let Some(label) = text.strip_suffix(':').and_then(role).filter(|role| matches!(role, Role::Good | Role::Bad | Role::Neutral)) {
        *side = Some(label);
        return;
    }
    if let Some(reason) = not_chosen(&text).filter(|reason| !is_placeholder(reason)) {
        option.because_not = joined(option.because_not.take(), Some(reason.to_owned()));
        return;
    }
    let stated = argument(&text).filter(|(_, text)| !is_placeholder(text));
    let is_item = matches!(block.kind, BlockKind::Item(_));
    let (role, text) = match (stated, *side) {
        (Some(found), _) => (Some(found.0), found.1.to_owned()),
        (None, Some(side)) if is_item || block.kind == BlockKind::Paragraph => (Some(side), text),
        _ => (None, text),
    };
    let list = match role {
        Some(Role::Good) => &mut option.pros,
        Some(Role::Bad) => &mut option.cons,
        Some(_) => &mut option.neutral,
        None => {
            option.about = joined(option.about.take(), prose(std::slice::from_ref(block)));
            return;
        }
    };
    if list.len() < ITEMS_MAX {
        list.push(bounded(text));
    }
}

/// Reads what follows, with its good and bad sides.
pub(super) fn consequences(record: &mut Record, section: &Section, children: &[Section]) {
    body(record, None, &section.body);
    for child in children {
        let found = role(&child.title).filter(|role| matches!(role, Role::Good | Role::Bad | Role::Neutral));
        body(record, found, &child.body);
    }
}

/// Reads one side of what follows.
pub(super) fn side(record: &mut Record, role: Role, blocks: &[Block]) {
    body(record, Some(role), blocks);
}

fn body(record: &mut Record, role_of_part: Option<Role>, blocks: &[Block]) {
    let mut current = role_of_part;
    let has_items = blocks.iter().any(|block| matches!(block.kind, BlockKind::Item(_)));
    for block in blocks.iter().filter(|block| !matches!(block.kind, BlockKind::Code | BlockKind::Row)) {
        let (text, id) = with_id(&block.text);
        let text = plain(&text).0;
        if is_placeholder(&text) || record.consequences.len() >= ITEMS_MAX {
            continue;
        }
        if let Some(label) = text.strip_suffix([':', '：']).filter(|_| has_items).and_then(role) {
            current = Some(label);
            continue;
        }
        // An inner item goes on with what the outer one says.
        let goes_on = current.is_none() && role_of_part.is_none() && argument(&text).is_none();
        if let (BlockKind::Item(2..), true, Some(last)) = (block.kind, goes_on, record.consequences.last_mut()) {
            last.text = bounded(format!("{}; {text}", last.text));
            continue;
        }
        let (found, text) = match argument(&text) {
            Some((role, rest)) if !is_placeholder(rest) => (Some(role), rest.to_owned()),
            Some(_) => continue,
            None => (current, text),
        };
        let good = match found {
            Some(Role::Good) => Some(true),
            Some(Role::Bad) => Some(false),
            _ => None,
        };
        record.consequences.push(Argument { text: bounded(text), id, good });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_option_and_its_reason_are_found() {
        assert_eq!(chosen("Chosen option: \"MADR\", because it is lean."), Some(("MADR", "it is lean.")));
        assert_eq!(chosen("Chosen option: MADR, because it is lean"), Some(("MADR", "it is lean")));
        assert_eq!(chosen("Gewählte Option: „A“, weil gut"), Some(("A", "gut")));
        assert_eq!(chosen("Chosen option: {title}"), None);
        assert_eq!(chosen("We decided: nothing"), None);
    }

    #[test]
    fn titles_are_compared_by_their_words() {
        let options = vec![
            Choice { title: "Option 1: Use Kafka".to_owned(), ..Choice::default() },
            Choice { title: "Postgres – as a queue".to_owned(), ..Choice::default() },
        ];
        assert_eq!(position(&options, "use kafka"), Some(0));
        assert_eq!(position(&options, "Postgres"), Some(1));
        assert_eq!(position(&options, "Redis"), None);
        assert_eq!(alike(&options, "We use Kafka"), Some(0));
        assert_eq!(alike(&options, "Use Redis"), None);
        assert_eq!(described("Reactive forms - they are robust"), Some(("Reactive forms", "they are robust")));
        assert_eq!(described("Option 1 - Use Kafka"), None);
        assert_eq!(described("write-ahead log"), None);
    }
}
