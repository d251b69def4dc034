//! A plan and an opener for tests.

use charter_engine::{Backend, Inference, OpenBackend, Request, Tensor, Unavailable, Values};
use charter_plan::Plan;
use charter_plan::plan::{
    Access, Binding, Breaker, Capacity, FailMode, Limiter, Model, ModelId, Node, Protect, Route, RouteId, Rung, Source, Traffic, Use,
};
use charter_plan::tensor::{Datatype, TensorSpec};
use std::sync::Arc;

/// Half of everything, at once.
pub(crate) struct Constant;

impl Backend for Constant {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        Inference::Ready(Ok(Tensor::new(vec![request.rows, 1], Values::Fp32(vec![0.5; request.rows])).into_iter().collect()))
    }

    fn engine(&self) -> &str {
        "constant"
    }
}

impl OpenBackend for Constant {
    fn open(&self, _model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        Ok(Arc::new(Self))
    }
}

fn model(id: u16, version: &str, protect: Protect, source: Source) -> Model {
    let column = |name: &str| vec![TensorSpec::column(name, Datatype::Fp32)];
    Model {
        id: ModelId(id),
        name: "m".to_owned(),
        version: version.to_owned(),
        source,
        inputs: column("x"),
        outputs: column("score"),
        protect,
    }
}

/// One route, `full` above `rule`.
pub(crate) fn plan(timeout_ms: u32) -> Plan {
    let call = |model: u16| Node::Model(Use { model: ModelId(model), inputs: vec![Binding::Slot(0)], outputs: vec![0] });
    let rung =
        |name: &str, model: u16, reserve_ms: u32| Rung { name: name.to_owned(), node: call(model), within_ms: timeout_ms - 5, reserve_ms };
    let column = |name: &str| vec![TensorSpec::column(name, Datatype::Fp32)];
    let route = Route {
        id: RouteId(0),
        name: "r".to_owned(),
        inputs: column("x"),
        answers: column("score"),
        decisions: Vec::new(),
        timeout_ms,
        rows_max: 64,
        node: Node::Ladder { rungs: vec![rung("full", 0, 5), rung("rule", 1, 0)] },
        access: Access::Open,
        pinning: false,
        pins: Vec::new(),
        samples: None,
        fail: FailMode::Closed,
    };
    let guarded = Protect { limiter: Limiter::Fixed { max: 64 }, breaker: Some(Breaker::default()), ..Protect::NONE };
    let full = Source::Onnx { path: "m.onnx".to_owned(), digest: String::new() };
    let rule = Source::Rule { expressions: vec!["x".to_owned()] };
    Plan {
        system: "test".to_owned(),
        models: vec![model(0, "v1", guarded, full), model(1, "rule", Protect::NONE, rule)],
        routes: vec![route],
        ..Plan::default()
    }
}

/// The plan with a stated load, and replicas in three zones.
pub(crate) fn served(peak_per_s: f64, per_replica_per_s: f64, replicas: u32) -> Plan {
    let capacity = Capacity {
        name: "m".to_owned(),
        route: Some(RouteId(0)),
        models: vec![ModelId(0)],
        per_replica_per_s,
        replicas,
        replicas_min: 3,
        replicas_max: None,
        zones: 3,
        load_ms: 1_000,
        cost_per_replica_hour: Some(0.2),
        safety: 1.5,
    };
    let traffic = Traffic { peak_per_s: Some(peak_per_s), average_per_s: Some(peak_per_s / 3.0), mix: Vec::new() };
    Plan { traffic, capacities: vec![capacity], ..plan(200) }
}
