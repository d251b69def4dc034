//! The graph over the shop and the reference case, and what is missing in small charters.

#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says so by panicking")]

mod charters;

use charter_plan::standing::{StatusLine, standings};
use charter_plan::trace::{Branch, GapKind, LinkKind, NodeKind, Trace, trace};
use charters::{Case, example};

fn graph(case: &Case) -> (charter_plan::Resolved, Trace) {
    let resolved = case.resolved();
    let lines: Vec<StatusLine> = standings(&resolved, None, &[], jiff::Timestamp::UNIX_EPOCH);
    let graph = trace(&resolved, &lines);
    (resolved, graph)
}

fn lines(branches: &[Branch], depth: usize, text: &mut String) {
    for branch in branches {
        let above = if branch.above { " (above)" } else { "" };
        text.push_str(&format!("{}{} {}{above}\n", "  ".repeat(depth), branch.link, branch.tree.node.id));
        lines(&branch.tree.branches, depth + 1, text);
    }
}

fn tree(graph: &Trace, id: &str) -> String {
    let at = graph.position(id).unwrap_or_else(|| panic!("{id}"));
    let tree = graph.tree(at).expect("a tree");
    let mut text = format!("{id}\n");
    lines(&tree.branches, 1, &mut text);
    text
}

#[test]
fn the_shop_is_traced_from_either_end() {
    let (_, graph) = graph(&example("shop"));
    let told: Vec<String> =
        ["quality.payment-risk-recall", "routes.fraud", "risks.unfair-refusal", "decisions.adr-001", "roadmap.mvp", "constraints.mvp-date"]
            .iter()
            .map(|id| tree(&graph, id))
            .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn both_examples_have_these_gaps() {
    let told: Vec<String> = ["shop", "reference"]
        .iter()
        .map(|name| {
            let (resolved, graph) = graph(&example(name));
            let gaps = graph.gaps(&resolved);
            let lines: Vec<String> = gaps.iter().map(|gap| format!("{}: {}", gap.kind.title(), gap.node)).collect();
            format!("{name}\n{}", lines.join("\n"))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n\n"));
}

#[test]
fn every_link_is_seen_from_both_ends_and_every_way_ends() {
    for name in ["shop", "reference"] {
        let (_, graph) = graph(&example(name));
        for link in graph.links() {
            assert!(graph.around(link.from).any(|found| found.node == link.to && found.forth));
            assert!(graph.around(link.to).any(|found| found.node == link.from && !found.forth));
        }
        for at in 0..graph.nodes().len() {
            let tree = graph.tree(at).expect("a tree");
            assert_eq!(Some(&tree.node), graph.node(at));
        }
        // Each requirement is a line of the table.
        let requirements = graph.nodes().iter().filter(|node| node.kind == NodeKind::Requirement).count();
        assert_eq!(graph.matrix().len(), requirements);
    }
}

const SMALL: &str = "charter: 1
system: test
stakeholders: { user: { cares: [kept] } }
quality:
  kept: { artifact: a, measure: p99(latency) < 100ms, priority: [high, high] }
  lost: { artifact: nowhere, measure: p99(latency) < 100ms }
models: { m: { task: regression }, idle: { task: regression } }
routes:
  a: { answer: { model: m } }
controls: { lock: { enforce: [origin] } }
decisions: { d: { status: accepted, options: { x: { chosen: true } } } }
risks:
  bare: { probability: low, impact: low, owner: user }
  held: { probability: low, impact: low, owner: user, mitigate: [lock], watch: kept, from: d }
";

#[test]
fn what_nothing_keeps_and_what_keeps_nothing_is_a_gap() {
    let (resolved, graph) = graph(&Case::new(SMALL));
    let gaps = graph.gaps(&resolved);
    let of = |kind: GapKind| gaps.iter().filter(|gap| gap.kind == kind).map(|gap| gap.node.as_str()).collect::<Vec<_>>();
    // `nowhere` is taken for the system as a whole, as `gateway` is: its routes keep it.
    assert!(of(GapKind::RequirementWithoutMechanism).is_empty());
    // The lock keeps no promise, but stands against a risk.
    assert_eq!(of(GapKind::MechanismWithoutRequirement), ["models.idle"]);
    assert_eq!(of(GapKind::RequirementWithoutStakeholder), ["quality.lost"]);
    assert_eq!(of(GapKind::TopRequirementWithoutDecision), ["quality.kept"]);
    assert_eq!(of(GapKind::DecisionWithoutRequirement), ["decisions.d"]);
    assert_eq!(of(GapKind::RiskWithoutMitigation), ["risks.bare"]);
    assert_eq!(of(GapKind::RiskUnwatched), ["risks.bare"]);
    let risk = graph.position("risks.held").expect("a risk");
    let linked = |kind: LinkKind| graph.linked(risk, kind).map(|node| node.id.clone()).collect::<Vec<_>>();
    assert_eq!(linked(LinkKind::MitigatedBy), ["controls.lock"]);
    assert_eq!(linked(LinkKind::WatchedBy), ["quality.kept"]);
    assert_eq!(linked(LinkKind::Accepts), ["decisions.d"]);
}
