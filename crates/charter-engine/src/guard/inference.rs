//! One inference, at most for its time. A panic of the backend is a failure of the model, not of the server.
//!
//! Who shares it, and what its end says about the model, does not belong here.

use crate::backend::{Backend, BackendError, Failure, Inference, Request};
use crate::tensor::Tensor;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::time::Duration;

pub(crate) type Outputs = Result<Vec<Tensor>, BackendError>;

/// Runs the inference, at most for `patience`.
pub(crate) async fn infer(backend: &dyn Backend, request: Request<'_>, patience: Duration) -> Outputs {
    let begun = catch_unwind(AssertUnwindSafe(|| backend.infer(request)));
    match begun {
        Ok(Inference::Ready(result)) => result,
        Ok(Inference::Pending(future)) => tokio::time::timeout(patience, calmly(future)).await.unwrap_or_else(|_| Err(timed_out())),
        Err(_) => Err(panicked()),
    }
}

async fn calmly(mut future: Pin<Box<dyn Future<Output = Outputs> + Send + '_>>) -> Outputs {
    poll_fn(|task| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(task))) {
        Ok(progress) => progress,
        Err(_) => std::task::Poll::Ready(Err(panicked())),
    })
    .await
}

pub(crate) fn timed_out() -> BackendError {
    BackendError { failure: Failure::Timeout, message: "the model did not answer in its share of the time".to_owned() }
}

fn panicked() -> BackendError {
    BackendError { failure: Failure::Upstream, message: "the backend panicked".to_owned() }
}
