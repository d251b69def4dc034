//! From a resolved charter and the standings of its requirements to the graph.
//!
//! What keeps a requirement belongs to `mechanisms`.

use super::mechanisms::keepers;
use super::{LinkKind, Node, NodeKind, Trace};
use crate::arithmetic::derivation::number;
use crate::explain::shown;
use crate::resolved::{Element, Resolved};
use crate::standing::{Standing, StatusLine};
use charter_spec::measure::{CriterionKind, Every, Subject};
use charter_spec::{Criterion, SectionName};

/// Makes the graph. `standings` are those of [`standings`](crate::standing::standings). Time and memory are linear in the document and its references.
pub fn trace(resolved: &Resolved, standings: &[StatusLine]) -> Trace {
    let mut builder = Builder { resolved, standings, trace: Trace::default() };
    builder.elements();
    builder.requirements();
    builder.references();
    builder.gates();
    builder.trace
}

struct Builder<'a> {
    resolved: &'a Resolved,
    standings: &'a [StatusLine],
    trace: Trace,
}

/// Sections whose elements are what keeps promises.
const MECHANISMS: &[SectionName] = &[
    SectionName::Routes,
    SectionName::Models,
    SectionName::Features,
    SectionName::DataSets,
    SectionName::Dependencies,
    SectionName::Providers,
    SectionName::Latency,
    SectionName::Capacity,
    SectionName::Degradation,
    SectionName::Controls,
    SectionName::Patterns,
    SectionName::Rollouts,
    SectionName::Experiments,
    SectionName::Flags,
    SectionName::Chaos,
];

impl Builder<'_> {
    /// Every element that can be traced, in reading order.
    fn elements(&mut self) {
        let spec = &self.resolved.spec;
        for entry in &spec.stakeholders {
            let text = entry.role.as_ref().map_or_else(String::new, |role| role.value.clone());
            self.element(SectionName::Stakeholders, &entry.id.value, NodeKind::Stakeholder, text);
        }
        for proof in &self.resolved.proofs {
            let own = spec.constraints.get(&proof.element.id).filter(|_| proof.element.section == SectionName::Constraints);
            let words = own.and_then(|entry| entry.text.as_ref()).map(|text| text.value.clone());
            let text =
                words.or_else(|| self.standing(&proof.element.id).map(|line| line.text.clone())).unwrap_or_else(|| proof.measure.clone());
            self.element(proof.element.section, &proof.element.id, NodeKind::Requirement, text);
        }
        let mut mechanisms: Vec<&Element> =
            self.resolved.index.elements().filter(|element| MECHANISMS.contains(&element.section)).collect();
        mechanisms.sort_by_key(|element| (element.section, self.resolved.index.place(element)));
        for element in mechanisms {
            let text = self.about(element);
            self.element(element.section, &element.id, NodeKind::Mechanism, text);
        }
        for entry in &spec.decisions {
            let text = entry.question.as_ref().or(entry.title.as_ref()).map_or_else(String::new, |text| text.value.clone());
            self.element(SectionName::Decisions, &entry.id.value, NodeKind::Decision, text);
        }
        for entry in &spec.risks {
            let text = entry.about.as_ref().map_or_else(String::new, |about| about.value.clone());
            self.element(SectionName::Risks, &entry.id.value, NodeKind::Risk, text);
        }
        for entry in &spec.assurance {
            let text = entry.about.as_ref().map_or_else(|| "a layer of assurance".to_owned(), |about| about.value.clone());
            self.element(SectionName::Assurance, &entry.id.value, NodeKind::Gate, text);
        }
        for entry in spec.roadmap.iter().filter(|phase| !phase.gate.is_empty()) {
            let outcomes: Vec<&str> = entry.gate.iter().map(|outcome| outcome.id.value.as_str()).collect();
            self.element(SectionName::Roadmap, &entry.id.value, NodeKind::Gate, outcomes.join(" / "));
        }
    }

    fn element(&mut self, section: SectionName, id: &charter_spec::Id, kind: NodeKind, text: String) -> usize {
        let element = Element::new(section, id);
        let span = self.resolved.index.place(&element);
        self.trace.add(Node { id: element.to_string(), kind, text, standing: None, status: None, element: Some(element), span })
    }

    fn about(&self, element: &Element) -> String {
        let spec = &self.resolved.spec;
        let id = element.id.as_str();
        let about = match element.section {
            SectionName::Models => spec.models.get(id).and_then(|entry| entry.about.as_ref()),
            SectionName::Features => spec.features.get(id).and_then(|entry| entry.about.as_ref()),
            SectionName::Dependencies => spec.dependencies.get(id).and_then(|entry| entry.about.as_ref()),
            SectionName::Providers => spec.providers.get(id).and_then(|entry| entry.about.as_ref()),
            SectionName::Controls => spec.controls.get(id).and_then(|entry| entry.about.as_ref()),
            SectionName::Patterns => spec.patterns.get(id).and_then(|entry| entry.trade_off.as_ref().or(entry.why.as_ref())),
            SectionName::Flags => spec.flags.get(id).and_then(|entry| entry.about.as_ref()),
            _ => None,
        };
        about.map_or_else(String::new, |about| about.value.clone())
    }

    fn standing(&self, id: &str) -> Option<&StatusLine> {
        self.standings.iter().find(|line| line.requirement == id)
    }

    /// Proof, verdict and mechanisms of each requirement.
    fn requirements(&mut self) {
        for proof in &self.resolved.proofs {
            let Some(at) = self.trace.position(&proof.element.to_string()) else { continue };
            let id = &proof.element.id;
            if let Some(kind) = proof.proof {
                let node = Node {
                    id: format!("proof of {id}"),
                    kind: NodeKind::Proof,
                    text: kind.word().to_owned(),
                    standing: None,
                    status: None,
                    element: None,
                    span: Some(proof.measure_span),
                };
                let shown_by = self.trace.add(node);
                self.trace.link(at, shown_by, LinkKind::ProvedBy, &proof.reason);
                let line = self.standing(id).cloned();
                let standing = line.as_ref().map_or(Standing::Unproved, |line| line.standing);
                let text = line.as_ref().map_or_else(|| "unproved".to_owned(), verdict);
                let node = Node {
                    id: format!("verdict on {id}"),
                    kind: NodeKind::Verdict,
                    text,
                    standing: Some(standing),
                    status: line,
                    element: None,
                    span: None,
                };
                let verdict = self.trace.add(node);
                self.trace.link(shown_by, verdict, LinkKind::Finds, "");
            }
            for (element, because) in keepers(self.resolved, &proof.element) {
                let keeper = self.mechanism(&element);
                self.trace.link(at, keeper, LinkKind::KeptBy, &because);
            }
        }
    }

    /// The node of an element; a section as a whole, such as `cost`, becomes a mechanism when something is kept by it.
    fn mechanism(&mut self, element: &Element) -> usize {
        match self.trace.position(&element.to_string()) {
            Some(at) => at,
            None => {
                let span = self.resolved.index.place(element);
                let text = if element.is_whole() { format!("the section `{}`", element.section.key()) } else { String::new() };
                let node = Node {
                    id: element.to_string(),
                    kind: NodeKind::Mechanism,
                    text,
                    standing: None,
                    status: None,
                    element: Some(element.clone()),
                    span,
                };
                self.trace.add(node)
            }
        }
    }

    /// What the charter says in so many words.
    fn references(&mut self) {
        for reference in self.resolved.references.all() {
            for (from, to) in self.ends(reference) {
                let Some((from, to, kind)) = self.read(from, to, reference.role) else { continue };
                self.trace.link(from, to, kind, "");
            }
        }
    }

    /// A reference to a whole section speaks of each of its elements; those that are written under an element that is nowhere traced are left out.
    fn ends(&self, reference: &crate::resolved::Reference) -> Vec<(usize, usize)> {
        let Some(from) = self.trace.position(&reference.from.to_string()) else { return Vec::new() };
        if !reference.to.is_whole() {
            return self.trace.position(&reference.to.to_string()).into_iter().map(|to| (from, to)).collect();
        }
        let section = reference.to.section;
        let own = |node: &&(usize, &Node)| node.1.element.as_ref().is_some_and(|element| element.section == section && !element.is_whole());
        let all: Vec<(usize, &Node)> = self.trace.nodes.iter().enumerate().collect();
        all.iter().filter(own).map(|(to, _)| (from, *to)).collect()
    }

    /// What a reference says about two nodes: by what they are and by the key that it stands under.
    fn read(&self, from: usize, to: usize, role: &str) -> Option<(usize, usize, LinkKind)> {
        use NodeKind::{Decision, Gate, Mechanism, Requirement, Risk, Stakeholder};
        let kinds = (self.trace.node(from)?.kind, self.trace.node(to)?.kind);
        let section = self.trace.node(from)?.element.as_ref()?.section;
        Some(match (kinds, role) {
            ((Stakeholder, Requirement), "cares") => (from, to, LinkKind::CaresAbout),
            ((Stakeholder, Gate), "signs") => (from, to, LinkKind::Signs),
            ((Decision, Requirement), "answers") => (from, to, LinkKind::Answers),
            ((Decision, Risk), "accepts") => (from, to, LinkKind::Accepts),
            ((Risk, Decision), "from") => (to, from, LinkKind::Accepts),
            ((Decision, Decision), "supersedes") => (from, to, LinkKind::Replaces),
            ((Risk, Requirement | Mechanism | Decision | Gate), "mitigate") => (from, to, LinkKind::MitigatedBy),
            ((Risk, Requirement), "watch") => (from, to, LinkKind::WatchedBy),
            ((Mechanism, Decision), "decision") => (to, from, LinkKind::Shapes),
            ((Mechanism, Requirement), "check" | "implements") => (to, from, LinkKind::KeptBy),
            ((Requirement, Requirement), "check") => (from, to, LinkKind::HoldsWith),
            ((Gate, Requirement), "gate" | "check") => (from, to, LinkKind::AsksFor),
            ((Gate, Gate), "before" | "in" | "gate" | "after") => (to, from, LinkKind::AsksFor),
            ((Mechanism, Mechanism), _) => match section {
                SectionName::Rollouts
                | SectionName::Experiments
                | SectionName::Flags
                | SectionName::Capacity
                | SectionName::Degradation
                | SectionName::Patterns
                | SectionName::Latency
                | SectionName::Chaos => (from, to, LinkKind::Governs),
                _ => (from, to, LinkKind::RestsOn),
            },
            _ => return None,
        })
    }

    /// `every quality proved` asks for each of them.
    fn gates(&mut self) {
        for phase in &self.resolved.spec.roadmap {
            let Some(at) = self.trace.position(&Element::new(SectionName::Roadmap, &phase.id.value).to_string()) else { continue };
            for criterion in phase.gate.iter().flat_map(|outcome| &outcome.value.value) {
                if let Some(section) = asked_for(&criterion.value) {
                    let own = |node: &Node| node.element.as_ref().is_some_and(|element| element.section == section && !element.is_whole());
                    let all: Vec<usize> = self.trace.nodes.iter().enumerate().filter(|(_, node)| own(node)).map(|(at, _)| at).collect();
                    for to in all {
                        self.trace.link(at, to, LinkKind::AsksFor, &criterion.value.text);
                    }
                }
            }
        }
    }
}

fn asked_for(criterion: &Criterion) -> Option<SectionName> {
    match &criterion.kind {
        CriterionKind::Every(Every { subject: Subject::Quality, .. }) => Some(SectionName::Quality),
        CriterionKind::Every(Every { subject: Subject::Constraint, .. }) => Some(SectionName::Constraints),
        CriterionKind::Every(Every { subject: Subject::Control, .. }) => Some(SectionName::Controls),
        CriterionKind::Every(Every { subject: Subject::Risk, .. }) => Some(SectionName::Risks),
        CriterionKind::Every(Every { subject: Subject::Model, .. }) => Some(SectionName::Models),
        _ => None,
    }
}

/// `proved: 154.2 ms [150.1, 160.3] on 2026-11-20`.
fn verdict(line: &StatusLine) -> String {
    let mut text = line.standing.name().to_owned();
    if let Some(figure) = line.figure {
        text.push_str(&format!(": {}", shown(figure, &line.unit)));
    }
    if let Some((low, high)) = line.interval {
        let scale = if line.unit == "ratio" { 100.0 } else { 1.0 };
        text.push_str(&format!(" [{}, {}]", number(low * scale), number(high * scale)));
    }
    if let Some(day) = line.measured_at.as_deref().and_then(|at| at.get(..10)) {
        text.push_str(&format!(" on {day}"));
    }
    text
}
