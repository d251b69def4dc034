//! The whole document.

use crate::ast::*;
use crate::names::{Entries, Field, FileRef, Include, List};

section! {
    /// A charter: requirements that run.
    pub struct Spec {
        /// The version of the language: 1.
        @required charter: Field<crate::quantity::Count>,
        /// The system's id.
        @required system: Field<String>,
        /// The system in a line.
        title: Field<String>,
        /// Who answers for the charter.
        owner: Field<String>,
        /// The currency of bare amounts.
        currency: Field<crate::quantity::Currency>,
        /// Other parts of the charter.
        include: List<FileRef<Include>>,
        /// Who has an interest in the system.
        stakeholders: Entries<Stakeholder>,
        /// The traffic that every capacity and load check uses.
        load: Field<Load>,
        /// What it must do, measurably.
        quality: Entries<Scenario>,
        /// Givens that are not negotiable here.
        constraints: Entries<Constraint>,
        /// The people who build and run it.
        team: Field<Team>,
        /// What it takes from others, gives to others, and shares.
        dependencies: Entries<Dependency>,
        /// Who sells models and model time.
        providers: Entries<Provider>,
        /// What models are trained and evaluated on.
        data: Entries<DataSet>,
        /// What is known about a person or thing when a model is asked.
        features: Entries<Feature>,
        /// Models and their versions.
        models: Entries<Model>,
        /// What callers call, and how it is answered.
        routes: Entries<Route>,
        /// How new versions come in.
        rollouts: Entries<Rollout>,
        /// Which of several answers is better.
        experiments: Entries<Experiment>,
        /// What can be turned on and off without a release.
        flags: Entries<Flag>,
        /// What each stage of an answer may take.
        latency: Entries<LatencyBudget>,
        /// How much of everything is needed.
        capacity: Field<Capacity>,
        /// What it may cost and what it costs.
        cost: Field<Cost>,
        /// What answers when something breaks.
        degradation: Field<Degradation>,
        /// What is broken on purpose, and what must be true meanwhile.
        chaos: Field<Chaos>,
        /// Where the gateway listens, who may call, and within which limits.
        access: Field<Access>,
        /// Security controls, enforced or proved.
        controls: Entries<Control>,
        /// What is written down about calls.
        audit: Field<Audit>,
        /// Architecture patterns in use.
        patterns: Entries<Pattern>,
        /// Decisions with their options.
        decisions: Entries<Decision>,
        /// The risk register.
        risks: Entries<Risk>,
        /// Challenges, and what is done about them.
        challenges: Entries<Challenge>,
        /// Layers of assurance between a model and all users.
        assurance: Entries<AssuranceLayer>,
        /// Phases with gates.
        roadmap: Entries<Phase>,
        /// What the C4 views cannot derive.
        architecture: Field<Architecture>,
        /// Rules that weigh more or less here than they say themselves.
        lint: Entries<RuleSetting>,
        /// Known deviations.
        waivers: Entries<Waiver>,
    }
}

/// What a link or an id leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolution {
    /// An element of a section.
    Element {
        /// The section.
        section: crate::names::SectionName,
        /// The element.
        id: crate::names::Id,
    },
    /// A whole section.
    Section(crate::names::SectionName),
    /// A task of a roadmap phase.
    Task {
        /// The phase.
        phase: crate::names::Id,
        /// The task.
        task: crate::names::Id,
    },
    /// A file that the document names, by its path.
    File(String),
    /// Nothing in this charter.
    Nothing,
}
