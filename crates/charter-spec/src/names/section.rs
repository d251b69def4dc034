//! The sections of a charter by name, and the groups of sections that a reference may lead to.

use super::Target;

macro_rules! sections {
    ($($name:ident = $key:literal,)*) => {
        /// A section of the charter.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum SectionName { $($name,)* }

        impl SectionName {
            /// Every section in reading order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The key of the section.
            pub fn key(self) -> &'static str {
                match self { $(Self::$name => $key,)* }
            }

            /// The section under a key.
            pub fn from_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$name),)* _ => None }
            }
        }
    };
}

sections! {
    Stakeholders = "stakeholders",
    Load = "load",
    Quality = "quality",
    Constraints = "constraints",
    Team = "team",
    Dependencies = "dependencies",
    Providers = "providers",
    DataSets = "data",
    Features = "features",
    Models = "models",
    Routes = "routes",
    Rollouts = "rollouts",
    Experiments = "experiments",
    Flags = "flags",
    Latency = "latency",
    Capacity = "capacity",
    Cost = "cost",
    Degradation = "degradation",
    Chaos = "chaos",
    Access = "access",
    Controls = "controls",
    Audit = "audit",
    Patterns = "patterns",
    Decisions = "decisions",
    Risks = "risks",
    Challenges = "challenges",
    Assurance = "assurance",
    Roadmap = "roadmap",
    Architecture = "architecture",
    Lint = "lint",
    Waivers = "waivers",
}

/// What a reference may lead to: each type names the sections that are searched, in order.
pub mod target {
    use super::{SectionName, Target};

    macro_rules! targets {
        ($($(#[doc = $doc:literal])* $name:ident = $label:literal in [$($section:ident),* $(,)?] $(whole $whole:literal)?;)*) => {
            $(
                $(#[doc = $doc])*
                #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
                pub struct $name;

                impl Target for $name {
                    const LABEL: &'static str = $label;
                    const SECTIONS: &'static [SectionName] = &[$(SectionName::$section),*];
                    const WHOLE_SECTIONS: bool = targets!(@whole $($whole)?);
                }
            )*
        };
        (@whole) => { false };
        (@whole $whole:literal) => { $whole };
    }

    targets! {
        /// Someone in `stakeholders`.
        Stakeholder = "stakeholder" in [Stakeholders];
        /// A scenario in `quality`.
        Scenario = "quality scenario" in [Quality];
        /// Whatever can be required: a scenario, a constraint, a control, an assurance layer, or a whole section.
        Requirement = "requirement" in [Quality, Constraints, Controls, Assurance, Challenges, Risks] whole true;
        /// A `dependencies` entry.
        Dependency = "dependency" in [Dependencies];
        /// A `providers` entry.
        Provider = "provider" in [Providers];
        /// A data set in `data`.
        DataSet = "data set" in [DataSets];
        /// Where data or features come from.
        Source = "source" in [Dependencies, DataSets, Features];
        /// A `features` entry.
        Feature = "feature" in [Features];
        /// A `models` entry.
        Model = "model" in [Models];
        /// A `routes` entry.
        Route = "route" in [Routes];
        /// What callers call: a route, or a model where no routes are written yet.
        Served = "route or model" in [Routes, Models];
        /// What can be needed at run time.
        Needed = "dependency" in [Dependencies, Features, Providers, Models, DataSets, Architecture];
        /// What a ladder can be written for.
        Degradable = "route, model, dependency, provider or feature" in [Routes, Models, Dependencies, Providers, Features];
        /// A `latency` budget.
        LatencyBudget = "latency budget" in [Latency];
        /// What a latency budget can be for: a scenario, a route or a model.
        Budgeted = "quality scenario, route or model" in [Quality, Routes, Models];
        /// A `rollouts` entry.
        Rollout = "rollout" in [Rollouts];
        /// A `flags` entry.
        Flag = "flag" in [Flags];
        /// An identity in `access`.
        Identity = "identity" in [Access];
        /// A `decisions` entry.
        Decision = "decision" in [Decisions];
        /// A `risks` entry.
        Risk = "risk" in [Risks];
        /// A phase of the `roadmap`.
        Phase = "phase" in [Roadmap];
        /// Something in an architecture view.
        Element = "element" in [Architecture, Routes, Models, Dependencies, Providers, Stakeholders];
        /// Any element, or a whole section.
        Anything = "element" in [
            Quality, Constraints, Controls, Risks, Decisions, Routes, Models, Dependencies, Providers, DataSets, Features, Patterns,
            Assurance, Roadmap, Challenges, Rollouts, Experiments, Flags, Latency, Architecture, Stakeholders, Waivers,
        ] whole true;
    }
}
