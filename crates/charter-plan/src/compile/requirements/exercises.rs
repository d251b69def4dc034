//! What chaos proves beside the requirements: that each rung answers when those above it fail, and each experiment of `chaos:`.
//!
//! How faults are brought in and what is measured belongs to `charter-verify`.

use super::{asked, by_name};
use crate::compile::fingerprint;
use crate::plan::{Plan, Proof, Requirement, Route, RouteId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Something that only faults can show, with the shape of a requirement so that evidence can be held against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Exercise {
    /// Its id is `chaos/{route}/{rung}` or `chaos/{experiment}`, its proof chaos, its measure empty.
    pub requirement: Requirement,
    pub subject: Subject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The rung at this position of the route's ladder, from 1: nothing need fail for the first.
    Rung { route: RouteId, rung: usize },
    /// Position among the plan's chaos experiments.
    Experiment(usize),
}

/// Every rung below a first one, then every chaos experiment, in the plan's order. Rungs are there whether or not the plan allows faults.
pub fn exercises(plan: &Plan) -> Vec<Exercise> {
    let mut exercises = Vec::new();
    for route in &plan.routes {
        let rungs = route.node.own_ladder().unwrap_or_default();
        for (position, rung) in rungs.iter().enumerate().skip(1) {
            let above = rungs.iter().take(position).map(|rung| format!("`{}`", rung.name)).collect::<Vec<_>>().join(" and ");
            let verb = if position == 1 { "fails" } else { "fail" };
            let text = format!("when {above} of `{}` {verb}, `{}` answers", route.name, rung.name);
            let id = format!("chaos/{}/{}", route.name, rung.name);
            let subject = Subject::Rung { route: route.id, rung: position };
            exercises.push(exercise(plan, id, text, subject, &Value::Null, &[route]));
        }
    }
    for (position, experiment) in plan.chaos.iter().flat_map(|chaos| &chaos.experiments).enumerate() {
        let routes: Vec<&Route> = plan.routes.iter().collect();
        let text = format!("while the faults of `{}` are in, what it expects is true", experiment.name);
        let settings = serde_json::to_value(experiment).unwrap_or_default();
        exercises.push(exercise(plan, format!("chaos/{}", experiment.name), text, Subject::Experiment(position), &settings, &routes));
    }
    exercises
}

fn exercise(plan: &Plan, id: String, text: String, subject: Subject, settings: &Value, routes: &[&Route]) -> Exercise {
    let mut models = BTreeSet::new();
    for route in routes {
        asked(&route.node, &mut models);
    }
    let models: Vec<_> = models.iter().filter_map(|id| plan.models.get(usize::from(*id))).collect();
    let fingerprint = fingerprint::of(&by_name(json!([id, settings, routes, models]), plan));
    Exercise { requirement: Requirement { id, text, measure: String::new(), proof: Proof::Chaos, fingerprint }, subject }
}
