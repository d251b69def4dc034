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

/// Something that a charter shows or does not show.
pub struct Fact {
    /// A clause: `every feature says how old it may be`.
    pub words: &'static str,
    /// The keys that show it.
    pub help: &'static str,
    pub(crate) holds: fn(&Lint<'_>, Places<'_>) -> bool,
}

/// Where something is used; everywhere when nothing is named.
#[derive(Clone, Copy, Default)]
pub(crate) struct Places<'a>(pub(crate) Option<&'a List<Link>>);

impl Fact {
    /// Whether the charter shows it, at these places or anywhere.
    pub(crate) fn shown(&self, lint: &Lint<'_>, places: Places<'_>) -> bool {
        (self.holds)(lint, places)
    }
}
