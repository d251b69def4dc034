//! What is missing in the graph: promises that nothing keeps, mechanisms that keep nothing, risks that nobody does anything about.

use super::{LinkKind, NodeKind, Trace};
use crate::resolved::{Element, Resolved};
use crate::standing::Standing;
use charter_spec::SectionName;
use charter_spec::ast::{DecisionStatus, Level, RiskStatus};
use serde::Serialize;
use std::collections::HashSet;

/// A hole in the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gap {
    pub kind: GapKind,
    /// The node's id.
    pub node: String,
    /// What to do: one clause.
    pub help: String,
}

/// What is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GapKind {
    RequirementBroken,
    RequirementWithoutMechanism,
    RequirementWithoutProof,
    RequirementUnproved,
    RequirementStale,
    RequirementWithoutStakeholder,
    RequirementWithoutGate,
    TopRequirementWithoutDecision,
    MechanismWithoutRequirement,
    DecisionWithoutRequirement,
    RiskWithoutMitigation,
    RiskUnwatched,
}

impl GapKind {
    /// A headline for all of a kind.
    pub const fn title(self) -> &'static str {
        match self {
            Self::RequirementBroken => "requirement shown not to hold",
            Self::RequirementWithoutMechanism => "requirement without a mechanism",
            Self::RequirementWithoutProof => "requirement that nothing can prove",
            Self::RequirementUnproved => "requirement not proved yet",
            Self::RequirementStale => "proof of an earlier plan",
            Self::RequirementWithoutStakeholder => "requirement that nobody cares about",
            Self::RequirementWithoutGate => "requirement that no gate asks for",
            Self::TopRequirementWithoutDecision => "high-priority requirement without a decision",
            Self::MechanismWithoutRequirement => "mechanism without a requirement",
            Self::DecisionWithoutRequirement => "decision without a requirement",
            Self::RiskWithoutMitigation => "risk without mitigation",
            Self::RiskUnwatched => "risk that nothing watches",
        }
    }
}

impl Trace {
    /// Every gap, by kind, then in reading order.
    pub fn gaps(&self, resolved: &Resolved) -> Vec<Gap> {
        let mut gaps = Vec::new();
        self.of_requirements(resolved, &mut gaps);
        self.of_mechanisms(resolved, &mut gaps);
        self.of_decisions_and_risks(resolved, &mut gaps);
        gaps.sort_by_key(|gap| gap.kind);
        gaps
    }

    fn of_requirements(&self, resolved: &Resolved, gaps: &mut Vec<Gap>) {
        let asked_anywhere = self.links.iter().any(|link| link.kind == LinkKind::AsksFor);
        let has = |kind: NodeKind| self.nodes.iter().any(|node| node.kind == kind);
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.kind == NodeKind::Requirement) {
            let none = |kind: LinkKind| self.linked(at, kind).next().is_none();
            let mut gap = |kind: GapKind, help: String| gaps.push(Gap { kind, node: node.id.clone(), help });
            if none(LinkKind::KeptBy) && none(LinkKind::HoldsWith) {
                gap(GapKind::RequirementWithoutMechanism, "name its `artifact`, or the control, budget or ladder that keeps it".to_owned());
            }
            let verdict = self.verdict(at);
            match verdict.and_then(|verdict| verdict.standing) {
                None => gap(GapKind::RequirementWithoutProof, "give it a measure that a machine decides, or `proof: review`".to_owned()),
                Some(Standing::Broken) => gap(GapKind::RequirementBroken, reason(verdict)),
                Some(Standing::Stale) => gap(GapKind::RequirementStale, reason(verdict)),
                Some(Standing::Unproved) => gap(GapKind::RequirementUnproved, reason(verdict)),
                Some(Standing::Proved) => {}
            }
            if has(NodeKind::Stakeholder) && none(LinkKind::CaresAbout) {
                gap(GapKind::RequirementWithoutStakeholder, "add it to the `cares` of whoever asked for it".to_owned());
            }
            if asked_anywhere && none(LinkKind::AsksFor) {
                gap(GapKind::RequirementWithoutGate, "let a gate of the roadmap, or a layer of assurance, ask for it".to_owned());
            }
            if has(NodeKind::Decision) && none(LinkKind::Answers) && is_top(resolved, node) {
                gap(GapKind::TopRequirementWithoutDecision, "write the decision that makes it hold: `answers`".to_owned());
            }
        }
    }

    /// The verdict on a requirement, over its proof.
    pub fn verdict(&self, requirement: usize) -> Option<&super::Node> {
        let proof = self.around(requirement).find(|found| found.link.kind == LinkKind::ProvedBy && found.forth)?;
        self.linked(proof.node, LinkKind::Finds).next()
    }

    fn of_mechanisms(&self, resolved: &Resolved, gaps: &mut Vec<Gap>) {
        let reached = self.reached();
        let counted = |section: SectionName| {
            matches!(
                section,
                SectionName::Routes
                    | SectionName::Models
                    | SectionName::Features
                    | SectionName::Latency
                    | SectionName::Capacity
                    | SectionName::Controls
                    | SectionName::Rollouts
                    | SectionName::Experiments
            )
        };
        for (at, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.kind == NodeKind::Mechanism) {
            let Some(element) = &node.element else { continue };
            // What mitigates a risk has a purpose too, and so has what the charter itself does not promise: a principle, a law, a place to store.
            let purpose = self.linked(at, LinkKind::MitigatedBy).next().is_some() || has_purpose(resolved, element);
            if counted(element.section) && !reached.contains(&at) && !purpose {
                let help = "which promise needs it? name it as an `artifact`, or leave it out".to_owned();
                gaps.push(Gap { kind: GapKind::MechanismWithoutRequirement, node: node.id.clone(), help });
            }
        }
    }

    /// Mechanisms that keep a requirement, what those rest on, and what governs them.
    fn reached(&self) -> HashSet<usize> {
        let keeps = self.links.iter().filter(|link| link.kind == LinkKind::KeptBy).map(|link| link.to);
        let mut waiting: Vec<usize> = keeps.collect();
        let mut reached: HashSet<usize> = HashSet::new();
        while let Some(at) = waiting.pop() {
            if !reached.insert(at) {
                continue;
            }
            let next = self.around(at).filter(|found| match found.link.kind {
                LinkKind::RestsOn => found.forth,
                LinkKind::Governs => !found.forth,
                _ => false,
            });
            waiting.extend(next.map(|found| found.node));
        }
        reached
    }

    fn of_decisions_and_risks(&self, resolved: &Resolved, gaps: &mut Vec<Gap>) {
        for (at, node) in self.nodes.iter().enumerate() {
            let Some(id) = node.element.as_ref().map(|element| &element.id) else { continue };
            let none = |kind: LinkKind| self.linked(at, kind).next().is_none();
            let mut gap = |kind: GapKind, help: &str| gaps.push(Gap { kind, node: node.id.clone(), help: help.to_owned() });
            match node.kind {
                NodeKind::Decision => {
                    let Some(decision) = resolved.spec.decisions.get(id) else { continue };
                    let accepted = decision.status.as_ref().is_some_and(|status| status.value == DecisionStatus::Accepted);
                    if accepted && decision.answers.is_empty() {
                        gap(GapKind::DecisionWithoutRequirement, "name what it serves: `answers`");
                    }
                }
                NodeKind::Risk => {
                    let Some(risk) = resolved.spec.risks.get(id) else { continue };
                    let open = risk.status.as_ref().is_none_or(|status| status.value == RiskStatus::Open);
                    if open && risk.mitigate.is_empty() && risk.accept.is_none() {
                        gap(GapKind::RiskWithoutMitigation, "say what is done about it, or who accepts it: `mitigate`, `accept`");
                    }
                    if open && risk.watch.is_empty() && none(LinkKind::WatchedBy) && risk.accept.is_none() {
                        gap(GapKind::RiskUnwatched, "name what would show that it comes true: `watch`");
                    }
                }
                _ => {}
            }
        }
    }
}

/// A control for a principle of zero trust or a law; a queue or a storage, which is sized for itself.
fn has_purpose(resolved: &Resolved, element: &Element) -> bool {
    match element.section {
        SectionName::Controls => {
            resolved.spec.controls.get(&element.id).is_some_and(|control| !control.principle.is_empty() || control.law.is_some())
        }
        SectionName::Capacity => resolved.capacity.of(&element.id).is_none(),
        _ => false,
    }
}

fn reason(verdict: Option<&super::Node>) -> String {
    verdict.and_then(|verdict| verdict.status.as_ref()).map_or_else(String::new, |line| line.reason.clone())
}

/// High in importance and in difficulty.
fn is_top(resolved: &Resolved, node: &super::Node) -> bool {
    let scenario = node.element.as_ref().filter(|element| element.section == SectionName::Quality);
    let priority = scenario.and_then(|element| resolved.spec.quality.get(&element.id)).map(|scenario| &scenario.priority);
    priority.is_some_and(|priority| {
        priority.len() >= 2 && priority.iter().take(2).all(|level| matches!(level.value, Level::High | Level::Critical))
    })
}
