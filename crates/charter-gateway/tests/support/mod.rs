//! A server with models that are made up: what the edge does must not depend on what answers behind it.

#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "used by tests only")]

use charter_engine::{
    Backend, BackendError, Engine, Failure, Inference, OpenBackend, Request, SystemClock, Tensor, Texts, Unavailable, Values,
};
use charter_gateway::{Drained, Gateway, GatewayConfig, Metrics, Reload, ReloadRefused, ReloadReport};
use charter_plan::Plan;
use charter_plan::plan::{Access, Binding, Breaker, FailMode, Model, ModelId, Node, Protect, Route, RouteId, Rung, Source, Use};
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// What a made-up model does, by its name.
struct Made(String);

impl Backend for Made {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        match self.0.as_str() {
            "mean" => Inference::Ready(Ok(vec![mean(request.inputs.first().map(AsRef::as_ref), request.rows)])),
            "identity" => Inference::Ready(Ok(request.inputs.iter().map(|input| input.as_ref().clone()).collect())),
            "bytes" => Inference::Ready(Ok(vec![
                Tensor::new(vec![request.rows, 1], Values::Bytes((0..request.rows).map(|_| b"\xff\xfe").collect::<Texts>())).unwrap(),
            ])),
            "panics" => panic!("made to panic"),
            "hangs" => Inference::Pending(Box::pin(std::future::pending())),
            _ => Inference::Ready(Err(BackendError { failure: Failure::Upstream, message: "made to fail".to_owned() })),
        }
    }

    fn engine(&self) -> &str {
        "made up"
    }
}

fn mean(input: Option<&Tensor>, rows: usize) -> Tensor {
    let Some(Values::Fp32(values)) = input.map(Tensor::values) else { panic!("the mean is of floats") };
    let width = (values.len() / rows).max(1);
    let means = values.chunks(width).map(|row| row.iter().sum::<f32>() / row.len() as f32).collect();
    Tensor::new(vec![rows, 1], Values::Fp32(means)).unwrap()
}

pub(crate) struct Opener;

impl OpenBackend for Opener {
    fn open(&self, model: &Model) -> Result<Arc<dyn Backend>, Unavailable> {
        if model.name == "missing" {
            return Err(Unavailable { reason: "operator `Foo` is not known".to_owned(), help: "install the runtime".to_owned() });
        }
        Ok(Arc::new(Made(model.name.clone())))
    }
}

fn any(name: &str, datatype: Datatype, width: u32) -> TensorSpec {
    TensorSpec::new(name, datatype, vec![Dimension::Any, Dimension::Fixed(width)])
}

/// A plan while it grows.
struct Draft {
    plan: Plan,
}

impl Draft {
    fn model(&mut self, name: &str, version: &str, inputs: &[TensorSpec], outputs: &[TensorSpec]) -> Use {
        let id = ModelId(self.plan.models.len() as u16);
        let source = Source::Rule { expressions: Vec::new() };
        let protect = if name == "mean" { Protect { breaker: Some(Breaker::default()), ..Protect::NONE } } else { Protect::NONE };
        self.plan.models.push(Model {
            id,
            name: name.to_owned(),
            version: version.to_owned(),
            source,
            inputs: inputs.to_vec(),
            outputs: outputs.to_vec(),
            protect,
        });
        Use { model: id, inputs: (0..inputs.len() as u16).map(Binding::Slot).collect(), outputs: (0..outputs.len() as u16).collect() }
    }

    fn route(&mut self, name: &str, inputs: Vec<TensorSpec>, answers: Vec<TensorSpec>, models: &[(&str, &str, &str)]) {
        let rungs: Vec<Rung> = models
            .iter()
            .enumerate()
            .map(|(position, (rung, model, version))| {
                let node = Node::Model(self.model(model, version, &inputs, &answers));
                Rung { name: (*rung).to_owned(), node, within_ms: 150, reserve_ms: 150 * (models.len() - 1 - position) as u32 }
            })
            .collect();
        let id = RouteId(self.plan.routes.len() as u16);
        self.plan.routes.push(Route {
            id,
            name: name.to_owned(),
            inputs,
            answers,
            decisions: Vec::new(),
            timeout_ms: 150 * models.len() as u32,
            rows_max: 10_000,
            node: Node::Ladder { rungs },
            access: Access::Open,
            pinning: false,
            pins: Vec::new(),
            samples: None,
            fail: FailMode::Closed,
        });
    }
}

/// Routes: `fraud` (30 floats, mean), `types` (every datatype, identity), `falls` (first rung fails), `panics`, `hangs`, `dead` (no rung
/// answers), `raw` (answers bytes that are no text), `closed` (identities only), `pinned` (two versions to choose).
pub(crate) fn plan() -> Plan {
    let plan = Plan { system: "test \"plan\"".to_owned(), fingerprint: format!("sha256:{}", "ab12".repeat(16)), ..Plan::default() };
    let mut draft = Draft { plan };
    let (floats, score) = (vec![any("input", Datatype::Fp32, 30)], vec![any("score", Datatype::Fp32, 1)]);
    draft.route("fraud", floats.clone(), score.clone(), &[("full", "mean", "v2"), ("fallback", "mean", "v1")]);
    let every: Vec<TensorSpec> =
        Datatype::ALL.into_iter().map(|datatype| any(&format!("in_{}", datatype.name().to_lowercase()), datatype, 2)).collect();
    let back: Vec<TensorSpec> =
        Datatype::ALL.into_iter().map(|datatype| any(&format!("out_{}", datatype.name().to_lowercase()), datatype, 2)).collect();
    draft.route("types", every, back, &[("full", "identity", "v1")]);
    draft.route(
        "falls",
        floats.clone(),
        score.clone(),
        &[("full", "fails", "v3"), ("closed", "missing", "v1"), ("fallback", "mean", "v3")],
    );
    draft.route("panics", floats.clone(), score.clone(), &[("full", "panics", "v1")]);
    draft.route("hangs", floats.clone(), score.clone(), &[("full", "hangs", "v1")]);
    draft.route("dead", floats.clone(), score.clone(), &[("full", "fails", "v4")]);
    draft.route("raw", floats.clone(), vec![any("text", Datatype::Bytes, 1)], &[("full", "bytes", "v1")]);
    draft.route("closed", floats.clone(), score.clone(), &[("full", "mean", "v5")]);
    draft.route("pinned", floats.clone(), score.clone(), &[("full", "mean", "v6")]);
    let pin = draft.model("mean", "v7", &floats, &score);
    let mut plan = draft.plan;
    for route in &mut plan.routes {
        match route.name.as_str() {
            "closed" => route.access = Access::Identities(vec!["spiffe://shop/x".to_owned()]),
            "pinned" => {
                route.pinning = true;
                route.pins = vec![("v7".to_owned(), pin.clone())];
            }
            _ => {}
        }
    }
    plan
}

/// Serves the plan that a test puts in, or refuses.
pub(crate) struct Reloader {
    pub(crate) engine: Arc<Engine>,
    pub(crate) next: Mutex<Option<Plan>>,
}

impl Reload for Reloader {
    fn reload(&self) -> Pin<Box<dyn Future<Output = Result<ReloadReport, ReloadRefused>> + Send + '_>> {
        Box::pin(async {
            let Some(plan) = self.next.lock().unwrap().take() else {
                return Err(ReloadRefused {
                    text: "error[F003]: ladder `fraud` has no last rung\n".to_owned(),
                    json: serde_json::json!([{ "code": "F003" }]),
                });
            };
            let fingerprint = plan.fingerprint.clone();
            self.engine
                .reload(plan, &Opener)
                .map_err(|refused| ReloadRefused { text: refused.reasons.join("\n"), json: serde_json::json!(refused.reasons) })?;
            Ok(ReloadReport { fingerprint, changed: true, unavailable: Vec::new() })
        })
    }
}

pub(crate) struct Server {
    pub(crate) data: SocketAddr,
    /// Present when the configuration asks for it.
    pub(crate) grpc: Option<SocketAddr>,
    pub(crate) admin: SocketAddr,
    pub(crate) reloader: Arc<Reloader>,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) task: JoinHandle<Drained>,
}

impl Server {
    pub(crate) async fn start(plan: Plan, config: GatewayConfig) -> Self {
        let metrics = Arc::new(Metrics::new());
        let engine = Arc::new(Engine::start(plan, &Opener, Arc::new(SystemClock::new()), metrics.clone()));
        let reloader = Arc::new(Reloader { engine: engine.clone(), next: Mutex::new(None) });
        let gateway = Gateway::bind(config, engine, metrics, reloader.clone(), None).await.unwrap();
        let (data, grpc, admin) = (gateway.data_address(), gateway.grpc_address(), gateway.admin_address());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(gateway.run(async {
            let _ = stopped.await;
        }));
        Self { data, grpc, admin, reloader, stop: Some(stop), task }
    }

    pub(crate) fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}
