//! The gRPC health protocol: the server as a whole, and each route as a service.
//!
//! Source: grpc/doc/health-checking.md.

use super::Grpc;
use super::call::{end, fine, framed, head};
use super::describe::decode;
use super::exchange::send;
use super::inbox::Inbox;
use super::messages::health::health_check_response::ServingStatus;
use super::messages::health::{HealthCheckRequest, HealthCheckResponse};
use crate::errors::{Code, Refusal, quoted};
use crate::http::http2::Surroundings;
use crate::protocol::oip::surface::Surface;
use bytes::Bytes;
use h2::server::SendResponse;
use http::HeaderMap;
use std::future::poll_fn;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often a watched status is looked at: breakers open within calls, and nobody tells of it.
const LOOK: Duration = Duration::from_millis(500);
/// How long a status may wait for room.
const PATIENCE: Duration = Duration::from_secs(60);

impl Grpc {
    /// The status of a service.
    ///
    /// # Errors
    /// [`Code::RouteUnknown`], which is NOT_FOUND.
    pub(super) fn check(&self, surface: &Surface, asked: &HealthCheckRequest) -> Result<HealthCheckResponse, Refusal> {
        let status = self
            .status(surface, &asked.service)
            .ok_or_else(|| Refusal::new(Code::RouteUnknown, format!("unknown service {}", quoted(&asked.service))))?;
        Ok(HealthCheckResponse { status: status.into() })
    }

    fn status(&self, surface: &Surface, service: &str) -> Option<ServingStatus> {
        let is_ready = match service {
            "" | "inference.GRPCInferenceService" => self.oip.is_ready(surface),
            route => self.oip.route_is_ready(surface, surface.route(route)?, None),
        };
        Some(if is_ready { ServingStatus::Serving } else { ServingStatus::NotServing })
    }
}

/// Sends a service's status now and whenever it changed, until the caller leaves or the server has said that it drains.
pub(super) async fn watch(grpc: &Grpc, mut inbox: Inbox, mut respond: SendResponse<Bytes>, surroundings: &Surroundings) {
    let asked = match inbox.only().await.and_then(|message| decode::<HealthCheckRequest>(message.bytes)) {
        Ok(asked) => asked,
        Err(refusal) => {
            surroundings.traffic.refuse(refusal.code);
            return end(&mut respond, &refusal.into(), HeaderMap::new());
        }
    };
    let Ok(mut out) = respond.send_response(head(HeaderMap::new()), false) else { return };
    let mut draining = surroundings.draining.clone();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = None;
    loop {
        let is_draining = *draining.borrow_and_update();
        let status = grpc.status(&grpc.oip.surface(), &asked.service).unwrap_or(ServingStatus::ServiceUnknown);
        if last != Some(status) {
            last = Some(status);
            if send(&mut out, framed(&HealthCheckResponse { status: status.into() }), PATIENCE).await.is_err() {
                return;
            }
        }
        if is_draining {
            let _ = out.send_trailers(fine());
            return;
        }
        tokio::select! {
            _ = looks.tick() => {}
            _ = draining.changed() => {}
            _ = poll_fn(|context| out.poll_reset(context)) => return,
        }
    }
}
