//! The risk register.

use crate::ast::Level;
use crate::measure::Criterion;
use crate::names::{Field, Link, List, Ref, target};
use crate::quantity::{Date, Duration};

section! {
    /// A risk: how likely, how bad, what is done about it, and what would show it.
    pub struct Risk {
        /// What could happen.
        about: Field<String>,
        /// The kind of risk.
        kind: List<RiskKind>,
        /// How likely it is.
        probability: Field<Level>,
        /// How bad it would be.
        impact: Field<Level>,
        /// Its level; written, it is checked against probability × impact.
        level: Field<Level>,
        /// What is done about it: elements of this charter, tasks, files.
        mitigate: List<Link>,
        /// Why nothing is done about it.
        accept: Field<String>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What shows that it comes true.
        watch: List<Criterion>,
        /// How often it is looked at again.
        review: Field<Duration>,
        /// When it was last looked at.
        reviewed: Field<Date>,
        /// The decision that it comes with.
        from: List<Ref<target::Decision>>,
        /// Whether it still stands.
        status: Field<RiskStatus>,
    }
}

words! {
    /// The kind of a risk.
    pub enum RiskKind {
        /// The world moves away from the data.
        Drift = "drift",
        /// Someone spoils the data.
        Poisoning = "poisoning",
        /// Someone talks the model into something.
        PromptInjection = "prompt-injection",
        /// Data get out.
        Leakage = "leakage",
        /// The model is copied.
        Theft = "theft",
        /// The law changes or is broken.
        Regulation = "regulation",
        /// Groups are treated unlike.
        Bias = "bias",
        /// Part of the system fails and nothing stands in.
        Outage = "outage",
        /// Data break or come late.
        Data = "data",
        /// Someone leaves.
        People = "people",
        /// It costs more.
        Cost = "cost",
        /// A supplier fails or locks us in.
        Supplier = "supplier",
        /// Something else.
        Other = "other",
    }
}

words! {
    /// Whether a risk still stands.
    pub enum RiskStatus {
        /// It stands.
        Open = "open",
        /// It is gone.
        Closed = "closed",
        /// It is known and taken.
        Accepted = "accepted",
    }
}
