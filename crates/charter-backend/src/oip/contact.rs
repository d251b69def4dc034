//! The first contact with a server: is the model ready, which extensions does the server have, does its signature fit the plan.
//!
//! A server that says nothing about a model's inputs and outputs is taken at its answers, which are checked one by one anyway.

use super::exchange::Exchange;
use crate::failure::failed;
use charter_engine::{BackendError, Failure};
use charter_plan::tensor::{Dimension, TensorSpec};
use serde::Deserialize;

const METADATA_BYTES_MAX: usize = 1 << 20;

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// Whether tensors travel in the binary tensor extension.
    pub(super) binary: bool,
}

/// In all metadata, a field that is `null` counts as absent: Python servers write it for what they leave out.
#[derive(Deserialize)]
struct ServerMetadata {
    extensions: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct ModelMetadata {
    inputs: Option<Vec<TensorMetadata>>,
    outputs: Option<Vec<TensorMetadata>>,
}

#[derive(Deserialize)]
struct TensorMetadata {
    name: String,
    datatype: String,
    shape: Option<Vec<i64>>,
}

/// `model_path` is `/v2/models/{model}[/versions/{version}]`.
pub(super) async fn meet(
    exchange: &Exchange,
    model_path: &str,
    inputs: &[TensorSpec],
    outputs: &[TensorSpec],
) -> Result<Terms, BackendError> {
    exchange.get(&format!("{model_path}/ready"), METADATA_BYTES_MAX).await.map_err(not_ready)?;
    let binary = match read::<ServerMetadata>(exchange, "/v2").await? {
        Some(server) => server.extensions.iter().flatten().any(|extension| extension == "binary_tensor_data"),
        None => false,
    };
    if let Some(model) = read::<ModelMetadata>(exchange, model_path).await? {
        let (their_inputs, their_outputs) = (model.inputs.unwrap_or_default(), model.outputs.unwrap_or_default());
        check(inputs, &their_inputs, outputs, &their_outputs).map_err(|difference| failed(Failure::Unavailable, difference))?;
    }
    Ok(Terms { binary })
}

/// "Not ready" is a 4xx in the protocol, but never the input's fault.
fn not_ready(error: BackendError) -> BackendError {
    match error.failure {
        Failure::Rejected | Failure::Unavailable => failed(Failure::Unavailable, "the upstream's model is not ready"),
        _ => error,
    }
}

/// `None` when the server does not have the page.
async fn read<T: for<'a> Deserialize<'a>>(exchange: &Exchange, path: &str) -> Result<Option<T>, BackendError> {
    match exchange.get(path, METADATA_BYTES_MAX).await {
        Ok(reply) => {
            let wrong = |_| failed(Failure::BadOutput, "the upstream's metadata is not what the protocol says");
            serde_json::from_slice(&reply.body).map(Some).map_err(wrong)
        }
        Err(error) if matches!(error.failure, Failure::Unavailable | Failure::Rejected) => Ok(None),
        Err(error) => Err(error),
    }
}

fn check(
    inputs: &[TensorSpec],
    their_inputs: &[TensorMetadata],
    outputs: &[TensorSpec],
    their_outputs: &[TensorMetadata],
) -> Result<(), String> {
    if !their_inputs.is_empty() {
        if let Some(unknown) = their_inputs.iter().find(|input| !inputs.iter().any(|spec| spec.name == input.name)) {
            return Err(format!("the upstream's model wants an input `{}` that the plan does not give", unknown.name));
        }
        inputs.iter().try_for_each(|spec| check_tensor("input", spec, their_inputs, false))?;
    }
    if !their_outputs.is_empty() {
        outputs.iter().try_for_each(|spec| check_tensor("output", spec, their_outputs, true))?;
    }
    Ok(())
}

/// `free_column`: one value a row fits with and without a column of its own, as it does in answers.
fn check_tensor(what: &str, spec: &TensorSpec, theirs: &[TensorMetadata], free_column: bool) -> Result<(), String> {
    let name = &spec.name;
    let tensor = theirs.iter().find(|tensor| tensor.name == *name).ok_or_else(|| format!("the upstream's model has no {what} `{name}`"))?;
    if tensor.datatype != spec.datatype.name() {
        return Err(format!("{what} `{name}` is {} at the upstream and {} in the plan", tensor.datatype, spec.datatype));
    }
    let Some(shape) = tensor.shape.as_deref().filter(|shape| !shape.is_empty()) else { return Ok(()) };
    let agree = |(ours, theirs): (&Dimension, &i64)| *ours == Dimension::Any || *theirs < 0 || i64::from(*ours) == *theirs;
    let compared: &[i64] = match (shape, spec.shape.as_slice()) {
        ([rows, column], [_]) if free_column && (*column == 1 || *column < 0) => &[*rows],
        ([rows], [_, _]) if free_column => &[*rows, 1],
        _ => shape,
    };
    if compared.len() != spec.shape.len() || !spec.shape.iter().zip(compared).all(agree) {
        let ours: Vec<i64> = spec.shape.iter().map(|&dimension| dimension.into()).collect();
        return Err(format!("{what} `{name}` has shape {shape:?} at the upstream and {ours:?} in the plan"));
    }
    Ok(())
}
