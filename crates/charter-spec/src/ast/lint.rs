//! How much a rule weighs in this charter.

use crate::names::{Field, Ref, target};

section! {
    /// How bad the findings of a rule are here, where that differs from what the rule says. A rule is never turned off: a waiver takes on what it
    /// finds, until a date.
    pub struct RuleSetting {
        /// How bad its findings are.
        @required severity: Field<RuleSeverity>,
        /// Why; to weigh a rule less than it says, this is needed.
        why: Field<String>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
    }
}

words! {
    /// How bad a finding is.
    pub enum RuleSeverity {
        /// The check fails.
        Error = "error",
        /// It holds only with luck.
        Warning = "warning",
        /// Worth knowing.
        Hint = "hint",
    }
}

impl RuleSeverity {
    /// The severity of the findings.
    pub fn severity(self) -> crate::Severity {
        match self {
            Self::Error => crate::Severity::Error,
            Self::Warning => crate::Severity::Warning,
            Self::Hint => crate::Severity::Hint,
        }
    }
}
