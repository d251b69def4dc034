//! Graphs that cannot be run are refused with a reason.

use crate::scene::*;
use crate::support::*;
use charter_engine::{Engine, Quiet};
use charter_plan::Plan;
use charter_plan::plan::{
    CacheId, CascadeStep, Combine, ComparisonId, Confidence, Ensemble, ExperimentId, Member, Node, RolloutId, Split, WeightedNode,
};
use charter_plan::tensor::Datatype;
use std::sync::Arc;

/// Why a reload with this plan is refused.
fn refused(plan: Plan) -> String {
    let fakes = [Fake::new(Act::Answer(0.9)), Fake::new(Act::Answer(0.2)), Fake::new(Act::Answer(0.1))];
    let engine = Engine::start(plan_of(Node::Model(use_of(0))), &opener(&fakes), clock(), Arc::new(Quiet));
    engine.reload(plan, &opener(&fakes)).unwrap_err().reasons.join("; ")
}

fn member(name: &str, weight: f64) -> Member {
    Member { name: name.to_owned(), node: Node::Model(use_of(0)), weight }
}

fn ensemble(combine: Combine, quorum: u8, members: Vec<Member>) -> Plan {
    plan_of(Node::Ensemble(Ensemble { members, combine, quorum }))
}

fn step(confidence: Option<&str>, cost_per_row: f64) -> CascadeStep {
    let confidence = confidence.map(|expression| Confidence { expression: expression.to_owned(), min: 0.9 });
    CascadeStep { name: "cheap".to_owned(), node: Node::Model(use_of(0)), confidence, cost_per_row }
}

#[test]
fn what_cannot_be_run_says_why() {
    let two = || vec![member("a", 1.0), member("b", 1.0)];
    let rule = |text: &str| Combine::Rule { expressions: vec![text.to_owned()] };
    let cascade = |steps: Vec<CascadeStep>| plan_of(Node::Cascade { steps });
    let mut texts = ensemble(Combine::Mean, 1, two());
    texts.routes[0].answers[0].datatype = Datatype::Bytes;
    let mut other_versions = rolling(0);
    other_versions.rollouts[0].candidate = charter_plan::plan::ModelId(2);
    let mut no_comparison = rolling(0);
    no_comparison.comparisons.clear();
    let arms = vec![WeightedNode { weight: 9_999, node: Node::Model(use_of(0)) }];
    let rollout = Node::Rollout { rollout: RolloutId(3), stable: use_of(0), candidate: use_of(1) };
    let shadow =
        Node::Shadow { comparison: ComparisonId(0), primary: Box::new(Node::Model(use_of(0))), mirror: Box::new(Node::Model(use_of(1))) };
    let cases = [
        (ensemble(Combine::Vote, 3, two()), "quorum of 3"),
        (ensemble(Combine::Vote, 0, two()), "quorum of 0"),
        (ensemble(Combine::Vote, 1, Vec::new()), "0 members"),
        (ensemble(Combine::Vote, 1, vec![member("a", 0.0)]), "weighs 0"),
        (ensemble(rule("a_score + d_score"), 1, two()), "rule of answer `score`"),
        (ensemble(Combine::Rule { expressions: Vec::new() }, 1, two()), "0 rules for 1 answers"),
        (texts, "has no mean"),
        (cascade(Vec::new()), "no step"),
        (cascade(vec![step(Some("score"), 1.0)]), "the last of a cascade"),
        (cascade(vec![step(None, 1.0), step(None, 1.0)]), "how sure it is"),
        (cascade(vec![step(Some("score > 0.5"), 1.0), step(None, 1.0)]), "confidence of step `cheap`"),
        (cascade(vec![step(Some("score"), f64::NAN), step(None, 1.0)]), "costs NaN"),
        (plan_of(Node::Split(Split { arms, key: None, salt: String::new() })), "9999"),
        (plan_of(rollout), "rollout 3 does not exist"),
        (other_versions, "other versions"),
        (no_comparison, "comparison 0 does not exist"),
        (plan_of(shadow), "comparison 0 does not exist"),
        (plan_of(Node::Experiment { experiment: ExperimentId(0), arms: Vec::new() }), "experiment 0 does not exist"),
        (plan_of(Node::Cache { cache: CacheId(0), node: Box::new(Node::Model(use_of(0))) }), "cache 0 does not exist"),
        (plan_of(Node::Cascade { steps: vec![CascadeStep { node: Node::Model(use_of(9)), ..step(None, 1.0) }] }), "model 9 does not exist"),
    ];
    for (plan, reason) in cases {
        let told = refused(plan);
        assert!(told.contains(reason), "`{told}` does not say `{reason}`");
    }
}
