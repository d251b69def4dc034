//! Where each element has its place in the site. All pages lie in one folder, so a link is a file name and an anchor.

use charter_plan::resolved::{Element, Resolved};
use charter_spec::SectionName;
use std::collections::{HashMap, HashSet};

/// A page that there is once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Page {
    Brief,
    Book,
    Scenarios,
    Constraints,
    Stakeholders,
    Trace,
    Dependencies,
    Data,
    Architecture,
    Routes,
    Models,
    Degradation,
    Changes,
    Latency,
    Capacity,
    Cost,
    Decisions,
    Risks,
    Challenges,
    Compliance,
    Assurance,
    Roadmap,
    Waivers,
    Findings,
    Evidence,
    Rules,
    Glossary,
}

impl Page {
    /// The navigation: groups with their pages.
    pub(super) const GROUPS: &'static [(&'static str, &'static [Self])] = &[
        ("", &[Self::Brief, Self::Book]),
        ("Promises", &[Self::Scenarios, Self::Constraints, Self::Stakeholders, Self::Trace]),
        ("Landscape", &[Self::Architecture, Self::Dependencies, Self::Data]),
        ("Serving", &[Self::Routes, Self::Models, Self::Degradation, Self::Changes]),
        ("Budgets", &[Self::Latency, Self::Capacity, Self::Cost]),
        ("Governance", &[Self::Decisions, Self::Risks, Self::Challenges, Self::Compliance]),
        ("Proof", &[Self::Assurance, Self::Roadmap, Self::Evidence, Self::Findings, Self::Waivers]),
        ("Reference", &[Self::Rules, Self::Glossary]),
    ];

    pub(super) fn file(self) -> &'static str {
        self.names().0
    }

    pub(super) fn title(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Brief => ("index.html", "Brief"),
            Self::Book => ("print.html", "Whole document"),
            Self::Scenarios => ("scenarios.html", "Scenarios"),
            Self::Constraints => ("constraints.html", "Constraints"),
            Self::Stakeholders => ("stakeholders.html", "Stakeholders"),
            Self::Trace => ("trace.html", "Trace matrix"),
            Self::Dependencies => ("dependencies.html", "Dependencies"),
            Self::Data => ("data.html", "Data and features"),
            Self::Architecture => ("architecture.html", "Architecture"),
            Self::Routes => ("routes.html", "Routes"),
            Self::Models => ("models.html", "Models"),
            Self::Degradation => ("degradation.html", "Degradation"),
            Self::Changes => ("changes.html", "Rollouts and flags"),
            Self::Latency => ("latency.html", "Latency budgets"),
            Self::Capacity => ("capacity.html", "Load and capacity"),
            Self::Cost => ("cost.html", "Cost"),
            Self::Decisions => ("decisions.html", "Decisions"),
            Self::Risks => ("risks.html", "Risks"),
            Self::Challenges => ("challenges.html", "Challenges"),
            Self::Compliance => ("compliance.html", "Compliance"),
            Self::Assurance => ("assurance.html", "Assurance layers"),
            Self::Roadmap => ("roadmap.html", "Roadmap"),
            Self::Waivers => ("waivers.html", "Waivers"),
            Self::Findings => ("findings.html", "Findings"),
            Self::Evidence => ("evidence.html", "Evidence"),
            Self::Rules => ("rules.html", "Rules"),
            Self::Glossary => ("glossary.html", "All elements"),
        }
    }

    fn of(section: SectionName) -> Self {
        match section {
            SectionName::Stakeholders | SectionName::Team => Self::Stakeholders,
            SectionName::Load | SectionName::Capacity => Self::Capacity,
            SectionName::Quality => Self::Scenarios,
            SectionName::Constraints => Self::Constraints,
            SectionName::Dependencies | SectionName::Providers => Self::Dependencies,
            SectionName::DataSets | SectionName::Features => Self::Data,
            SectionName::Models => Self::Models,
            SectionName::Routes => Self::Routes,
            SectionName::Rollouts | SectionName::Experiments | SectionName::Flags | SectionName::Chaos => Self::Changes,
            SectionName::Latency => Self::Latency,
            SectionName::Cost => Self::Cost,
            SectionName::Degradation => Self::Degradation,
            SectionName::Access | SectionName::Controls | SectionName::Audit => Self::Compliance,
            SectionName::Patterns | SectionName::Architecture => Self::Architecture,
            SectionName::Decisions => Self::Decisions,
            SectionName::Risks => Self::Risks,
            SectionName::Challenges => Self::Challenges,
            SectionName::Assurance => Self::Assurance,
            SectionName::Roadmap => Self::Roadmap,
            SectionName::Waivers => Self::Waivers,
            SectionName::Lint => Self::Rules,
        }
    }
}

/// The pages of elements that have one of their own.
pub(super) struct Links {
    own: HashMap<Element, String>,
}

impl Links {
    pub(super) fn new(resolved: &Resolved) -> Self {
        let mut taken = HashSet::new();
        let mut own = HashMap::new();
        let spec = &resolved.spec;
        let models = spec.models.iter().map(|entry| ("model", SectionName::Models, &entry.id.value));
        let decisions = spec.decisions.iter().map(|entry| ("decision", SectionName::Decisions, &entry.id.value));
        for (prefix, section, id) in models.chain(decisions) {
            // Some file systems do not tell `A` from `a`.
            let mut name = format!("{prefix}-{id}");
            let mut number = 1;
            while !taken.insert(name.to_ascii_lowercase()) {
                number += 1;
                name = format!("{prefix}-{id}.{number}");
            }
            own.insert(Element::new(section, id), format!("{name}.html"));
        }
        Self { own }
    }

    /// The file of an element that has a page of its own.
    pub(super) fn file(&self, element: &Element) -> Option<&str> {
        self.own.get(element).map(String::as_str)
    }

    pub(super) fn href(&self, element: &Element) -> String {
        let page = Page::of(element.section).file();
        match self.file(element) {
            Some(file) => file.to_owned(),
            None if element.is_whole() => page.to_owned(),
            None => format!("{page}#{}", anchor(element)),
        }
    }
}

/// The `id` of an element within its page.
pub(super) fn anchor(element: &Element) -> String {
    format!("{}.{}", element.section.key(), element.id)
}
