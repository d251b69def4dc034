//! Agreement on JSON: the same value at every path, whatever the spaces and the order of keys.
//!
//! Two values at one place of an array are compared with each other; all places of an array are one path, `/items/*/price`.

use super::cells;
use super::score::Tolerance;
use charter_engine::tensor::Tensor;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Longest text that is read as JSON; longer ones are compared byte for byte.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// Most paths that are told apart; differences at others are counted together.
const PATHS_MAX: usize = 64;
/// Where those are counted.
const ELSEWHERE: &str = "elsewhere";
/// Most paths of one row; what differs there differs enough.
const ROW_PATHS_MAX: usize = 64;
/// Most paths in a report.
const REPORTED_MAX: usize = 20;
/// Longest key that stands for itself; longer ones may be data.
const KEY_BYTES_MAX: usize = 32;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct JsonFold {
    rows: u64,
    equal: u64,
    unreadable: u64,
    /// Rows that differ, by path.
    paths: BTreeMap<String, u64>,
}

/// What was found about JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JsonReport {
    pub rows: u64,
    /// Rows that agree at every path.
    pub equal: u64,
    /// Rows where at least one side is no JSON; they agree when the bytes do.
    pub unreadable: u64,
    /// Where rows differ, most rows first.
    pub paths: Vec<PathReport>,
}

/// A path at which rows differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathReport {
    /// As a JSON pointer (RFC 6901) with `*` for every place of an array; empty for the whole value.
    pub path: String,
    pub rows: u64,
}

impl JsonFold {
    /// The number of paths at which the row differs, or `None` when there is none.
    pub(super) fn row(&mut self, primary: &Tensor, mirror: &Tensor, row: Range<usize>, tolerance: Tolerance) -> Option<f64> {
        let mut paths = BTreeSet::new();
        let mut unreadable = false;
        for index in row {
            if cells::same(primary, mirror, index) {
                unreadable |= read(primary, index).is_none();
                continue;
            }
            match (read(primary, index), read(mirror, index)) {
                (Some(before), Some(after)) => differences(&before, &after, tolerance, &mut String::new(), &mut paths),
                _ => {
                    unreadable = true;
                    paths.insert(String::new());
                }
            }
        }
        self.rows += 1;
        self.equal += u64::from(paths.is_empty());
        self.unreadable += u64::from(unreadable);
        let severity = (!paths.is_empty()).then_some(paths.len() as f64);
        for path in paths {
            let known = self.paths.len() < PATHS_MAX || self.paths.contains_key(&path);
            *self.paths.entry(if known { path } else { ELSEWHERE.to_owned() }).or_default() += 1;
        }
        severity
    }

    pub(super) fn report(&self) -> JsonReport {
        let mut paths: Vec<PathReport> = self.paths.iter().map(|(path, &rows)| PathReport { path: path.clone(), rows }).collect();
        paths.sort_by(|one, other| other.rows.cmp(&one.rows).then_with(|| one.path.cmp(&other.path)));
        paths.truncate(REPORTED_MAX);
        JsonReport { rows: self.rows, equal: self.equal, unreadable: self.unreadable, paths }
    }
}

fn read(tensor: &Tensor, index: usize) -> Option<Value> {
    // The reader itself ends at 128 values inside each other.
    cells::text(tensor, index).filter(|text| text.len() <= TEXT_BYTES_MAX).and_then(|text| serde_json::from_slice(text).ok())
}

/// Gathers the paths below `at` where two values differ.
fn differences(before: &Value, after: &Value, tolerance: Tolerance, at: &mut String, found: &mut BTreeSet<String>) {
    if found.len() >= ROW_PATHS_MAX {
        return;
    }
    let length = at.len();
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            for key in before.keys().chain(after.keys().filter(|key| !before.contains_key(*key))) {
                step(at, key);
                match (before.get(key), after.get(key)) {
                    (Some(before), Some(after)) => differences(before, after, tolerance, at, found),
                    _ => drop(found.insert(at.clone())),
                }
                at.truncate(length);
            }
        }
        (Value::Array(before), Value::Array(after)) => {
            if before.len() != after.len() {
                found.insert(at.clone());
            }
            at.push_str("/*");
            for (before, after) in before.iter().zip(after) {
                differences(before, after, tolerance, at, found);
            }
            at.truncate(length);
        }
        _ if alike(before, after, tolerance) => {}
        _ => drop(found.insert(at.clone())),
    }
}

/// Whether two values that hold no others are the same; of numbers, nearly.
///
/// Whole numbers are told apart beyond 2⁵³ too, where their nearest doubles are one: an order's id is no measurement.
fn alike(before: &Value, after: &Value, tolerance: Tolerance) -> bool {
    if before == after {
        return true;
    }
    let (Some(expected), Some(found)) = (before.as_f64(), after.as_f64()) else { return false };
    let apart = match whole(before).zip(whole(after)) {
        Some((before, after)) => before.abs_diff(after) as f64,
        None => (expected - found).abs(),
    };
    apart <= tolerance.abs + tolerance.rel * expected.abs()
}

fn whole(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

/// Adds a key to a path, escaped as RFC 6901 has it.
fn step(at: &mut String, key: &str) {
    at.push('/');
    if key.len() > KEY_BYTES_MAX {
        at.push_str(&cells::redacted(key.as_bytes()));
    } else {
        at.push_str(&key.replace('~', "~0").replace('/', "~1"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_engine::tensor::{Texts, Values};
    use proptest::prelude::*;

    const EXACT: Tolerance = Tolerance { abs: 0.0, rel: 0.0 };

    fn text(text: &str) -> Tensor {
        Tensor::new([1].as_slice(), Values::Bytes(Texts::from_iter([text]))).unwrap()
    }

    fn paths(before: &str, after: &str, tolerance: Tolerance) -> Vec<String> {
        let mut fold = JsonFold::default();
        let severity = fold.row(&text(before), &text(after), 0..1, tolerance);
        let report = fold.report();
        assert_eq!((report.rows, report.equal, severity.is_none()), (1, u64::from(severity.is_none()), severity.is_none()));
        report.paths.into_iter().map(|path| path.path).collect()
    }

    #[test]
    fn spaces_and_the_order_of_keys_are_no_difference() {
        assert_eq!(paths(r#"{"a": 1, "b": [true, null]}"#, r#"{"b":[true,null],"a":1}"#, EXACT), [""; 0]);
        assert_eq!(paths(r#"{"a": 1.0}"#, r#"{"a": 1}"#, EXACT), [""; 0], "one number, written twice");
    }

    #[test]
    fn whole_numbers_beyond_the_doubles_are_told_apart() {
        assert_eq!(paths(r#"{"id": 9007199254740992}"#, r#"{"id": 9007199254740993}"#, EXACT), ["/id"]);
        assert_eq!(paths(r#"{"id": 18446744073709551615}"#, r#"{"id": -1}"#, EXACT), ["/id"]);
        assert_eq!(paths(r#"{"n": 100}"#, r#"{"n": 101}"#, Tolerance { abs: 0.0, rel: 0.01 }), [""; 0]);
    }

    #[test]
    fn each_difference_is_told_by_its_path() {
        let before = r#"{"items": [{"sku": "a", "price": 1.5}, {"sku": "b", "price": 2.0}], "total": 3.5, "a/b": 1}"#;
        let after = r#"{"items": [{"sku": "a", "price": 1.6}, {"sku": "x", "price": 2.0}], "sum": 3.5, "a/b": 2}"#;
        assert_eq!(paths(before, after, EXACT), ["/a~1b", "/items/*/price", "/items/*/sku", "/sum", "/total"]);
        assert_eq!(paths("[1, 2]", "[1]", EXACT), [""], "the array itself");
        let near = Tolerance { abs: 0.0, rel: 0.1 };
        assert_eq!(paths(r#"{"price": 10}"#, r#"{"price": 10.9}"#, near), [""; 0]);
        assert_eq!(paths(r#"{"price": 10}"#, r#"{"price": "10"}"#, near), ["/price"]);
    }

    #[test]
    fn long_keys_are_hidden_and_what_is_no_json_is_counted() {
        let [path] = paths(&format!(r#"{{"{}": 1}}"#, "secret".repeat(10)), "{}", EXACT).try_into().unwrap();
        assert!(path.starts_with("/text #") && !path.contains("secret"), "{path}");
        let mut fold = JsonFold::default();
        assert_eq!(fold.row(&text("no json"), &text("no json"), 0..1, EXACT), None, "the same bytes");
        assert_eq!(fold.row(&text("no json"), &text("{}"), 0..1, EXACT), Some(1.0));
        assert_eq!((fold.report().unreadable, fold.report().equal), (2, 1));
        let deep = |inside: &str| format!("{}{inside}{}", "[".repeat(10_000), "]".repeat(10_000));
        assert_eq!(fold.row(&text(&deep("1")), &text(&deep("2")), 0..1, EXACT), Some(1.0), "too deep to be read");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut fold = JsonFold::default();
        for key in 0..500 {
            fold.row(&text(&format!(r#"{{"k{key}": 1}}"#)), &text("{}"), 0..1, EXACT);
        }
        assert_eq!(fold.paths.len(), PATHS_MAX + 1);
        assert_eq!((fold.report().paths[0].path.as_str(), fold.report().paths[0].rows), (ELSEWHERE, 500 - PATHS_MAX as u64));
        assert_eq!(fold.report().paths.len(), REPORTED_MAX);
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z]{0,4}".prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c]{1,2}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_agree_exactly_when_they_are_equal(before in value(), after in value()) {
            for (one, other) in [(&before, &after), (&after, &before), (&before, &before)] {
                let found = paths(&one.to_string(), &serde_json::to_string_pretty(other).unwrap(), EXACT);
                prop_assert_eq!(found.is_empty(), one == other, "{} {}", one, other);
            }
        }
    }
}
