//! Where faults go so that a rung must answer, and which routes can be tried together: pure.
//!
//! A remote model fails with its server, since that is how it does fail: rungs that share a server share its fate.

use std::collections::BTreeSet;

use charter_plan::Plan;
use charter_plan::plan::{Fault, FaultKind, Model, ModelId, Node, Point, Route, RouteId, Rung, Source};

/// How the models above a rung are made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// What waits for something else (a model file's runtime, a server) never answers; arithmetic and tables, which cannot wait, return errors.
    Hang,
    /// All return errors.
    Error,
}

impl Style {
    pub(super) const ALL: [Self; 2] = [Self::Hang, Self::Error];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Hang => "hang",
            Self::Error => "error",
        }
    }
}

/// The rungs of a route; empty when it has no ladder.
pub(super) fn rungs(route: &Route) -> &[Rung] {
    route.node.own_ladder().unwrap_or_default()
}

/// Whether answers may come from memory: then replayed rows say nothing about rungs.
pub(super) fn caches(node: &Node) -> bool {
    matches!(node, Node::Cache { .. }) || node.children().into_iter().any(caches)
}

/// The models that rungs of a route above a position ask.
pub(super) fn above(route: &Route, position: usize) -> BTreeSet<ModelId> {
    rungs(route).iter().take(position).flat_map(|rung| rung.node.uses()).map(|call| call.model).collect()
}

fn at(route: &Route, position: usize) -> BTreeSet<ModelId> {
    rungs(route).get(position).into_iter().flat_map(|rung| rung.node.uses()).map(|call| call.model).collect()
}

/// The point at which a model fails.
pub(super) fn point(model: &Model) -> Point {
    match &model.source {
        Source::Oip { url, .. } => Point::Provider { url: url.clone() },
        Source::Onnx { .. } | Source::Rule { .. } | Source::Static { .. } | Source::Lookup { .. } => Point::Model { label: model.label() },
    }
}

/// Whether a fault at a point reaches a model.
pub(super) fn reaches(at: &Point, model: &Model) -> bool {
    match (at, &model.source) {
        (Point::Model { label }, _) => *label == model.label(),
        (Point::Provider { url }, Source::Oip { url: own, .. }) => url == own,
        (Point::Provider { .. } | Point::Store | Point::Clock, _) => false,
    }
}

/// The faults that take these models away. All have one seed, so that a share of calls is the same share at every rung.
pub(super) fn faults(plan: &Plan, models: &BTreeSet<ModelId>, style: Style, share: u16, seed: u64) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for model in models.iter().map(|id| plan.model(*id)) {
        let waits = matches!(model.source, Source::Onnx { .. } | Source::Oip { .. });
        let kind = if style == Style::Hang && waits { FaultKind::Hang } else { FaultKind::Error };
        let fault = Fault { point: point(model), kind, share, seed };
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

/// Routes that can be tried at once, level by level: no fault for one takes away the rung that another one is to answer from.
pub(super) fn groups(plan: &Plan, routes: &[RouteId]) -> Vec<Vec<RouteId>> {
    let mut groups: Vec<Vec<RouteId>> = Vec::new();
    for route in routes {
        let fits = |group: &&mut Vec<RouteId>| group.iter().all(|other| !disturbs(plan, *route, *other) && !disturbs(plan, *other, *route));
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(*route),
            None => groups.push(vec![*route]),
        }
    }
    groups
}

/// Whether the faults for one route take a rung away that the other one is to answer from at the same level.
fn disturbs(plan: &Plan, one: RouteId, other: RouteId) -> bool {
    let (one, other) = (plan.route(one), plan.route(other));
    (1..rungs(one).len().min(rungs(other).len())).any(|level| {
        let points: Vec<Point> = above(one, level).iter().map(|id| point(plan.model(*id))).collect();
        at(other, level).iter().any(|id| points.iter().any(|point| reaches(point, plan.model(*id))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::plan::{Access, FailMode, Protect, Use};

    fn model(id: u16, source: Source) -> Model {
        Model {
            id: ModelId(id),
            name: format!("m{id}"),
            version: "v1".into(),
            source,
            inputs: vec![],
            outputs: vec![],
            protect: Protect::NONE,
        }
    }

    fn oip(url: &str) -> Source {
        Source::Oip { url: url.into(), model: "m".into(), version: None }
    }

    fn rule() -> Source {
        Source::Rule { expressions: vec!["1.0".into()] }
    }

    fn route(id: u16, models: &[u16]) -> Route {
        let call = |model: &u16| Node::Model(Use { model: ModelId(*model), inputs: vec![], outputs: vec![] });
        let rung = |model: &u16| Rung { name: format!("r{model}"), node: call(model), within_ms: 10, reserve_ms: 0 };
        Route {
            id: RouteId(id),
            name: format!("route{id}"),
            inputs: vec![],
            answers: vec![],
            decisions: vec![],
            timeout_ms: 100,
            rows_max: 1,
            node: Node::Ladder { rungs: models.iter().map(rung).collect() },
            access: Access::Open,
            pinning: false,
            pins: vec![],
            samples: None,
            fail: FailMode::Closed,
        }
    }

    fn plan(routes: &[&[u16]]) -> Plan {
        Plan {
            models: vec![model(0, oip("http://a")), model(1, oip("http://a")), model(2, rule()), model(3, rule())],
            routes: routes.iter().enumerate().map(|(at, models)| route(u16::try_from(at).unwrap(), models)).collect(),
            ..Plan::default()
        }
    }

    #[test]
    fn a_server_fails_as_a_whole_and_what_cannot_wait_returns_errors() {
        let plan = plan(&[&[0, 1, 2, 3]]);
        let three = above(plan.route(RouteId(0)), 3);
        let found = faults(&plan, &three, Style::Hang, 10_000, 7);
        let expected =
            [(Point::Provider { url: "http://a".into() }, FaultKind::Hang), (Point::Model { label: "m2@v1".into() }, FaultKind::Error)];
        assert_eq!(found.iter().map(|fault| (fault.point.clone(), fault.kind)).collect::<Vec<_>>(), expected);
        assert!(faults(&plan, &three, Style::Error, 10_000, 7).iter().all(|fault| fault.kind == FaultKind::Error));
    }

    #[test]
    fn routes_that_would_disturb_each_other_are_tried_one_after_the_other() {
        let ids = [RouteId(0), RouteId(1)];
        // The second route's rung below the first one lives on the server that the first route loses.
        assert_eq!(groups(&plan(&[&[0, 2], &[3, 1]]), &ids), [[RouteId(0)], [RouteId(1)]]);
        assert_eq!(groups(&plan(&[&[0, 2], &[1, 3]]), &ids), [[RouteId(0), RouteId(1)]]);
        // A ladder that takes its own rung away is what the exercise is to find.
        assert_eq!(groups(&plan(&[&[0, 1], &[2, 3]]), &ids), [[RouteId(0), RouteId(1)]]);
    }
}
