//! The graph as a table: a line a requirement.

use super::{LinkKind, NodeKind, Trace};
use crate::standing::Standing;
use serde::Serialize;

/// A requirement with everything that is linked to it, by name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    /// The node's id: `quality.peak-latency`.
    pub id: String,
    /// `peak-latency`.
    pub requirement: String,
    /// What it asks, as a sentence.
    pub text: String,
    pub stakeholders: Vec<String>,
    /// Qualified: `routes.fraud`.
    pub mechanisms: Vec<String>,
    /// `load`; empty when nothing can prove it.
    pub proof: String,
    pub standing: Standing,
    /// `proved: 154 ms [150, 160] on 2026-11-20`.
    pub verdict: String,
    /// Why it stands there.
    pub reason: String,
    pub decisions: Vec<String>,
    /// Those that it watches, those that it mitigates, and those that come with its decisions.
    pub risks: Vec<String>,
    pub gates: Vec<String>,
}

impl Trace {
    /// Every requirement, in reading order.
    pub fn matrix(&self) -> Vec<Row> {
        let requirements = self.nodes.iter().enumerate().filter(|(_, node)| node.kind == NodeKind::Requirement);
        requirements.map(|(at, _)| self.row(at)).collect()
    }

    fn row(&self, at: usize) -> Row {
        let names = |kind: LinkKind| -> Vec<String> { self.linked(at, kind).map(|node| node.name().to_owned()).collect() };
        let verdict = self.verdict(at);
        let mut risks: Vec<String> = [LinkKind::WatchedBy, LinkKind::MitigatedBy].into_iter().flat_map(names).collect();
        let decisions = self.around(at).filter(|found| found.link.kind == LinkKind::Answers);
        risks.extend(decisions.flat_map(|decision| self.linked(decision.node, LinkKind::Accepts)).map(|risk| risk.name().to_owned()));
        let mut seen = std::collections::HashSet::new();
        risks.retain(|risk| seen.insert(risk.clone()));
        let node = self.node(at);
        Row {
            id: node.map_or_else(String::new, |node| node.id.clone()),
            requirement: node.map_or_else(String::new, |node| node.name().to_owned()),
            text: node.map_or_else(String::new, |node| node.text.clone()),
            stakeholders: names(LinkKind::CaresAbout),
            mechanisms: self.linked(at, LinkKind::KeptBy).map(|node| node.id.clone()).collect(),
            proof: self.linked(at, LinkKind::ProvedBy).next().map_or_else(String::new, |proof| proof.text.clone()),
            standing: verdict.and_then(|verdict| verdict.standing).unwrap_or(Standing::Unproved),
            verdict: verdict.map_or_else(|| "nothing can prove it".to_owned(), |verdict| verdict.text.clone()),
            reason: verdict.and_then(|verdict| verdict.status.as_ref()).map_or_else(String::new, |line| line.reason.clone()),
            decisions: names(LinkKind::Answers),
            risks,
            gates: names(LinkKind::AsksFor),
        }
    }
}
