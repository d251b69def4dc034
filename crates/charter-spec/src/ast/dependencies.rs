//! What the system takes from others, gives to others, and shares.

use crate::ast::Level;
use crate::names::{Contract, Entries, Field, FileRef, List, Ref, target};
use crate::quantity::{Count, Duration, Share};

section! {
    /// A system that this one takes from, gives to, or shares with others.
    pub struct Dependency {
        /// Which way data flow.
        direction: Field<Direction>,
        /// How it is reached.
        kind: Field<DependencyKind>,
        /// Product or protocol: `kafka`, `redis`.
        via: Field<String>,
        /// How often it is refreshed.
        every: Field<Duration>,
        /// Oldest data that are still good enough.
        freshness: Field<Duration>,
        /// Where it runs: a cloud region, a country, `EU`.
        region: Field<String>,
        /// The most sensitive data that pass.
        data: Field<DataClass>,
        /// Its availability as promised to us.
        slo: Field<Share>,
        /// How long it may take before we give up.
        timeout: Field<Duration>,
        /// How often a failed call is tried again.
        retries: Field<Count>,
        /// The contract for its data or interface.
        contract: Field<FileRef<Contract>>,
        /// The agreement under which it processes personal data for us.
        processor_agreement: Field<String>,
        /// Who provides it, when that is declared in `providers`.
        provider: Field<Ref<target::Provider>>,
        /// Without it there is no answer: a hard dependency needs no ladder but counts in availability.
        hard: Field<bool>,
        /// Where its data come from.
        feeds_from: List<Ref<target::Dependency>>,
        /// Its address.
        url: Field<String>,
        /// How much depends on it.
        criticality: Field<Level>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What it is for.
        about: Field<String>,
        /// Free facts about it, for documents.
        facts: Entries<String>,
    }
}

words! {
    /// Which way data flow.
    pub enum Direction {
        /// It feeds us.
        Upstream = "upstream",
        /// We feed it.
        Downstream = "downstream",
        /// Others use it too.
        Shared = "shared",
    }
}

words! {
    /// How a dependency is reached.
    pub enum DependencyKind {
        /// Files or tables at intervals.
        Batch = "batch",
        /// A stream of events.
        Stream = "stream",
        /// A key-value store.
        Lookup = "lookup",
        /// HTTP calls.
        Http = "http",
        /// gRPC calls.
        Grpc = "grpc",
        /// Queries to a database.
        Query = "query",
        /// A message queue.
        Queue = "queue",
    }
}

words! {
    /// How sensitive data are.
    pub enum DataClass {
        /// No data pass.
        None = "none",
        /// Anyone may see it.
        Public = "public",
        /// Sums over many people.
        Aggregated = "aggregated",
        /// Nobody can be found again.
        Anonymous = "anonymous",
        /// A key elsewhere finds the person again: still personal data.
        Pseudonymous = "pseudonymous",
        /// About people.
        Personal = "personal",
        /// Health, faith, origin and the like (GDPR art. 9).
        Sensitive = "sensitive",
        /// Not about people, but ours.
        Confidential = "confidential",
    }
}
