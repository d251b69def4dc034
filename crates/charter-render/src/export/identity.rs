//! Identifiers and times that are the same in every run.

use super::Input;
use uuid::Uuid;

/// A UUID of version 5 (RFC 9562, 5.5) for something of this charter: the same for the same system, kind and id.
pub(super) fn uuid(input: &Input<'_>, kind: &str, id: &str) -> String {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_OID, b"charter");
    // The parts are joined by what no id holds, so that no two lists of parts make one name.
    let name = format!("{}\n{kind}\n{id}", system(input));
    Uuid::new_v5(&namespace, name.as_bytes()).to_string()
}

/// The system's id.
pub(super) fn system<'a>(input: &Input<'a>) -> &'a str {
    input.resolved.spec.system.as_ref().map(|system| system.value.as_str()).filter(|system| !system.trim().is_empty()).unwrap_or("system")
}

/// The system in a line: its title, else its id.
pub(super) fn title<'a>(input: &Input<'a>) -> &'a str {
    input
        .resolved
        .spec
        .title
        .as_ref()
        .map(|title| title.value.as_str())
        .filter(|title| !title.trim().is_empty())
        .unwrap_or_else(|| system(input))
}

/// The date as a time after RFC 3339, at its start in UTC.
pub(super) fn timestamp(input: &Input<'_>) -> String {
    format!("{}T00:00:00Z", input.today)
}
