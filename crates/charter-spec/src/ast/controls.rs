//! Security controls: enforced here, or proved by evidence.

use crate::measure::Criterion;
use crate::names::{Evidence, Field, FileRef, List, Ref, target};
use crate::quantity::{Date, Duration};

section! {
    /// A security control: enforced by the gateway, or proved by evidence.
    pub struct Control {
        /// How the gateway enforces it.
        enforce: List<String>,
        /// Files that prove it.
        evidence: List<FileRef<Evidence>>,
        /// Where it holds.
        @key("where") places: List<String>,
        /// The zero-trust principle that it serves.
        principle: List<Principle>,
        /// How often the evidence is made anew.
        review: Field<Duration>,
        /// When the evidence was last made, where the file does not say so.
        reviewed: Field<Date>,
        /// How long what it writes is kept.
        retain: Field<Duration>,
        /// What checks it.
        check: List<Criterion>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// The law or standard behind it.
        law: Field<String>,
        /// What it does.
        about: Field<String>,
    }
}

words! {
    /// A principle of zero trust.
    pub enum Principle {
        /// Every workload has its own identity; no shared credentials.
        WorkloadIdentity = "workload-identity",
        /// Services talk over mutual TLS.
        MutualTls = "mutual-tls",
        /// Data are encrypted at rest and in transit.
        Encryption = "encryption",
        /// Access to training data is given when needed, for a time.
        JustInTime = "just-in-time",
        /// Every input is checked: schema, content, rate, origin.
        InputValidation = "input-validation",
        /// Models are signed, and the signature is checked.
        SignedModels = "signed-models",
        /// Decisions, inputs and outputs are logged, redacted.
        Logging = "logging",
        /// What is shipped is signed and scanned.
        SupplyChain = "supply-chain",
    }
}
