//! What is known of patterns and of the choices that every system with models makes: what each gives, what is given up for it, and by which facts a charter
//! shows that the price is paid.
//!
//! Whether a charter shows them is judged by A004 and A005; this is what they, the reference page and the documents read.

mod choices;
mod facts;
mod page;
mod patterns;

pub use choices::{Alternative, CHOICES, Choice};
pub use page::page;
pub use patterns::{PATTERNS, PatternEntry};

use crate::rule::Lint;
use charter_spec::Link;
use charter_spec::names::List;
use std::collections::HashMap;

/// Something that a charter shows or does not show.
pub struct Fact {
    /// A clause: `every feature says how old it may be`.
    pub words: &'static str,
    /// The keys that show it.
    pub help: &'static str,
    /// Whether it depends on where a pattern is used; what does not is found once for the whole charter.
    pub(crate) local: bool,
    pub(crate) holds: fn(&Lint<'_>, Places<'_>) -> bool,
}

/// Where something is used; everywhere when nothing is named.
#[derive(Clone, Copy, Default)]
pub(crate) struct Places<'a>(pub(crate) Option<&'a List<Link>>);

/// What a charter shows, each fact that holds for the whole of it looked for once.
#[derive(Default)]
pub(crate) struct Shown {
    /// By the fact itself: two may be told in the same words.
    known: HashMap<*const Fact, bool>,
    /// How often a charter was looked through.
    looks: usize,
}

impl Shown {
    /// Whether the charter shows a fact, at these places or anywhere.
    pub(crate) fn has(&mut self, lint: &Lint<'_>, fact: &Fact, places: Places<'_>) -> bool {
        let everywhere = !fact.local || places.0.is_none_or(|links| links.is_empty());
        if everywhere && let Some(known) = self.known.get(&std::ptr::from_ref(fact)) {
            return *known;
        }
        self.looks += 1;
        let holds = (fact.holds)(lint, places);
        if everywhere {
            self.known.insert(std::ptr::from_ref(fact), holds);
        }
        holds
    }

    #[cfg(test)]
    pub(crate) fn looks(&self) -> usize {
        self.looks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_spec::FileSet;
    use charter_spec::ast::PatternKind;
    use charter_spec::quantity::Date;

    #[test]
    fn a_fact_of_the_whole_charter_is_looked_for_once_however_many_patterns_ask() {
        let files = FileSet::single("charter.yaml", b"charter: 1\nsystem: test\nmodels: { m: { task: ranking } }\n".to_vec());
        let spec = charter_spec::read(&files, "charter.yaml").spec.unwrap_or_default();
        let resolved = charter_plan::resolve(spec, &files);
        let today = Date { year: 2026, month: 11, day: 23 };
        let lint = Lint { resolved: &resolved, evidence: &[], plan: None, today };
        let facts = || PatternKind::ALL.iter().filter_map(|kind| PatternEntry::of(*kind)).flat_map(|entry| entry.facts);
        let mut shown = Shown::default();
        let looks: Vec<usize> = (0..3)
            .map(|_| {
                facts().for_each(|fact| {
                    assert_eq!(shown.has(&lint, fact, Places::default()), (fact.holds)(&lint, Places::default()), "{}", fact.words)
                });
                shown.looks()
            })
            .collect();
        assert!(looks[0] > 10 && looks[0] <= facts().count(), "{looks:?}");
        assert_eq!((looks[1], looks[2]), (looks[0], looks[0]));
    }
}
