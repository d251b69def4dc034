//! The contract of what callers send, as a start: what the first rule needs, and the place for the rest.

use crate::document::{quoted, scalar};
use std::fmt::Write;

/// A column of a contract that is begun.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// `number`, `integer`, `string` or `boolean`; of a list, what its items are.
    pub(crate) logical: &'static str,
    /// Whether it is a list.
    pub(crate) list: bool,
    /// A type of the inference protocol.
    pub(crate) physical: &'static str,
    pub(crate) required: bool,
    pub(crate) about: Option<String>,
    /// `logicalTypeOptions`, each as it is written.
    pub(crate) options: Vec<(&'static str, String)>,
    /// The texts that are allowed; any when empty.
    pub(crate) values: Vec<String>,
}

/// A contract after ODCS 3.1.
pub(crate) fn contract(id: &str, name: &str, purpose: &str, tag: Option<&str>, columns: &[Column], availability: Option<&str>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {purpose}");
    let _ = writeln!(
        out,
        "apiVersion: v3.1.0\nkind: DataContract\nid: {}\nname: {}\nversion: 0.1.0\nstatus: draft",
        scalar(id, false),
        scalar(name, false)
    );
    let _ = writeln!(out, "description:\n  purpose: {}", scalar(purpose, false));
    if let Some(tag) = tag {
        let _ = writeln!(out, "tags: [{tag}]");
    }
    let _ = writeln!(out, "schema:\n  - name: {}\n    logicalType: object\n    properties:", scalar(name, false));
    for column in columns {
        let (logical, physical) = (column.logical, column.physical);
        let (name, required) = (scalar(&column.name, true), column.required);
        let _ = if column.list {
            write!(
                out,
                "      - {{ name: {name}, logicalType: array, items: {{ logicalType: {logical}, physicalType: {physical} }}, required: {required}"
            )
        } else {
            write!(out, "      - {{ name: {name}, logicalType: {logical}, physicalType: {physical}, required: {required}")
        };
        if !column.options.is_empty() {
            let options: Vec<String> = column.options.iter().map(|(key, value)| format!("{key}: {value}")).collect();
            let _ = write!(out, ", logicalTypeOptions: {{ {} }}", options.join(", "));
        }
        if let Some(about) = &column.about {
            let _ = write!(out, ", description: {}", scalar(about, true));
        }
        if !column.values.is_empty() {
            let values: Vec<String> = column.values.iter().map(|value| quoted(value)).collect();
            let _ =
                write!(out, ", quality: [{{ metric: invalidValues, mustBe: 0, arguments: {{ validValues: [{}] }} }}]", values.join(", "));
        }
        let _ = writeln!(out, " }}");
    }
    let share = availability.and_then(|share| share.strip_suffix('%'));
    if let Some(share) = share {
        let _ = writeln!(
            out,
            "slaProperties:\n  - {{ property: availability, value: {}, unit: percent, driver: operational, description: share of requests that are complete }}",
            share.trim().replace('_', "")
        );
    }
    out
}
