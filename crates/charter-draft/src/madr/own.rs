//! What a charter says of a decision beyond what a record has words for: it stands in the record's front matter, under `charter`, in the charter's own
//! language.
//!
//! An export writes there what reading the record would not give back, and nothing else; so the text stays the place for everything that it can say. A
//! value of `null` takes away what the text says.

use super::read;
use crate::document::{Map, Value, write};
use crate::foreign::{Code, Key, Kind, Node, Notes, documents, short, slug, trees};
use crate::import::Target;
use charter_spec::ast::Decision;
use charter_spec::names::Entry;
use charter_spec::{FileId, FileSet, Span};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// The key of the front matter.
const KEY: &str = "charter";

/// The key under which facts stand, each for itself.
const FACTS: &str = "facts";

/// Keys that name other elements.
const NAMES: &[&str] = &["answers", "accepts", "violates", "risk", "owner", "supersedes", "superseded_by", "related", "if"];

/// What the reader says of a key that it does not know.
const UNKNOWN: &str = "Y009";
/// What it says of a name that leads nowhere.
const NOWHERE: &str = "Y022";

/// Keys under which parts of a decision stand by id.
const BY_ID: &[&str] = &["options", "consequences"];

/// Takes the block under `charter` out of a front matter: the front matter with spaces in its place, so that places stay, and the block.
pub(super) fn split(yaml: &str, file: FileId, base: usize) -> (String, Option<Node>) {
    let mut rest = yaml.to_owned();
    let mut found: Option<Node> = None;
    for range in blocks(yaml) {
        let Some(node) = block(yaml, &range, file, base) else { continue };
        rest.replace_range(range.clone(), &blanked(yaml.get(range).unwrap_or_default()));
        match &mut found {
            Some(known) => merge(known, &node),
            None => found = Some(node),
        }
    }
    (rest, found)
}

/// The lines under each `charter:` at the start of a line, up to the last that is set in.
fn blocks(yaml: &str) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    let (mut at, mut inside) = (0, false);
    for line in yaml.split_inclusive('\n') {
        let end = at + line.len();
        let is_blank = line.trim().is_empty();
        if line
            .strip_prefix(KEY)
            .and_then(|behind| behind.strip_prefix(':'))
            .is_some_and(|behind| behind.trim_start() != behind || behind.is_empty())
        {
            blocks.push(at..end);
            inside = true;
        } else if inside && !is_blank && line.starts_with([' ', '\t']) {
            if let Some(block) = blocks.last_mut() {
                block.end = end;
            }
        } else if !is_blank && !line.starts_with('#') {
            inside = false;
        }
        at = end;
    }
    blocks
}

/// What a block says; `None` where it is no map.
fn block(yaml: &str, range: &Range<usize>, file: FileId, base: usize) -> Option<Node> {
    let text = blanked(yaml.get(..range.start)?) + yaml.get(range.clone())?;
    let mut notes = Notes::default();
    let node = trees(&text, file, base, &mut notes).into_iter().next().and_then(|root| root.get(KEY).cloned());
    node.filter(|node| !node.pairs().is_empty() && notes.finish().is_empty())
}

/// Spaces in place of everything but the ends of lines.
fn blanked(text: &str) -> String {
    text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect()
}

/// Puts a later block into an earlier one, as [`apply`] would put one after the other into an entry.
fn merge(known: &mut Node, later: &Node) {
    for (key, node) in later.pairs() {
        match known.get_mut(&key.text) {
            Some(inner) if key.text == FACTS => by_key(inner, node, false),
            Some(inner) if BY_ID.contains(&key.text.as_str()) => by_key(inner, node, true),
            _ => known.set(&key.text, node.clone()),
        }
    }
}

/// The same for what stands by id or by name. Where the later one names all, their order is its own.
fn by_key(known: &mut Node, later: &Node, in_parts: bool) {
    if known.pairs().is_empty() || later.pairs().is_empty() {
        if !later.is_empty() || is_null(later) {
            *known = later.clone();
        }
        return;
    }
    for (key, node) in later.pairs() {
        match known.get_mut(&key.text) {
            Some(inner) if in_parts && !is_null(inner) && !is_null(node) => {
                for (key, node) in node.pairs() {
                    inner.set(&key.text, node.clone());
                }
            }
            _ => known.set(&key.text, node.clone()),
        }
    }
    let order: Vec<&str> = later.pairs().iter().map(|(key, _)| key.text.as_str()).collect();
    if let Kind::Map(pairs) = &mut known.kind
        && pairs.iter().all(|(key, _)| order.contains(&key.text.as_str()))
    {
        pairs.sort_by_key(|(key, _)| order.iter().position(|known| *known == key.text));
    }
}

/// The id that the decision has in the charter.
pub(super) fn id(own: &Node) -> Option<String> {
    let id = own.get("id").and_then(Node::word)?;
    charter_spec::Id::new(id).is_ok().then(|| id.to_owned())
}

/// Puts what stands under `charter` into an entry. What the language has no key for, and names that are not among the `ids`, where these are given, are told and left out.
pub(super) fn apply(entry: &mut Map, own: &Node, ids: Option<&HashSet<String>>, notes: &mut Notes) {
    for (key, node) in own.pairs().iter().filter(|(key, _)| !matches!(key.text.as_str(), "id" | "record")) {
        let Some(nowhere) = is_known(key, node, ids) else {
            notes.push(Code::Kept, key.span, format!("`{}` is no key of a decision, and is kept in the record only", short(&key.text)));
            continue;
        };
        let mut node = node.clone();
        if !nowhere.is_empty() {
            strip(&key.text, &mut node, &nowhere);
            let names = nowhere.join("`, `");
            let message = format!("`{}` names `{names}`, which the charter does not declare; it is kept as a fact", short(&key.text));
            notes.help(Code::Dangling, key.span, message, "import into the charter that declares it, or write it there first");
            let mut facts = match entry.get("facts") {
                Some(Value::Map(facts)) => facts.clone(),
                _ => Map::new(),
            };
            facts.put(slug(&key.text), nowhere.join(", "));
            entry.remove("facts");
            entry.put("facts", facts);
            if node.is_empty() {
                continue;
            }
        }
        match &node.kind {
            Kind::Map(_) if BY_ID.contains(&key.text.as_str()) => by_id(entry, key, &node, notes),
            Kind::Map(pairs) if key.text == FACTS => {
                let mut facts = match entry.get(FACTS) {
                    Some(Value::Map(facts)) => facts.clone(),
                    _ => Map::new(),
                };
                pairs.iter().for_each(|(key, node)| put(&mut facts, key, node, notes));
                in_order(&mut facts, pairs);
                entry.remove(FACTS);
                entry.put(FACTS, facts);
            }
            _ => put(entry, key, &node, notes),
        }
    }
}

/// Whether the charter's language reads a key of a decision with a value; what is taken away needs only a key. Names that lead nowhere are given back.
fn is_known(key: &Key, node: &Node, ids: Option<&HashSet<String>>) -> Option<Vec<String>> {
    let given = without_nulls(node).filter(|given| !given.is_blank());
    let is_given = given.is_some();
    let decision = Map::new().with(key.text.clone(), given.unwrap_or_else(|| Value::Raw("[]".to_owned())));
    let head = Map::new().with("charter", Value::Raw("1".to_owned())).with("system", "s");
    let text = write(&head.with("decisions", Map::new().with("d", decision)));
    let reading = charter_spec::read(&FileSet::single("charter.yaml", text.clone().into_bytes()), "charter.yaml");
    let mut nowhere = Vec::new();
    for problem in reading.diagnostics.iter().filter(|problem| problem.is_error()) {
        if problem.code == UNKNOWN || (is_given && problem.code != NOWHERE) {
            return None;
        }
        let span = problem.span();
        let name = text.get(span.start as usize..span.end as usize).unwrap_or_default().trim_matches(['"', '\'']);
        if problem.code == NOWHERE && ids.is_some_and(|ids| !ids.contains(name)) {
            nowhere.push(name.to_owned());
        }
    }
    Some(nowhere)
}

/// Takes names that lead nowhere out of the keys that name something.
fn strip(key: &str, node: &mut Node, nowhere: &[String]) {
    let is_named = NAMES.contains(&key);
    let leads_nowhere = |node: &Node| matches!(&node.kind, Kind::Text { text, .. } if nowhere.contains(text));
    match &mut node.kind {
        Kind::Text { text, plain } if is_named && nowhere.contains(text) => {
            text.clear();
            *plain = true;
        }
        Kind::Text { .. } => {}
        Kind::List(items) => items.retain(|item| !is_named || !leads_nowhere(item)),
        Kind::Map(pairs) => {
            for (key, node) in pairs.iter_mut() {
                strip(&key.text, node, nowhere);
            }
            pairs.retain(|(key, node)| !NAMES.contains(&key.text.as_str()) || !node.is_empty());
        }
    }
}

fn without_nulls(node: &Node) -> Option<Value> {
    match &node.kind {
        _ if is_null(node) => None,
        Kind::Map(pairs) => {
            let mut map = Map::new();
            for (key, node) in pairs {
                map.put_some(&key.text, without_nulls(node));
            }
            Some(Value::Map(map))
        }
        _ => Some(value(node)),
    }
}

fn by_id(entry: &mut Map, key: &Key, node: &Node, notes: &mut Notes) {
    let mut parts = match entry.get(&key.text) {
        Some(Value::Map(known)) => known.clone(),
        _ => Map::new().block(),
    };
    for (id, part) in node.pairs() {
        if is_null(part) {
            parts.remove(&id.text);
            continue;
        }
        let mut inner = match parts.get(&id.text) {
            Some(Value::Map(known)) => known.clone(),
            _ => Map::new(),
        };
        for (key, node) in part.pairs() {
            put(&mut inner, key, node, notes);
        }
        let inner = if inner.is_empty() { Value::Raw("{}".to_owned()) } else { Value::Map(inner) };
        parts.replace(&id.text, inner);
    }
    in_order(&mut parts, node.pairs());
    entry.remove(&key.text);
    entry.put(key.text.clone(), parts);
}

/// Where every part is named, their order is the charter's.
fn in_order(parts: &mut Map, named: &[(Key, Node)]) {
    let order: Vec<&str> = named.iter().map(|(id, _)| id.text.as_str()).collect();
    if parts.keys().all(|id| order.contains(&id)) {
        parts.sort_by_key(|id| order.iter().position(|known| *known == id));
    }
}

fn put(map: &mut Map, key: &Key, node: &Node, notes: &mut Notes) {
    if is_null(node) {
        map.remove(&key.text);
        return;
    }
    let value = value(node);
    if let Some(said) = map.get(&key.text).filter(|said| words(said) != words(&value)) {
        let message = format!("the front matter says otherwise than the text: `{}` is written, not `{}`", flat(&value), flat(said));
        notes.help(Code::Contradiction, key.span, message, format!("take `{}` out of the front matter where the text is right", key.text));
    }
    map.replace(&key.text, value);
}

fn flat(value: &Value) -> String {
    short(&match value {
        Value::Text(text) | Value::Raw(text) => text.clone(),
        Value::List(items) => items.iter().map(flat).collect::<Vec<_>>().join(", "),
        Value::Map(map) => map.keys().collect::<Vec<_>>().join(", "),
    })
}

/// The letters and digits of a value: two texts that differ in nothing else say the same.
fn words(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Raw(text) => text.chars().filter(|letter| letter.is_alphanumeric()).collect(),
        Value::List(items) => items.iter().map(words).collect(),
        Value::Map(map) => map.keys().filter_map(|key| Some(format!("{key}{}", words(map.get(key)?)))).collect(),
    }
}

fn is_null(node: &Node) -> bool {
    matches!(&node.kind, Kind::Text { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
}

/// A value as it is written: plain words stay plain, so that a number stays one.
fn value(node: &Node) -> Value {
    match &node.kind {
        Kind::Text { text, plain } => {
            let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.%/+-".contains(&byte));
            let is_number = text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '.' | '-' | '+'));
            if *plain && is_word && (is_number || matches!(text.as_str(), "true" | "false")) {
                Value::Raw(text.clone())
            } else {
                Value::Text(text.clone())
            }
        }
        Kind::List(items) => Value::List(items.iter().map(value).collect()),
        Kind::Map(pairs) => {
            let mut map = Map::new();
            for (key, node) in pairs {
                map.put(key.text.clone(), value(node));
            }
            Value::Map(map)
        }
    }
}

/// A decision of a charter and the record that is held against it.
#[derive(Clone, Debug)]
pub struct Told<'s> {
    /// The decision as it was read from the charter's files.
    pub decision: &'s Entry<Decision>,
    /// The record's path in its set.
    pub path: String,
    /// Whether the record has to say nothing else: what only it says is taken away, too.
    pub whole: bool,
}

/// What a record does not say of its decision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unsaid {
    /// Keys of the decision of which charter and record say different things.
    pub differs: Vec<String>,
    /// Lines for the record's front matter that make it say the whole, with a line break at the end; empty when it does.
    pub front: String,
    /// Whether the file was taken for a record at all.
    pub is_record: bool,
}

/// Holds records against the decisions of a charter, in the order given. `charter` holds the files that the decisions were read from.
pub fn unsaid(charter: &FileSet, told: &[Told<'_>], records: &FileSet) -> Vec<Unsaid> {
    let draft = read(records, &Target { spec: None, home: Some(String::new()) }, true);
    let known = match draft.sections.get("decisions") {
        Some(Value::Map(map)) => map.clone(),
        _ => Map::new(),
    };
    let mut by_path: HashMap<&str, (&str, &Map)> = HashMap::new();
    for id in known.keys() {
        if let Some(Value::Map(entry)) = known.get(id)
            && let Some(Value::Text(path)) = entry.get("record")
        {
            by_path.insert(path, (id, entry));
        }
    }
    let names: HashMap<&str, &str> =
        told.iter().filter_map(|told| Some((by_path.get(told.path.as_str())?.0, told.decision.id.value.as_str()))).collect();
    let mut trees: HashMap<FileId, Option<Node>> = HashMap::new();
    told.iter()
        .map(|told| {
            let id = told.decision.id.value.as_str();
            let file = told.decision.id.span.file;
            let tree = trees.entry(file).or_insert_with(|| documents(charter, file, &mut Notes::default()).into_iter().next());
            let stated = tree.as_ref().and_then(|tree| tree.get("decisions")?.get(id)).map(value);
            let Some(Value::Map(stated)) = stated else { return Unsaid::default() };
            let (read_id, entry) = match by_path.get(told.path.as_str()) {
                Some((read_id, entry)) => (*read_id, renamed(entry, &names)),
                None => return Unsaid { is_record: false, ..missing(id, stated) },
            };
            let mut differs = Vec::new();
            let mut map = Map::new().block();
            if read_id != id {
                map.put("id", id);
            }
            difference(&stated, &entry, told.whole, &mut map, &mut differs);
            Unsaid { differs, front: front(map), is_record: true }
        })
        .collect()
}

fn missing(id: &str, mut stated: Map) -> Unsaid {
    stated.remove("record");
    let mut map = Map::new().with("id", id).block();
    for key in stated.keys() {
        map.put_some(key, stated.get(key).cloned());
    }
    Unsaid { front: front(map), ..Unsaid::default() }
}

fn front(map: Map) -> String {
    if map.is_empty() { String::new() } else { write(&Map::new().with(KEY, map)) }
}

/// An entry whose relations name decisions as the charter does.
fn renamed(entry: &Map, names: &HashMap<&str, &str>) -> Map {
    let name = |value: &Value| match value {
        Value::Text(text) => Value::Text(names.get(text.as_str()).map_or(text.as_str(), |name| *name).to_owned()),
        other => other.clone(),
    };
    let mut entry = entry.clone();
    for key in ["supersedes", "superseded_by", "related"] {
        match entry.get(key) {
            Some(Value::List(items)) => {
                let items = Value::List(items.iter().map(name).collect());
                entry.replace(key, items);
            }
            Some(single) => {
                let single = name(single);
                entry.replace(key, single);
            }
            None => {}
        }
    }
    entry
}

/// What has to be added to what was read so that it is what the charter states.
fn difference(stated: &Map, read: &Map, whole: bool, map: &mut Map, differs: &mut Vec<String>) {
    for key in stated.keys().filter(|key| *key != "record") {
        let (Some(own), other) = (stated.get(key), read.get(key)) else { continue };
        match (own, other) {
            (Value::Map(own), Some(Value::Map(other))) if BY_ID.contains(&key) => {
                let (parts, differ) = parts(own, other, whole);
                if differ {
                    differs.push(key.to_owned());
                }
                map.put(key, parts);
            }
            (own, Some(other)) if is_same(own, other) => {}
            (Value::Map(own), Some(Value::Map(other))) if key == FACTS => {
                let (facts, differ) = facts(own, other, whole);
                if differ {
                    differs.push(key.to_owned());
                }
                map.put(key, facts);
            }
            (own, other) => {
                if other.is_some() {
                    differs.push(key.to_owned());
                }
                map.put(key, own.clone());
            }
        }
    }
    let extra = read.keys().filter(|key| whole && *key != "record" && !stated.contains(key));
    for key in extra {
        map.put(key, Value::Raw("null".to_owned()));
    }
}

/// The same for facts: those that are missing or differ, or all where their order would be another.
fn facts(stated: &Map, read: &Map, whole: bool) -> (Map, bool) {
    let differ = |key: &str| stated.get(key).zip(read.get(key)).is_some_and(|(own, other)| !is_same(own, other));
    let in_order = {
        let after: Vec<&str> =
            read.keys().filter(|key| stated.contains(key)).chain(stated.keys().filter(|key| !read.contains(key))).collect();
        after.iter().copied().eq(stated.keys())
    };
    let mut map = Map::new();
    for key in stated.keys().filter(|key| !in_order || !read.contains(key) || differ(key)) {
        map.put_some(key, stated.get(key).cloned());
    }
    for key in read.keys().filter(|key| whole && !stated.contains(key)) {
        map.put(key, Value::Raw("null".to_owned()));
    }
    (map, stated.keys().any(differ))
}

/// The same for parts that stand by id, and whether both say something else of one.
fn parts(stated: &Map, read: &Map, whole: bool) -> (Map, bool) {
    let mut parts = Map::new().block();
    let mut differ = false;
    for id in stated.keys() {
        let own = match stated.get(id) {
            Some(Value::Map(own)) => own.clone(),
            Some(Value::Text(about)) if !about.trim().is_empty() => Map::new().with("about", about.clone()),
            _ => Map::new(),
        };
        let mut inner = Map::new();
        let mut inner_differs = Vec::new();
        match read.get(id) {
            Some(Value::Map(other)) => difference(&own, other, whole, &mut inner, &mut inner_differs),
            _ => inner = own,
        }
        differ |= !inner_differs.is_empty() || !read.contains(id);
        parts.put(id, if inner.is_empty() { Value::Raw("{}".to_owned()) } else { Value::Map(inner) });
    }
    let extra: Vec<&str> = read.keys().filter(|id| !stated.contains(id)).collect();
    if whole {
        for id in extra {
            parts.put(id, Value::Raw("null".to_owned()));
        }
    }
    let common: Vec<&str> = read.keys().filter(|id| stated.contains(id)).collect();
    let in_order = common.iter().copied().eq(stated.keys().filter(|id| read.contains(id)));
    // A part of which nothing is to be said is named only where the order has to be.
    if in_order && common.len() == stated.len() {
        let said: Vec<String> = parts.keys().filter(|id| parts.get(id) != Some(&Value::Raw("{}".to_owned()))).map(str::to_owned).collect();
        let ids: Vec<String> = parts.keys().map(str::to_owned).collect();
        ids.iter().filter(|id| !said.contains(id)).for_each(|id| parts.remove(id));
    }
    (parts, differ)
}

/// Whether two values say the same: one text alone is a list of one, and a line break at the end of a text is nothing.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Text(left) | Value::Raw(left), Value::Text(right) | Value::Raw(right)) => {
            left.trim_end_matches('\n') == right.trim_end_matches('\n')
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Value::List(items), one) | (one, Value::List(items)) => matches!(items.as_slice(), [item] if is_same(item, one)),
        (Value::Map(left), Value::Map(right)) => {
            left.keys().eq(right.keys())
                && left.keys().all(|key| matches!((left.get(key), right.get(key)), (Some(left), Some(right)) if is_same(left, right)))
        }
        _ => false,
    }
}

/// A record with lines put into its front matter; it gets one where it has none. What stands under `charter` already is one block with the lines.
///
/// What stands there and is no map becomes a comment.
pub fn with_front(record: &str, lines: &str) -> String {
    if lines.is_empty() {
        return record.to_owned();
    }
    let newline = if record.contains("\r\n") { "\r\n" } else { "\n" };
    let (mark, text) = record.strip_prefix('\u{feff}').map_or(("", record), |rest| ("\u{feff}", rest));
    let Some((open, close)) = super::header::bounds(text) else {
        let lines = lines.replace('\n', newline);
        return format!("{mark}---{newline}{lines}---{newline}{newline}{}", text.trim_start_matches(['\r', '\n']));
    };
    let (before, behind) = (text.get(..open).unwrap_or_default(), text.get(close..).unwrap_or_default());
    let yaml = text.get(open..close).unwrap_or_default();
    let file = Span::default().file;
    let (mut fields, mut at, mut place) = (String::new(), 0, None);
    for range in blocks(yaml) {
        fields.push_str(yaml.get(at..range.start).unwrap_or_default());
        at = range.end;
        if block(yaml, &range, file, 0).is_some() {
            place.get_or_insert(fields.len());
        } else {
            yaml.get(range).unwrap_or_default().split_inclusive('\n').for_each(|line| fields.extend(["# ", line]));
        }
    }
    fields.push_str(yaml.get(at..).unwrap_or_default());
    let lines = match split(yaml, file, 0).1.zip(split(lines, file, 0).1) {
        Some((mut known, later)) => {
            merge(&mut known, &later);
            match as_written(&known) {
                Value::Map(map) => front(map.block()),
                _ => lines.to_owned(),
            }
        }
        None => lines.to_owned(),
    };
    fields.insert_str(place.unwrap_or(fields.len()), &lines.replace('\n', newline));
    format!("{mark}{before}{fields}{behind}")
}

/// A value as [`value`] has it, with what takes something away and what is named and holds nothing.
fn as_written(node: &Node) -> Value {
    match &node.kind {
        _ if is_null(node) => Value::Raw("null".to_owned()),
        Kind::Text { text, .. } if text.is_empty() => Value::Raw("\"\"".to_owned()),
        Kind::Text { .. } => value(node),
        Kind::List(items) if items.is_empty() => Value::Raw("[]".to_owned()),
        Kind::List(items) => Value::List(items.iter().map(as_written).collect()),
        Kind::Map(pairs) if pairs.is_empty() => Value::Raw("{}".to_owned()),
        Kind::Map(pairs) => {
            let mut map = Map::new();
            for (key, node) in pairs {
                let value = match as_written(node) {
                    Value::Map(parts) if BY_ID.contains(&key.text.as_str()) => Value::Map(parts.block()),
                    value => value,
                };
                map.put(key.text.clone(), value);
            }
            Value::Map(map)
        }
    }
}
