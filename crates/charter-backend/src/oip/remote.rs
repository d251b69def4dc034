//! The backend of a remote model: one call, what is known of the server, and the contact in the background that finds a server again without calls.
//!
//! What to do about a failure (another rung, a pause) is the guards' business, and so is how long to wait: dropping the call ends it.

use super::address::{Address, segment};
use super::contact::{Terms, meet};
use super::exchange::{EXCHANGES_MAX, Exchange};
use super::pace::Pace;
use super::{request, response};
use crate::failure::{failed, unavailable};
use bytes::Bytes;
use charter_engine::{Backend, BackendError, Failure, Inference, Request, Tensor, Unavailable};
use charter_plan::plan::Model;
use charter_plan::tensor::TensorSpec;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// Longest wait for a contact that is made in the background.
const CONTACT_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Remote {
    server: Arc<Server>,
    /// Looks for the server in the background while it is lost; ended with the backend.
    keeping_contact: Option<JoinHandle<()>>,
}

struct Server {
    exchange: Exchange,
    /// `/v2/models/{model}[/versions/{version}]`.
    model_path: String,
    infer_path: String,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    pace: Pace,
    standing: Mutex<Standing>,
    /// Told when an agreement with the server ends.
    lost: Notify,
    /// One contact at a time; the others wait for what it finds.
    meeting: tokio::sync::Mutex<()>,
}

struct Standing {
    known: Known,
    /// Refusals since the last answered call. An agreement does not end the row: a server may describe a model that it then refuses to call.
    refusals: u32,
}

/// What is known of the server.
#[derive(Debug)]
enum Known {
    Nothing,
    Terms(Terms),
    /// The model is not there, not ready or another one, or we may not call it; the server is not asked again before `until`.
    Refused {
        until: Instant,
        error: BackendError,
    },
}

impl Remote {
    /// Checks address and names. The server is met, and met again after it was lost, in the background when there is an async runtime, else by calls only: a
    /// server that is down when we start must not keep us from starting.
    pub(crate) fn open(model: &Model, url: &str, name: &str, version: Option<&str>) -> Result<Self, Unavailable> {
        Self::open_at_pace(model, url, name, version, Pace::USUAL)
    }

    pub(super) fn open_at_pace(model: &Model, url: &str, name: &str, version: Option<&str>, pace: Pace) -> Result<Self, Unavailable> {
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
            pace,
            standing: Mutex::new(Standing { known: Known::Nothing, refusals: 0 }),
            lost: Notify::new(),
            meeting: tokio::sync::Mutex::new(()),
        });
        let keeping_contact = tokio::runtime::Handle::try_current().ok().map(|runtime| {
            let server = Arc::clone(&server);
            runtime.spawn(async move { server.keep_contact().await })
        });
        Ok(Self { server, keeping_contact })
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        if let Some(task) = &self.keeping_contact {
            task.abort();
        }
    }
}

impl Server {
    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn agreed(&self) -> bool {
        matches!(self.standing().known, Known::Terms(_))
    }

    /// Meets the server at once and then, whenever nothing is agreed, again and again: behind a readiness probe no call would ever find it again.
    async fn keep_contact(&self) {
        let mut attempts = 0;
        loop {
            // What is found is kept; a failure is found again, and reported, by the next call.
            let _ = tokio::time::timeout(CONTACT_TIMEOUT, self.terms()).await;
            if self.agreed() {
                self.lost.notified().await;
                attempts = 0;
            }
            let mut next = Instant::now() + self.pace.contact.pause(attempts);
            if let Known::Refused { until, .. } = self.standing().known {
                next = next.max(until);
            }
            attempts = attempts.saturating_add(1);
            tokio::time::sleep_until(next).await;
        }
    }

    /// What was agreed with the server, which is met when nothing is known.
    async fn terms(&self) -> Result<Terms, BackendError> {
        if let Some(answer) = self.remembered() {
            return answer;
        }
        let _meeting = self.meeting.lock().await;
        if let Some(answer) = self.remembered() {
            return answer;
        }
        let met = meet(&self.exchange, &self.model_path, &self.inputs, &self.outputs).await;
        match &met {
            Ok(terms) => self.standing().known = Known::Terms(*terms),
            Err(error) if error.failure == Failure::Unavailable => self.refuse(&mut self.standing(), error),
            // No connection, a timeout and the like say nothing about the model; the breaker paces the next attempts of calls.
            Err(_) => self.standing().known = Known::Nothing,
        }
        met
    }

    fn remembered(&self) -> Option<Result<Terms, BackendError>> {
        match &self.standing().known {
            Known::Nothing => None,
            Known::Terms(terms) => Some(Ok(*terms)),
            Known::Refused { until, error } => (Instant::now() < *until).then(|| Err(error.clone())),
        }
    }

    /// Leaves the server alone for a while, longer after each refusal in a row.
    fn refuse(&self, standing: &mut Standing, error: &BackendError) {
        let until = Instant::now() + self.pace.refusal.pause(standing.refusals);
        standing.refusals = standing.refusals.saturating_add(1);
        standing.known = Known::Refused { until, error: error.clone() };
    }

    /// What a failed call says of the server. Calls that were under way together tell the same thing once: only an agreement can be lost.
    fn learn(&self, error: &BackendError) {
        let mut standing = self.standing();
        if !matches!(standing.known, Known::Terms(_)) {
            return;
        }
        match error.failure {
            // Whoever answers next may be another server, or the same one with another model.
            Failure::Connect => standing.known = Known::Nothing,
            // The guards do not count it, so without a pause every call would ask again.
            Failure::Unavailable => self.refuse(&mut standing, error),
            _ => return,
        }
        self.lost.notify_one();
    }

    async fn infer(&self, request: Request<'_>) -> Result<Vec<Tensor>, BackendError> {
        let context = request.context;
        let terms = self.terms().await?;
        let body = request::write(&self.inputs, request.inputs, &self.outputs, terms.binary)?;
        let remaining_ms = context.remaining().as_millis();
        if remaining_ms == 0 {
            return Err(failed(Failure::Timeout, "no time was left to call the upstream"));
        }
        let sent = self.exchange.post(&self.infer_path, Bytes::from(body.bytes), body.json_length, remaining_ms, ANSWER_BYTES_MAX).await;
        match sent {
            Ok(reply) => {
                self.standing().refusals = 0;
                response::read(&reply, &self.outputs, request.rows)
            }
            Err(error) => {
                self.learn(&error);
                Err(error)
            }
        }
    }
}

impl Backend for Remote {
    fn infer<'a>(&'a self, request: Request<'a>) -> Inference<'a> {
        Inference::Pending(Box::pin(self.server.infer(request)))
    }

    /// Whether the last contact went well and nothing was lost since.
    fn ready(&self) -> bool {
        self.server.agreed()
    }

    /// Its cores are not ours to count: as many as may be on their way.
    fn slots(&self) -> usize {
        EXCHANGES_MAX
    }

    fn engine(&self) -> &str {
        "open inference protocol"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model, specs};
    use charter_plan::plan::Source;

    #[test]
    fn calls_that_fail_together_count_once_and_refusals_in_a_row_last_longer() {
        let model = model(Source::Static { values: vec![] }, specs(&["x: FP32[-1]"]), specs(&["y: FP32[-1]"]));
        let remote = Remote::open(&model, "http://127.0.0.1:1", "m", None).unwrap_or_else(|error| panic!("{error:?}"));
        assert!(remote.keeping_contact.is_none(), "there is no async runtime");
        let refusal = failed(Failure::Unavailable, "no");
        let mut ends = vec![];
        for row in 1..=3 {
            remote.server.standing().known = Known::Terms(Terms { binary: false });
            (0..5).for_each(|_| remote.server.learn(&refusal));
            assert_eq!(remote.server.standing().refusals, row);
            match remote.server.standing().known {
                Known::Refused { until, .. } => ends.push(until),
                ref known => panic!("{known:?}"),
            }
        }
        assert!(ends.windows(2).all(|pair| pair[1] - pair[0] >= Duration::from_secs(1)), "{ends:?}");
        remote.server.learn(&failed(Failure::Connect, "no"));
        assert!(matches!(remote.server.standing().known, Known::Refused { .. }), "a late failure does not end the pause");
        remote.server.standing().known = Known::Terms(Terms { binary: false });
        remote.server.learn(&failed(Failure::Upstream, "no"));
        assert!(remote.ready(), "an error of the server is the breaker's business");
    }
}
