//! The admin plane: health, metrics, status, reload and breakers, on a listener of its own that is on loopback by default.
//!
//! | room | what is in it |
//! |---|---|
//! | [`control`], [`outcomes`], [`feedback`] | rollouts, experiments, flags, comparisons |
//! | [`gauges`] | metrics of what the watch knows |
//! | [`chaos`] | faults on purpose |
//! | [`reload`] | the port that reloads the charter |
//! | [`status`] | what is served and how it is doing |
//!
//! No request names a file or an address here, and nothing here infers.

mod chaos;
mod control;
mod feedback;
mod gauges;
mod outcomes;
mod reload;
mod status;

pub use chaos::{BringFaults, FaultIn};
pub use control::Control;
pub use reload::{Reload, ReloadRefused, ReloadReport};

use crate::errors::{Code, Refusal, quoted};
use crate::http::hosts::Hosts;
use crate::http::reply::{self, Reply};
use crate::http::traffic::Traffic;
use crate::http::{Handle, Received, decode_path};
use crate::metrics::Metrics;
use crate::protocol::oip::Oip;
use charter_engine::{Engine, Forced};
use http::header::{ACCEPT, ORIGIN};
use http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Requests of operators are small.
const BODY_BYTES_MAX: u64 = 64 << 10;

pub(crate) struct Admin {
    pub(crate) engine: Arc<Engine>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) reload: Arc<dyn Reload>,
    /// Absent where nothing is watched, as in tests of the edge alone.
    pub(crate) control: Option<Control>,
    /// One reload at a time.
    pub(crate) reloading: tokio::sync::Mutex<()>,
    pub(crate) data_plane: Arc<Oip>,
    pub(crate) data_traffic: Arc<Traffic>,
    /// `None` where gRPC is not served.
    pub(crate) grpc_traffic: Option<Arc<Traffic>>,
    pub(crate) admin_traffic: Arc<Traffic>,
    pub(crate) hosts: Hosts,
    pub(crate) draining: Arc<AtomicBool>,
}

/// Body of a request that moves a breaker.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakerOrder {
    state: BreakerWish,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum BreakerWish {
    Open,
    Disable,
    Release,
}

impl Admin {
    async fn answer(&self, request: Received) -> Result<Reply, Refusal> {
        let path = request.uri.path();
        if let Some(control) = self.control.as_ref().filter(|_| control::is_ours(path)) {
            if control::writes(&request) {
                self.check_origin(&request.headers)?;
            }
            return control::answer(control, &self.engine, &request).await;
        }
        if let Some(faults) = self.faults().filter(|_| chaos::is_ours(path)) {
            if chaos::writes(&request) {
                self.check_origin(&request.headers)?;
            }
            return chaos::answer(faults, &self.engine, &request);
        }
        let breaker = path.strip_prefix("/models/").and_then(|rest| rest.strip_suffix("/breaker"));
        let writes = path == "/reload" || breaker.is_some();
        if writes && request.method != Method::POST {
            return Ok(reply::wrong_method("POST"));
        }
        if writes {
            self.check_origin(&request.headers)?;
        }
        if let Some(label) = breaker {
            return self.move_breaker(label, &request.body);
        }
        if path == "/reload" {
            return self.run_reload(&request.headers).await;
        }
        let reply = match path {
            "/livez" => reply::answer(StatusCode::OK, "text/plain; charset=utf-8", "live\n"),
            "/readyz" => self.readiness(),
            "/metrics" => {
                let mut planes = vec![("data", self.data_traffic.as_ref()), ("admin", self.admin_traffic.as_ref())];
                planes.extend(self.grpc_traffic.as_deref().map(|traffic| ("grpc", traffic)));
                // Taken from the data plane, so that what a reload brought is counted under its own names from here on.
                let surface = self.data_plane.surface();
                let mut text = self.metrics.render(surface.runtime(), &planes);
                text.push_str(&self.faults().map(chaos::exposition).unwrap_or_default());
                text.push_str(&gauges::exposition(self.control.as_ref()).await);
                reply::answer(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text)
            }
            "/status" => {
                let watch = control::state(self.control.as_ref()).await;
                let draining = self.draining.load(Ordering::Relaxed);
                reply::json(StatusCode::OK, status::status(&self.engine.current(), draining, chaos::list(self.faults()), watch))
            }
            _ => {
                return Err(Refusal::new(
                    Code::UnknownPath,
                    "there is nothing at this path; try /livez, /readyz, /metrics, /status, /reload, /rollouts, /experiments, /shadows, /flags, /chaos or /models/{name}@{version}/breaker",
                ));
            }
        };
        let reads = matches!(request.method, Method::GET | Method::HEAD);
        Ok(if reads { reply } else { reply::wrong_method("GET") })
    }

    fn faults(&self) -> Option<&dyn BringFaults> {
        self.control.as_ref().and_then(|control| control.faults.as_deref())
    }

    /// A page of another origin can make a browser post here; a browser always says from where.
    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let Some(origin) = headers.get(ORIGIN) else { return Ok(()) };
        let host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
        if host.and_then(|host| self.hosts.admits(host)) == Some(true) {
            Ok(())
        } else {
            Err(Refusal::new(Code::ForeignOrigin, "a page of another origin may not do this"))
        }
    }

    fn readiness(&self) -> Reply {
        let runtime = self.engine.current();
        let ready = !self.draining.load(Ordering::Relaxed) && runtime.plan().routes.iter().any(|route| runtime.route_ready(route.id));
        let (status, word) = if ready { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready\n") };
        reply::answer(status, "text/plain; charset=utf-8", word)
    }

    fn move_breaker(&self, label: &str, body: &[u8]) -> Result<Reply, Refusal> {
        let unknown = || Refusal::new(Code::RouteUnknown, format!("unknown model {}; `/status` lists them", quoted(label)));
        let label = decode_path(label).ok_or_else(unknown)?;
        let runtime = self.engine.current();
        let model = runtime.plan().models.iter().find(|model| model.label() == label).ok_or_else(unknown)?;
        let order: BreakerOrder = serde_json::from_slice(body).map_err(|_| {
            Refusal::new(Code::BadJson, "the body must be {\"state\":\"open\"}, {\"state\":\"disable\"} or {\"state\":\"release\"}")
        })?;
        let forced = match order.state {
            BreakerWish::Open => Forced::Open,
            BreakerWish::Disable => Forced::Disabled,
            BreakerWish::Release => Forced::Released,
        };
        runtime.force(model.id, forced);
        tracing::warn!(model = label, order = ?forced, "an operator moved a breaker");
        let status = runtime.model(model.id);
        Ok(reply::json(StatusCode::OK, serde_json::json!({ "model": label, "breaker": status.breaker.name() }).to_string()))
    }

    async fn run_reload(&self, headers: &HeaderMap) -> Result<Reply, Refusal> {
        let Ok(_one) = self.reloading.try_lock() else {
            return Err(Refusal::new(Code::ReloadBusy, "another reload is under way; try again when it is done"));
        };
        match self.reload.reload().await {
            Ok(report) => {
                // The next request would do it; so the first one need not wait for it.
                self.data_plane.surface();
                Ok(reply::json(
                    StatusCode::OK,
                    serde_json::json!({ "plan": report.fingerprint, "changed": report.changed, "unavailable": report.unavailable })
                        .to_string(),
                ))
            }
            Err(refused) => {
                let wants_json = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("json"));
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                Ok(if wants_json {
                    let code = Code::ReloadRefused.entry();
                    reply::json(
                        status,
                        serde_json::json!({ "error": code.meaning, "code": code.code, "retry": code.retry, "diagnostics": refused.json })
                            .to_string(),
                    )
                } else {
                    reply::answer(status, "text/plain; charset=utf-8", refused.text)
                })
            }
        }
    }
}

impl Handle for Admin {
    async fn handle(&self, request: Received) -> Reply {
        self.answer(request).await.unwrap_or_else(|refusal| reply::refusal(&refusal))
    }

    fn body_bytes_max(&self) -> u64 {
        BODY_BYTES_MAX
    }
}
