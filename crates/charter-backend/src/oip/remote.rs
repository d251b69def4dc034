//! The backend of a remote model: one call, and what is known of the server.
//!
//! What to do about a failure (another rung, a pause) is the guards' business, and so is how long to wait: dropping the call ends it.

use super::address::{Address, segment};
use super::contact::{Terms, meet};
use super::exchange::Exchange;
use super::{request, response};
use crate::failure::{failed, unavailable};
use bytes::Bytes;
use charter_engine::{Backend, BackendError, Failure, Inference, Moment, Request, Tensor, Unavailable};
use charter_plan::plan::Model;
use charter_plan::tensor::TensorSpec;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// How long a server whose signature did not fit is left alone before it is asked again.
const REFUSED_FOR: Duration = Duration::from_secs(10);
/// Longest wait for the contact that is made when the model is opened.
const FIRST_CONTACT_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Remote {
    server: Arc<Server>,
    /// The contact made in the background when the model was opened; ended with the backend.
    first_contact: Option<JoinHandle<()>>,
}

struct Server {
    exchange: Exchange,
    /// `/v2/models/{model}[/versions/{version}]`.
    model_path: String,
    infer_path: String,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    known: Mutex<Known>,
    /// One contact at a time; the others wait for what it finds.
    meeting: tokio::sync::Mutex<()>,
}

/// What is known of the server.
#[derive(Clone, Debug)]
enum Known {
    Nothing,
    Terms(Terms),
    /// The model is not there, not ready or another one.
    Refused {
        until: Option<Moment>,
        error: BackendError,
    },
}

impl Remote {
    /// Checks address and names. The server is met in the background when there is an async runtime, else at the first call: a server that is down when we
    /// start must not keep us from starting.
    pub(crate) fn open(model: &Model, url: &str, name: &str, version: Option<&str>) -> Result<Self, Unavailable> {
        let address = Address::parse(url).map_err(|rule| unavailable(rule, "write the upstream as `http://host:port`"))?;
        let segments = (segment(name), version.map(segment));
        let model_path = match segments {
            (Some(name), None) => format!("/v2/models/{name}"),
            (Some(name), Some(Some(version))) => format!("/v2/models/{name}/versions/{version}"),
            (None, _) | (_, Some(None)) => {
                return Err(unavailable(
                    "the upstream's model or version has a name that cannot be one",
                    "write the name that the server lists",
                ));
            }
        };
        let server = Arc::new(Server {
            exchange: Exchange::new(address),
            infer_path: format!("{model_path}/infer"),
            model_path,
            inputs: model.inputs.clone(),
            outputs: model.outputs.clone(),
            known: Mutex::new(Known::Nothing),
            meeting: tokio::sync::Mutex::new(()),
        });
        let first_contact = tokio::runtime::Handle::try_current().ok().map(|runtime| {
            let server = Arc::clone(&server);
            runtime.spawn(async move {
                // What it finds is kept in the server; a failure is found again, and reported, by the first call.
                let _ = tokio::time::timeout(FIRST_CONTACT_TIMEOUT, server.terms(None)).await;
            })
        });
        Ok(Self { server, first_contact })
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some(task) = &self.first_contact {
            task.abort();
        }
    }
}

impl Server {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was agreed at first contact; `now` is `None` where no call asks.
    async fn terms(&self, now: Option<Moment>) -> Result<Terms, BackendError> {
        if let Some(answer) = self.remembered(now) {
            return answer;
        }
        let _meeting = self.meeting.lock().await;
        if let Some(answer) = self.remembered(now) {
            return answer;
        }
        let met = meet(&self.exchange, &self.model_path, &self.inputs, &self.outputs).await;
        *self.known() = match &met {
            Ok(terms) => Known::Terms(*terms),
            Err(error) if error.failure == Failure::Unavailable => {
                Known::Refused { until: now.map(|now| now + REFUSED_FOR), error: error.clone() }
            }
            // No connection, a timeout and the like say nothing about the model; the breaker paces the next attempts.
            Err(_) => Known::Nothing,
        };
        met
    }

    fn remembered(&self, now: Option<Moment>) -> Option<Result<Terms, BackendError>> {
        match &*self.known() {
            Known::Nothing => None,
            Known::Terms(terms) => Some(Ok(*terms)),
            Known::Refused { until, error } => match (until, now) {
                (Some(until), Some(now)) if now < *until => Some(Err(error.clone())),
                _ => None,
            },
        }
    }

    async fn infer(&self, request: Request<'_>) -> Result<Vec<Tensor>, BackendError> {
        let context = request.context;
        let terms = self.terms(Some(context.now())).await?;
        let body = request::write(&self.inputs, request.inputs, &self.outputs, terms.binary)?;
        let remaining_ms = context.remaining().as_millis();
        if remaining_ms == 0 {
            return Err(failed(Failure::Timeout, "no time was left to call the upstream"));
        }
        let sent = self.exchange.post(&self.infer_path, Bytes::from(body.bytes), body.json_length, remaining_ms, ANSWER_BYTES_MAX).await;
        match sent {
            Ok(reply) => response::read(&reply, &self.outputs, request.rows),
            Err(error) => {
                // Whoever answers next may be another server, or the same one with another model.
                if matches!(error.failure, Failure::Connect | Failure::Unavailable) {
                    *self.known() = Known::Nothing;
                }
                Err(error)
            }
        }
    }
}

impl Backend for Remote {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        Inference::Pending(Box::pin(self.server.infer(request)))
    }

    /// Whether the last contact went well.
    fn ready(&self) -> bool {
        matches!(*self.server.known(), Known::Terms(_))
    }

    fn engine(&self) -> &str {
        "open inference protocol"
    }
}
