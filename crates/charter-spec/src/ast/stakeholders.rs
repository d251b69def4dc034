//! Who has an interest in the system.

use crate::ast::Level;
use crate::names::{Field, List, Ref, target};

section! {
    /// Someone with an interest in the system: a person, a team or a role.
    pub struct Stakeholder {
        /// What they are: `business sponsor`.
        role: Field<String>,
        /// Requirements that they care about.
        cares: List<Ref<target::Requirement>>,
        /// Phases of the roadmap whose gate they sign.
        signs: List<Ref<target::Phase>>,
        /// Who it is, when that is known.
        name: Field<String>,
        /// How to reach them: an address, a channel.
        contact: Field<String>,
        /// How much they decide.
        influence: Field<Level>,
        /// Anything else worth saying.
        about: Field<String>,
    }
}
