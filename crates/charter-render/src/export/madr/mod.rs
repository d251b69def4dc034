//! Decision records after MADR 4.0: one file a decision.
//!
//! Source: the template of MADR 4.0. A record by hand that says nothing else than the charter is passed on as it is; where they differ, the record is made
//! from the charter, and what only the record by hand says is kept in it. What reading a record would not give back of its decision stands in its front
//! matter under `charter`, so that an import of the export gives the same decisions.

mod text;

use super::{Export, Input};
use charter_draft::import::Target;
use charter_draft::madr::{Told, import, kept, unsaid, with_front};
use charter_draft::{Map, write as write_map};
use charter_spec::FileSet;
use charter_spec::ast::Decision;
use charter_spec::names::{Entries, Entry};
use std::collections::{HashMap, HashSet};

/// Most times that a record's front matter is put right: what is said there may change how the text is read, as the order of what stands by id.
const PASSES_MAX: usize = 4;

/// A decision on its way to a file.
struct Record<'s> {
    decision: &'s Entry<Decision>,
    /// Where it goes.
    path: String,
    /// The record by hand, as written.
    by_hand: Option<String>,
    /// What goes there.
    text: String,
}

pub(super) fn write(input: &Input<'_>, out: &mut Export) {
    let mut records = records(input);
    let hand = set(&records, |record| record.by_hand.clone());
    let read = read(&hand);
    let places: HashMap<String, String> =
        records.iter().map(|record| (record.decision.id.value.to_string(), record.path.clone())).collect();
    let differences = unsaid(input.files, &told(&records, |_| false), &hand);
    for (record, unsaid) in records.iter_mut().zip(differences) {
        let by_hand = record.by_hand.take();
        if let (Some(text), true, true) = (&by_hand, unsaid.is_record, unsaid.differs.is_empty()) {
            record.text.clone_from(text);
            record.by_hand = by_hand;
            continue;
        }
        let mut decision = record.decision.clone();
        let mut own = Vec::new();
        if unsaid.is_record {
            let differs: Vec<String> = unsaid.differs.iter().map(|key| format!("`{key}`")).collect();
            out.note(
                format!(
                    "`{}` and its record differ in {}: the record is written with what the charter says",
                    decision.id.value,
                    differs.join(", ")
                ),
                decision.record.as_ref().map(|record| record.span),
            );
            if let Some(known) = read.iter().find(|known| known.record.as_ref().is_some_and(|path| path.value.as_str() == record.path)) {
                fill(&mut decision.value.value, known);
            }
            own = kept(&hand, &record.path);
        } else if let Some(path) = decision.record.as_ref().filter(|_| by_hand.is_some()) {
            let message = format!("`{}` is no record that can be read as one; this one is made from the charter", path.value.as_str());
            out.note(message, path.span);
        }
        record.text = text::record(&decision, &places, &own);
    }
    // What only a record by hand says stays in it; what is made says nothing else than the charter, and what the record by hand adds to it.
    let told = told(&records, |record| record.decision.record.is_none());
    for pass in 0..PASSES_MAX {
        let made = set(&records, |record| Some(record.text.clone()));
        let mut is_changed = false;
        for (record, unsaid) in records.iter_mut().zip(unsaid(input.files, &told, &made)) {
            let front = if pass == 0 && !unsaid.is_record { named(record) } else { unsaid.front };
            let text = with_front(&record.text, &front);
            is_changed |= text != record.text;
            record.text = text;
        }
        if !is_changed {
            break;
        }
    }
    for mut record in records {
        if !record.text.ends_with('\n') {
            record.text.push('\n');
        }
        out.file(record.path, record.text);
    }
}

/// The front matter of a record that nothing else shows to be one: no status, no outcome, no option.
fn named(record: &Record<'_>) -> String {
    write_map(&Map::new().with("charter", Map::new().with("id", record.decision.id.value.as_str()).block()))
}

fn records<'s>(input: &'s Input<'_>) -> Vec<Record<'s>> {
    let decisions = &input.resolved.spec.decisions;
    let folder = common(decisions.iter().filter_map(|decision| decision.record.as_ref().map(|record| record.value.as_str())));
    let mut taken: HashSet<String> = decisions.iter().map(|decision| format!("{}.md", decision.id.value).to_lowercase()).collect();
    decisions
        .iter()
        .map(|decision| {
            let own = format!("{}.md", decision.id.value);
            let named = decision.record.as_ref().map(|record| record.value.as_str());
            let by_hand = named.and_then(|path| std::str::from_utf8(input.files.get(path)?).ok()).map(str::to_owned);
            let place = named.filter(|_| by_hand.is_some()).and_then(|path| path.strip_prefix(folder)).unwrap_or_default();
            // Its own name is no other decision's.
            let is_free = place.eq_ignore_ascii_case(&own) || (is_safe(place) && taken.insert(place.to_lowercase()));
            Record { decision, path: if is_free { place.to_owned() } else { own }, by_hand, text: String::new() }
        })
        .collect()
}

/// The folder that all paths start with, with `/` at its end.
fn common<'p>(paths: impl Iterator<Item = &'p str>) -> &'p str {
    let folder = |path: &'p str| path.rfind('/').map_or("", |at| path.get(..=at).unwrap_or_default());
    paths
        .map(folder)
        .reduce(|left, right| {
            let same = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
            let start = left.get(..same).or_else(|| left.get(..left.floor_char_boundary(same))).unwrap_or_default();
            folder(start)
        })
        .unwrap_or_default()
}

/// Whether a path is made of letters, digits, `-`, `_`, `.` and names a Markdown file.
fn is_safe(path: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    path.ends_with(".md") && path.split('/').all(part)
}

fn set(records: &[Record<'_>], text: impl Fn(&Record<'_>) -> Option<String>) -> FileSet {
    let mut files = FileSet::new();
    for record in records {
        if let Some(text) = text(record) {
            files.insert(record.path.clone(), text.into_bytes());
        }
    }
    files
}

fn told<'s>(records: &[Record<'s>], whole: impl Fn(&Record<'_>) -> bool) -> Vec<Told<'s>> {
    records.iter().map(|record| Told { decision: record.decision, path: record.path.clone(), whole: whole(record) }).collect()
}

/// The decisions of records, as an import gives them.
fn read(records: &FileSet) -> Entries<Decision> {
    let draft = import(records, &Target { spec: None, home: Some(String::new()) });
    let files = FileSet::single("charter.yaml", draft.charter("system", None).into_bytes());
    charter_spec::read(&files, "charter.yaml").spec.unwrap_or_default().decisions
}

/// What only the record says, where the charter says nothing.
fn fill(decision: &mut Decision, known: &Decision) {
    macro_rules! fields {
        ($($field:ident)*) => { $(if decision.$field.is_none() { decision.$field.clone_from(&known.$field); })* };
    }
    macro_rules! lists {
        ($($field:ident)*) => { $(if decision.$field.is_empty() { decision.$field.clone_from(&known.$field); })* };
    }
    fields!(title status date question context rationale confirmation);
    lists!(options consequences deciders consulted informed drivers facts);
}
