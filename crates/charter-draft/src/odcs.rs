//! Data contracts after the Open Data Contract Standard 3.x: each becomes a dependency that the charter's models take data from.
//!
//! The contract stays the contract: the charter names the file, which is copied as it is, and `charter_plan::contract` reads from it what a route needs. The
//! entry carries what is checked elsewhere: how often data come, how fresh and available they are promised to be, how sensitive they are. Keys that the
//! standard does not know are noted, and stay in the file.

use crate::document::Map;
use crate::foreign::{Code, Fields, Ids, Node, Notes, documents, short, slug};
use crate::import::{Draft, Target};
use charter_plan::contract::read_contract;
use charter_spec::ast::DataClass;
use charter_spec::quantity::parse_quantity;
use charter_spec::{FileSet, SectionName, Span};

/// Most contracts of one import.
const CONTRACTS_MAX: usize = 2_000;

/// Keys of the standard, 3.0 and 3.1.
const KEYS: &[&str] = &[
    "apiVersion",
    "kind",
    "id",
    "name",
    "version",
    "status",
    "tenant",
    "domain",
    "dataProduct",
    "tags",
    "description",
    "schema",
    "servers",
    "slaProperties",
    "slaDefaultElement",
    "team",
    "roles",
    "support",
    "price",
    "customProperties",
    "authoritativeDefinitions",
    "contractCreatedTs",
    "quality",
];

/// Names of a service level about how often data come.
const FREQUENCY: &[&str] = &["frequency", "fy"];
/// Names of a service level about how old data may be.
const LATENCY: &[&str] = &["latency", "ly", "freshness", "timeliness"];

/// Imports every contract of the set.
pub fn import(files: &FileSet, target: &Target<'_>) -> Draft {
    let mut notes = Notes::default();
    let mut draft = Draft::default();
    let taken = target.spec.map(|spec| spec.declared(SectionName::Dependencies)).unwrap_or_default();
    let mut ids = Ids::taken(taken.iter().map(|(id, _)| id.as_str()));
    let mut section = Map::new();
    let is_yaml = |path: &&str| [".yaml", ".yml", ".json"].iter().any(|end| path.to_ascii_lowercase().ends_with(end));
    let paths: Vec<&str> = files.paths().filter(is_yaml).collect();
    for path in paths {
        let Some(file) = files.find(path) else { continue };
        if section.len() >= CONTRACTS_MAX {
            notes.push(
                Code::Limit,
                Span::new(file, 0, 0),
                format!("an import takes {CONTRACTS_MAX} contracts; this one and those behind it are left out"),
            );
            break;
        }
        let place = target.place(path, "contracts");
        let known = target.spec.is_some_and(|spec| {
            spec.dependencies.iter().any(|known| known.contract.as_ref().is_some_and(|contract| contract.as_str() == place))
        });
        if known {
            notes.push(Code::Skipped, Span::new(file, 0, 0), format!("`{path}` is in the charter already"));
            continue;
        }
        let mut read = documents(files, file, &mut notes).into_iter();
        let Some(root) = read.next() else { continue };
        if let Some(second) = read.next() {
            notes.push(Code::Kept, second.span, "a contract is one document; this second one stays in the file");
        }
        let Some((wanted, entry)) = dependency(&root, path, &place, &mut notes) else { continue };
        if let Some(contract) = read_contract(files, path) {
            for problem in contract.problems.iter().take(20) {
                notes.push(Code::Kept, problem.span(), format!("{}; a route could not take it as an input", problem.message));
            }
        }
        let id = ids.take(&wanted, "contract");
        if id != wanted {
            notes.push(Code::Renamed, root.span, format!("`{}` is taken: this contract is `{id}`", short(&wanted)));
        }
        section.put(id, entry);
        if target.copies() {
            draft.copy(files, path, &place);
        }
    }
    draft.count(section.len(), "dependency");
    draft.sections.put("dependencies", section);
    draft.notes = notes.finish();
    draft
}

/// What a contract promises of its data, in the words of a dependency: `every`, `freshness`, `slo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// How often data come: `1d`.
    pub every: Option<String>,
    /// How old they may be: `4h`.
    pub freshness: Option<String>,
    /// Their availability: `99.9%`.
    pub slo: Option<String>,
}

/// The service levels of a contract, as an import would take them; nothing of what is no contract.
pub fn levels(files: &FileSet, path: &str) -> Levels {
    let root = files.find(path).and_then(|file| documents(files, file, &mut Notes::default()).into_iter().next());
    root.map(|root| Levels { every: level(&root, FREQUENCY), freshness: level(&root, LATENCY), slo: availability(&root) })
        .unwrap_or_default()
}

/// The id that a contract suggests and its entry; `None`, noted, for what is no contract.
fn dependency(root: &Node, path: &str, place: &str, notes: &mut Notes) -> Option<(String, Map)> {
    let start = Span::new(root.span.file, root.span.start as usize, root.span.start as usize + 1);
    if root.get("kind").and_then(Node::word) != Some("DataContract") {
        notes.push(Code::Skipped, start, format!("`{path}` is left out: it does not say `kind: DataContract`"));
        return None;
    }
    let mut fields = Fields::of(root);
    let version = root.get("apiVersion").and_then(Node::word).unwrap_or("none");
    if !version.trim_start_matches('v').starts_with("3.") {
        let at = root.get("apiVersion").map_or(start, |node| node.span);
        notes.push(Code::Guessed, at, format!("`{}` is no version of the standard that is known; it is read as 3.1", short(version)));
    }
    let known: Vec<Option<&Node>> = KEYS.iter().map(|key| fields.take(key)).collect();
    drop(known);
    for (key, _) in fields.rest() {
        notes.push(Code::Kept, key.span, format!("`{}` is no key of the standard; it stays in the contract", short(&key.text)));
    }
    let stem = path.rsplit('/').next().unwrap_or(path).split('.').next().unwrap_or_default();
    let name = root.get("name").and_then(Node::word).or_else(|| root.get("dataProduct").and_then(Node::word));
    let wanted = [name, Some(stem), root.get("id").and_then(Node::word)]
        .into_iter()
        .flatten()
        .map(slug)
        .find(|id| !id.is_empty())
        .unwrap_or_default();
    let mut map = Map::new();
    map.put("direction", "upstream");
    let server = root.get("servers").and_then(|servers| servers.items().first());
    let kind = server.and_then(|server| server.get("type")).and_then(Node::word);
    map.put_some("kind", kind.and_then(kind_of));
    map.put_some("via", kind);
    map.put_some("every", level(root, FREQUENCY));
    map.put_some("freshness", level(root, LATENCY));
    map.put_some("region", server.and_then(|server| server.get("region")).and_then(Node::word).filter(|region| !region.is_empty()));
    map.put_some("data", class(root).map(DataClass::word));
    map.put_some("slo", availability(root));
    map.put("contract", place);
    let purpose = root.get("description").and_then(|description| description.get("purpose").or(Some(description))).and_then(Node::word);
    map.put_some(
        "about",
        purpose
            .map(|purpose| purpose.split_whitespace().collect::<Vec<_>>().join(" "))
            .or_else(|| name.filter(|name| **name != wanted).map(str::to_owned)),
    );
    let mut facts = Map::new();
    for key in ["version", "status", "domain", "tenant", "dataProduct"] {
        facts.put_some(&slug(&spaced(key)), root.get(key).and_then(Node::word));
    }
    let team = root.get("team").map(|team| team.get("members").unwrap_or(team)).map(Node::items).unwrap_or_default();
    let people: Vec<&str> =
        team.iter().filter_map(|member| member.get("name").or_else(|| member.get("username")).and_then(Node::word)).take(20).collect();
    facts.put("team", people.join(", "));
    map.put("facts", facts);
    Some((wanted, map))
}

/// `dataProduct` as two words.
fn spaced(key: &str) -> String {
    key.chars().flat_map(|letter| if letter.is_ascii_uppercase() { vec![' ', letter.to_ascii_lowercase()] } else { vec![letter] }).collect()
}

fn kind_of(server: &str) -> Option<&'static str> {
    Some(match server.to_ascii_lowercase().as_str() {
        "kafka" | "pubsub" | "kinesis" | "eventhub" | "pulsar" | "nats" => "stream",
        "api" | "http" | "https" | "rest" => "http",
        "rabbitmq" | "sqs" => "queue",
        "redis" | "valkey" | "dynamodb" => "lookup",
        "s3" | "gcs" | "azure" | "adls" | "sftp" | "local" | "glue" | "hdfs" => "batch",
        "postgres" | "postgresql" | "mysql" | "snowflake" | "bigquery" | "redshift" | "databricks" | "athena" | "sqlserver" | "synapse"
        | "oracle" | "trino" | "presto" | "clickhouse" | "duckdb" | "db2" | "denodo" | "dremio" | "hive" | "impala" | "informix"
        | "vertica" | "cloudsql" => "query",
        _ => return None,
    })
}

/// A service level as a length of time in the charter's units; `None` when there is none, or in a unit that is no time.
fn level(root: &Node, names: &[&str]) -> Option<String> {
    let level = service_level(root, names)?;
    let value = level.get("value").and_then(Node::word)?;
    let unit = match level.get("unit").and_then(Node::word)?.to_ascii_lowercase().as_str() {
        "d" | "day" | "days" => "d",
        "h" | "hr" | "hour" | "hours" => "h",
        "m" | "min" | "mins" | "minute" | "minutes" => "min",
        "s" | "sec" | "second" | "seconds" => "s",
        "ms" | "millisecond" | "milliseconds" => "ms",
        "w" | "week" | "weeks" => "w",
        // A year is no length of time that the charter counts in; 365 days are.
        "y" | "yr" | "year" | "years" => {
            return value.parse::<u32>().ok().map(|years| format!("{}d", u64::from(years) * 365)).and_then(usable);
        }
        _ => return None,
    };
    usable(format!("{value}{unit}"))
}

fn usable(text: String) -> Option<String> {
    parse_quantity(&text).is_ok_and(|quantity| quantity.base > 0.0).then_some(text)
}

fn service_level<'n>(root: &'n Node, names: &[&str]) -> Option<&'n Node> {
    let levels = root.get("slaProperties").map(Node::items).unwrap_or_default();
    levels.iter().find(|level| level.get("property").and_then(Node::word).is_some_and(|property| names.contains(&property)))
}

fn availability(root: &Node) -> Option<String> {
    let level = service_level(root, &["availability", "av"])?;
    let value = level.get("value").and_then(Node::word)?;
    let (number, is_percent) = match value.strip_suffix('%') {
        Some(number) => (number.trim(), true),
        None => (value, level.get("unit").and_then(Node::word).is_none_or(|unit| matches!(unit, "percent" | "%" | "pct"))),
    };
    let share: f64 = number.parse().ok()?;
    (is_percent && share > 0.0 && share <= 100.0).then(|| format!("{number}%"))
}

/// The most sensitive class that tags or classifications name.
fn class(root: &Node) -> Option<DataClass> {
    let mut found = None;
    let mut add = |word: &str| {
        let class = match word.to_ascii_lowercase().as_str() {
            "sensitive" | "phi" | "health" | "special" | "special-category" => DataClass::Sensitive,
            "personal" | "pii" | "gdpr" | "personal data" | "spi" => DataClass::Personal,
            "pseudonymous" | "pseudonymised" | "pseudonymized" => DataClass::Pseudonymous,
            "confidential" | "restricted" | "secret" | "internal" | "private" => DataClass::Confidential,
            "aggregated" => DataClass::Aggregated,
            "anonymous" | "anonymised" | "anonymized" => DataClass::Anonymous,
            "public" => DataClass::Public,
            _ => return,
        };
        let weight = |class: DataClass| {
            use DataClass::{Aggregated, Anonymous, Confidential, None, Personal, Pseudonymous, Public, Sensitive};
            [None, Public, Aggregated, Anonymous, Confidential, Pseudonymous, Personal, Sensitive].iter().position(|known| *known == class)
        };
        if found.is_none_or(|known| weight(known) < weight(class)) {
            found = Some(class);
        }
    };
    let tags = |node: &Node| {
        node.get("tags").map(Node::items).unwrap_or_default().iter().filter_map(Node::word).map(str::to_owned).collect::<Vec<_>>()
    };
    tags(root).iter().for_each(|tag| add(tag));
    for object in root.get("schema").map(Node::items).unwrap_or_default() {
        tags(object).iter().for_each(|tag| add(tag));
        for property in object.get("properties").map(Node::items).unwrap_or_default() {
            property.get("classification").and_then(Node::word).into_iter().for_each(&mut add);
        }
    }
    found
}
