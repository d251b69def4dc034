//! Which formats there are, in which version, and what each carries.

macro_rules! formats {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, $standard:literal, carries $carries:literal, leaves $leaves:literal;)*) => {
        /// A format that a charter can be written in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Format { $($(#[doc = $doc])* $variant,)* }

        impl Format {
            /// Every format, in the order of the list that people see.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The standard or tool, with its version.
            pub fn standard(self) -> &'static str {
                match self { $(Self::$variant => $standard,)* }
            }

            /// What of a charter it carries.
            pub fn carries(self) -> &'static str {
                match self { $(Self::$variant => $carries,)* }
            }

            /// What of its subject it cannot carry.
            pub fn leaves(self) -> &'static str {
                match self { $(Self::$variant => $leaves,)* }
            }
        }
    };
}

formats! {
    /// Structurizr's language for C4 models.
    Structurizr = "structurizr", "Structurizr DSL; its own parser is in no registry that this project installs from, so only our own reader checks what is written",
        carries "people, systems, containers, components, relations, views; and what only the workspace says that `architecture.workspace` names",
        leaves "code, `${` in texts, line breaks";
    /// LikeC4's language.
    LikeC4 = "likec4", "LikeC4 1.46",
        carries "people, systems, containers, components, code, relations, views",
        leaves "audiences of views";
    /// Mermaid diagrams.
    Mermaid = "mermaid", "Mermaid 11: flowchart, C4, quadrantChart, gantt",
        carries "answers of routes, C4 views, risks by probability and impact, phases and gates",
        leaves "code, tasks without dates, risks without figures";
    /// Service level objectives.
    OpenSlo = "openslo", "OpenSLO v1",
        carries "imported documents as they are, with the measures, responses and artifacts of today; scenarios about latency, answers, errors and rungs, over Charter's own metrics",
        leaves "scenarios about quality, cost or anything else that is no ratio of calls, unless they were imported; loads, classes for each of which a scenario holds";
    /// A load script.
    K6 = "k6", "k6 1.1",
        carries "load, mix, users and think time, measures under load as thresholds",
        leaves "throughput, windows, classes for each of which a scenario holds, measures that callers cannot see";
    /// Data contracts.
    Odcs = "odcs", "ODCS v3.1.0",
        carries "named contracts as they are, outputs of routes with their service levels, features, data sets",
        leaves "contracts in other formats, rungs";
    /// A bill of materials with models.
    CycloneDx = "cyclonedx", "CycloneDX 1.7 ML-BOM, JSON",
        carries "models and versions with digests, data sets, providers, dependencies, evaluations",
        leaves "ladders, budgets, weights of decisions";
    /// Model cards.
    ModelCards = "model-cards", "Hugging Face model card, metadata of hub docs 2026",
        carries "models, versions, evaluations as model-index, feedback loops, cost of errors",
        leaves "the prose of cards written by hand, which is linked";
    /// Controls and deviations.
    Oscal = "oscal", "OSCAL 1.2.1: component definition, plan of action and milestones",
        carries "controls, zero-trust principles as NIST SP 800-53 controls, open risks, waivers, broken requirements",
        leaves "constraints, budgets, gates";
    /// FINOS' architecture language.
    Calm = "calm", "CALM 1.2",
        carries "people, systems, containers, components, relations, controls, decisions, answers of routes as flows",
        leaves "views, code";
    /// Decision records.
    Madr = "madr", "MADR 4.0",
        carries "decisions with every key; records by hand as they are where they say what the charter says",
        leaves "nothing: what MADR has no heading for stands in the front matter under `charter`";
    /// Registers for spreadsheets.
    Csv = "csv", "CSV, RFC 4180, UTF-8",
        carries "scenarios, constraints, risks, decisions, dependencies, controls, traces, each with its evidence",
        leaves "structure: lists are joined by `; `";
}

impl Format {
    /// The format of a word on the command line.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name() == name)
    }
}
