//! What the protocol shows of a plan, prepared once for each plan: names to ids, headers and the constant parts of answers.
//!
//! Calls and requests do not belong here; nothing here changes while a plan is served.

use super::write;
use charter_engine::Runtime;
use charter_plan::plan::{ModelId, Route, RouteId};
use http::HeaderValue;
use std::collections::HashMap;
use std::sync::Arc;

/// How many digits of the fingerprint answers show; status and metadata have all of them.
const PLAN_DIGITS: usize = 12;

pub(crate) struct Surface {
    pub(in crate::protocol) runtime: Arc<Runtime>,
    routes: HashMap<String, RouteId>,
    faces: Vec<Face>,
    models: Vec<ModelFace>,
    pub(in crate::protocol) plan: HeaderValue,
    /// `"plan":"…"`.
    pub(in crate::protocol) plan_json: Vec<u8>,
}

/// A route as answers show it.
pub(in crate::protocol) struct Face {
    /// `{"model_name":"fraud","model_version":`.
    pub(in crate::protocol) head: Vec<u8>,
    /// `{"name":"score","datatype":"FP32","shape":[` for each output.
    pub(in crate::protocol) outputs: Vec<Vec<u8>>,
    rungs: Vec<RungFace>,
}

pub(in crate::protocol) struct RungFace {
    pub(in crate::protocol) header: HeaderValue,
    pub(in crate::protocol) json: Vec<u8>,
}

pub(in crate::protocol) struct ModelFace {
    /// `fraud@v2`.
    pub(in crate::protocol) label: HeaderValue,
    pub(in crate::protocol) label_json: Vec<u8>,
    pub(in crate::protocol) version_json: Vec<u8>,
}

impl Surface {
    pub(crate) fn new(runtime: Arc<Runtime>) -> Self {
        let plan = runtime.plan();
        let routes = plan.routes.iter().map(|route| (route.name.clone(), route.id)).collect();
        let faces = plan.routes.iter().map(|route| Face::new(&runtime, route)).collect();
        let models = plan
            .models
            .iter()
            .map(|model| ModelFace {
                label: header(&model.label()),
                label_json: quoted(&model.label()),
                version_json: quoted(&model.version),
            })
            .collect();
        let digits = short(&plan.fingerprint);
        let plan_json = [b"\"plan\":".as_slice(), &quoted(digits)].concat();
        let plan = header(digits);
        Self { routes, faces, models, plan, plan_json, runtime }
    }

    pub(in crate::protocol) fn route(&self, name: &str) -> Option<&Route> {
        let id = *self.routes.get(name)?;
        self.runtime.plan().routes.get(usize::from(id.0))
    }

    pub(in crate::protocol) fn face(&self, route: RouteId) -> Option<&Face> {
        self.faces.get(usize::from(route.0))
    }

    pub(in crate::protocol) fn model(&self, model: ModelId) -> Option<&ModelFace> {
        self.models.get(usize::from(model.0))
    }

    pub(crate) fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }
}

impl Face {
    fn new(runtime: &Runtime, route: &Route) -> Self {
        let mut head = b"{\"model_name\":".to_vec();
        write::string(&mut head, &route.name);
        head.extend_from_slice(b",\"model_version\":");
        let outputs = route
            .outputs()
            .map(|spec| {
                let mut head = b"{\"name\":".to_vec();
                write::string(&mut head, &spec.name);
                head.extend_from_slice(format!(",\"datatype\":\"{}\",\"shape\":[", spec.datatype).as_bytes());
                head
            })
            .collect();
        let named = (0..=u8::MAX).map(|rung| runtime.rung_name(route.id, rung)).take_while(|name| !name.is_empty());
        let mut rungs: Vec<RungFace> = named.map(RungFace::new).collect();
        if rungs.is_empty() {
            // A route without a ladder has one way to answer.
            rungs.push(RungFace::new("full"));
        }
        Self { head, outputs, rungs }
    }

    /// The rung, or the last one when the engine knows more of them than have names.
    pub(in crate::protocol) fn rung(&self, rung: u8) -> Option<&RungFace> {
        self.rungs.get(usize::from(rung)).or(self.rungs.last())
    }
}

impl RungFace {
    fn new(name: &str) -> Self {
        Self { header: header(name), json: quoted(name) }
    }
}

/// The digits of a fingerprint that answers show.
pub(crate) fn short(fingerprint: &str) -> &str {
    let digits = fingerprint.strip_prefix("sha256:").unwrap_or(fingerprint);
    digits.get(..PLAN_DIGITS).unwrap_or(digits)
}

fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    write::string(&mut out, text);
    out
}

fn header(text: &str) -> HeaderValue {
    // Ids of a charter are ASCII; a name that cannot stand in a header is still in the answer's body.
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("-"))
}
