//! The registry. A family is a folder, a rule is a file; adding one is a line in its family's list.

mod architecture;
mod basis;
mod capacity;
mod data;
mod decision;
mod fallback;
mod latency;
mod money;
mod quality;
mod risk;
mod roadmap;
mod security;
pub(crate) mod trace;
mod wording;

use crate::rule::Rule;

/// Families in the order of their letters' first mention in a charter.
const FAMILIES: &[&[&Rule]] = &[
    quality::RULES,
    latency::RULES,
    capacity::RULES,
    money::RULES,
    data::RULES,
    fallback::RULES,
    risk::RULES,
    roadmap::RULES,
    trace::RULES,
    security::RULES,
    decision::RULES,
    architecture::RULES,
];

/// Every rule.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// The rule under a code.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code.eq_ignore_ascii_case(code))
}
