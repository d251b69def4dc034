//! Open Inference Protocol v2 over HTTP, with Triton's extensions for binary tensors, configuration, statistics and the repository index.
//!
//! | room | what is in it |
//! |---|---|
//! | [`path`] | what a path asks for |
//! | [`cursor`], [`number`] | strict JSON, exact numbers |
//! | [`request`], [`data`], [`binary`] | an infer request, from bytes to tensors |
//! | [`response`], [`write`] | an infer answer, from tensors to bytes |
//! | [`surface`] | what is prepared once for each plan |
//! | [`metadata`] | what servers and routes say of themselves |
//! | [`infer`] | one inference, from headers to headers |
//!
//! On this side a model is a route; which model version answers is said in the answer.

pub(in crate::protocol) mod binary;
mod cursor;
mod data;
pub(in crate::protocol) mod infer;
pub(in crate::protocol) mod metadata;
mod number;
mod path;
pub(in crate::protocol) mod request;
mod response;
pub(in crate::protocol) mod surface;
mod write;

#[cfg(test)]
mod round_trip;

use crate::errors::{Code, Refusal, quoted};
use crate::http::reply::{self, Reply};
use crate::http::{Handle, Received};
use crate::metrics::Metrics;
use crate::protocol::ofrep;
use arc_swap::ArcSwap;
use charter_engine::Engine;
use charter_plan::plan::{Access, Route};
use http::{Method, StatusCode};
use path::{Endpoint, View};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use surface::Surface;

/// The data plane.
pub(crate) struct Oip {
    engine: Arc<Engine>,
    surface: ArcSwap<Surface>,
    pub(in crate::protocol) metrics: Arc<Metrics>,
    draining: Arc<AtomicBool>,
}

impl Oip {
    pub(crate) fn new(engine: Arc<Engine>, metrics: Arc<Metrics>, draining: Arc<AtomicBool>) -> Self {
        let runtime = engine.current();
        metrics.adopt(&runtime);
        Self { engine, surface: ArcSwap::from_pointee(Surface::new(runtime)), metrics, draining }
    }

    /// The surface of the plan that is served now; prepared anew when a reload changed it.
    pub(crate) fn surface(&self) -> Arc<Surface> {
        let runtime = self.engine.current();
        let surface = self.surface.load_full();
        if Arc::ptr_eq(surface.runtime(), &runtime) {
            return surface;
        }
        // Two requests may both prepare it; the result is the same.
        self.metrics.adopt(&runtime);
        let surface = Arc::new(Surface::new(runtime));
        self.surface.store(Arc::clone(&surface));
        surface
    }

    pub(in crate::protocol) fn is_ready(&self, surface: &Surface) -> bool {
        !self.draining.load(Ordering::Relaxed) && surface.runtime.plan().routes.iter().any(|route| surface.runtime.route_ready(route.id))
    }

    pub(in crate::protocol) fn route_is_ready(&self, surface: &Surface, route: &Route, version: Option<&str>) -> bool {
        // A version is one model without rungs below it, so the route's readiness says nothing of it.
        let stands = match version {
            None => surface.runtime.route_ready(route.id),
            Some(version) => route.pins.iter().any(|(pin, used)| pin == version && surface.runtime.model(used.model).ready),
        };
        !self.draining.load(Ordering::Relaxed) && stands
    }

    async fn answer(&self, request: Received) -> Result<Reply, Refusal> {
        // Shares the text; so the request itself can be given away and its body dropped early.
        let uri = request.uri.clone();
        if ofrep::is_ours(uri.path()) {
            return Ok(ofrep::answer(self.engine.current().controls().flags(), &self.metrics, &request));
        }
        let Some(endpoint) = path::parse(uri.path()) else {
            return Err(Refusal::new(Code::UnknownPath, "there is nothing at this path; `/v2` says what is offered"));
        };
        let wanted = match &endpoint {
            Endpoint::Model { view: View::Infer, .. } | Endpoint::RepositoryIndex => Method::POST,
            Endpoint::NotOffered(reason) => return Err(Refusal::new(Code::NotSupported, *reason)),
            _ => Method::GET,
        };
        if request.method != wanted && !(wanted == Method::GET && request.method == Method::HEAD) {
            return Ok(reply::wrong_method(if wanted == Method::POST { "POST" } else { "GET" }));
        }
        let surface = self.surface();
        match endpoint {
            Endpoint::Server => Ok(reply::json(StatusCode::OK, metadata::server())),
            Endpoint::Live => Ok(reply::json(StatusCode::OK, r#"{"live":true}"#)),
            Endpoint::Ready => Ok(readiness(r#"{"ready":true}"#, r#"{"ready":false}"#, self.is_ready(&surface))),
            Endpoint::Models => Ok(reply::json(StatusCode::OK, metadata::models(&surface))),
            Endpoint::AllStatistics => Ok(reply::json(StatusCode::OK, metadata::statistics(&surface, &self.metrics, None))),
            Endpoint::RepositoryIndex => Ok(reply::json(StatusCode::OK, metadata::index(&surface))),
            Endpoint::NotOffered(reason) => Err(Refusal::new(Code::NotSupported, reason)),
            Endpoint::Model { name, version, view: View::Infer } => Ok(self.infer(&surface, &name, version.as_deref(), request).await),
            Endpoint::Model { name, version, view } => self.look(&surface, &name, version.as_deref(), view),
        }
    }

    fn look(&self, surface: &Surface, name: &str, version: Option<&str>, view: View) -> Result<Reply, Refusal> {
        let route = find(surface, name, version)?;
        Ok(match view {
            View::Ready => {
                let ready = self.route_is_ready(surface, route, version);
                let body = |ready| serde_json::json!({ "name": route.name, "ready": ready }).to_string();
                readiness(&body(true), &body(false), ready)
            }
            View::Configuration => reply::json(StatusCode::OK, metadata::configuration(route)),
            View::Statistics => reply::json(StatusCode::OK, metadata::statistics(surface, &self.metrics, Some(route))),
            View::Metadata | View::Infer => reply::json(StatusCode::OK, metadata::model(surface, route)),
        })
    }
}

impl Handle for Oip {
    async fn handle(&self, request: Received) -> Reply {
        self.answer(request).await.unwrap_or_else(|refusal| reply::refusal(&refusal))
    }

    fn body_bytes_max(&self) -> u64 {
        self.surface.load().runtime.plan().limits.body_bytes_max
    }
}

/// The route that a request names, if it may be called at this version by someone without an identity.
pub(in crate::protocol) fn find<'a>(surface: &'a Surface, name: &str, version: Option<&str>) -> Result<&'a Route, Refusal> {
    let route = surface.route(name).ok_or_else(|| {
        Refusal::new(Code::RouteUnknown, format!("unknown model {}; `/v2/models` lists those that are served", quoted(name)))
    })?;
    if let Access::Identities(_) = route.access {
        return Err(Refusal::new(
            Code::IdentityRequired,
            "this route answers only identities that it names, and this listener cannot establish one",
        ));
    }
    if let Some(version) = version {
        if !route.pinning {
            return Err(Refusal::new(
                Code::PinningOff,
                format!("model `{}` does not let callers choose a version; leave `/versions/…` out", route.name),
            ));
        }
        if !route.pins.iter().any(|(pin, _)| pin == version) {
            return Err(Refusal::new(Code::VersionUnknown, format!("model `{}` has no version {}", route.name, quoted(version))));
        }
    }
    Ok(route)
}

fn readiness(yes: &str, no: &str, ready: bool) -> Reply {
    let (status, body) = if ready { (StatusCode::OK, yes) } else { (StatusCode::SERVICE_UNAVAILABLE, no) };
    reply::json(status, body.to_owned())
}
