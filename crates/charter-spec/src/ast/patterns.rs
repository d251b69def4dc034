//! Architecture patterns in use, and challenges with what is done about them.

use crate::names::{Field, Link, List, Ref, target};

section! {
    /// An architecture pattern in use, with the trade-off that comes with it.
    pub struct Pattern {
        /// Which pattern; the id says so when it is one of the words.
        kind: Field<PatternKind>,
        /// Where it is used.
        @key("where") places: List<Link>,
        /// What is given up for it.
        trade_off: Field<String>,
        /// Why it was chosen.
        why: Field<String>,
        /// The decision that chose it.
        decision: Field<Ref<target::Decision>>,
    }
}

words! {
    /// A known pattern.
    pub enum PatternKind {
        /// Each model a service.
        ModelServices = "model-services",
        /// Models answer events.
        EventDriven = "event-driven",
        /// Batch and speed side by side.
        Lambda = "lambda",
        /// Features computed once, for all.
        FeaturePlatform = "feature-platform",
        /// One gateway that routes to models: A/B, canary, several at once.
        Gateway = "gateway-routing",
        /// The model beside the application.
        Sidecar = "sidecar",
        /// Generation from retrieved documents.
        Rag = "rag",
        /// Something else.
        Other = "other",
    }
}

section! {
    /// A challenge, and what is done about it.
    pub struct Challenge {
        /// What is done about it, in words.
        @shorthand response: Field<String>,
        /// What in this charter does it.
        by: List<Link>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What the challenge is.
        about: Field<String>,
    }
}
