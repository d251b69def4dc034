//! Opens a model's bytes with the engine that can run them.
//!
//! Reading the file and comparing its digest does not belong here.

use super::evaluator::Evaluator;
use super::external::first_external;
use super::in_process::{InProcess, Kernel};
use super::open_axes::OpenAxes;
use super::session::{Sessions, open_session};
use super::signature::Signature;
use super::warm_up::warm_up;
use crate::failure::unavailable;
use crate::runtime::{INSTALL_HELP, OnnxRuntime, OnnxRuntimeSearch, load};
use charter_engine::{Backend, Unavailable};
use charter_onnx::{LoadError, Unsupported};
use charter_plan::plan::Model;
use ort::session::Session;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What can run a model's bytes.
pub(super) enum Opened {
    Evaluator(charter_onnx::Model),
    Session(Session, &'static OnnxRuntime),
}

pub(crate) fn open(model: &Model, bytes: &[u8], search: &OnnxRuntimeSearch) -> Result<Arc<dyn Backend>, Unavailable> {
    let plan = Signature { inputs: model.inputs.clone(), outputs: model.outputs.clone() };
    let opened = open_bytes(bytes, search)?;
    opened.signature()?.check(&plan)?;
    let (kernel, engine) = match opened {
        Opened::Evaluator(evaluator) => {
            (Evaluator::new(evaluator, &plan).map(|evaluator| Kernel::Evaluator(Box::new(evaluator))), "charter-onnx".to_owned())
        }
        Opened::Session(session, runtime) => {
            let sessions = Sessions::new(runtime, bytes, session, &plan).map_err(|reason| refused_by_runtime(&reason))?;
            (Some(Kernel::Sessions(sessions)), format!("onnxruntime {}", runtime.version))
        }
    };
    let kernel = kernel.ok_or_else(|| unavailable("the model's outputs are not those of the plan", "check the charter again"))?;
    let cost = warm_up(&kernel, &plan, &model.label())?;
    Ok(Arc::new(InProcess::new(kernel, cost, OpenAxes::of(&plan.inputs), engine.trim_end().to_owned())))
}

/// `charter-onnx` where it evaluates all of the model, else ONNX Runtime.
pub(super) fn open_bytes(bytes: &[u8], search: &OnnxRuntimeSearch) -> Result<Opened, Unavailable> {
    refuse_external(bytes)?;
    match charter_onnx::Model::load(bytes) {
        Ok(model) => Ok(Opened::Evaluator(model)),
        Err(LoadError::Unsupported { places }) => {
            let runtime = load(search).map_err(|report| {
                let refusal = report.refusal().map_or(String::new(), |refusal| format!(" ({refusal})"));
                unavailable(format!("{}, and ONNX Runtime was not found{refusal}", lacking(&places)), INSTALL_HELP)
            })?;
            let session = open_session(runtime, bytes).map_err(|reason| refused_by_runtime(&reason))?;
            Ok(Opened::Session(session, runtime))
        }
        Err(LoadError::Malformed { place, rule }) => {
            Err(unavailable(format!("the file is no valid model: {place}: {rule}"), "export the model again"))
        }
        Err(error) => Err(unavailable(error.to_string(), "export the model again")),
    }
}

impl Opened {
    pub(super) fn signature(&self) -> Result<Signature, Unavailable> {
        match self {
            Self::Evaluator(model) => Ok(Signature::of_infos(model.inputs(), model.outputs())),
            Self::Session(session, _) => Signature::of_outlets(session.inputs(), session.outputs()).ok_or_else(|| {
                unavailable("the model has an input or output that is no tensor", "export the model with tensors as inputs and outputs")
            }),
        }
    }
}

pub(super) fn refuse_external(bytes: &[u8]) -> Result<(), Unavailable> {
    match first_external(bytes) {
        Ok(None) => Ok(()),
        Ok(Some(tensor)) => Err(unavailable(
            format!("tensor `{tensor}` keeps its data in another file, which the digest does not cover"),
            "save the model in one file (`onnx.save_model(model, path, save_as_external_data=False)`)",
        )),
        Err(reason) => Err(unavailable(reason, "name an ONNX file")),
    }
}

fn refused_by_runtime(reason: &str) -> Unavailable {
    unavailable(
        format!("ONNX Runtime refuses the model: {reason}"),
        "export the model again for an opset that this release of ONNX Runtime knows",
    )
}

/// What keeps `charter-onnx` from evaluating the model, by operator where it is one.
pub(super) fn lacking(places: &[Unsupported]) -> String {
    const NAMED_MAX: usize = 8;
    let operators: BTreeSet<&str> = places.iter().map(|place| place.operator.as_str()).filter(|operator| !operator.is_empty()).collect();
    if operators.is_empty() {
        let reason = places.first().map_or_else(String::new, ToString::to_string);
        return format!("`charter-onnx` does not evaluate the model ({reason})");
    }
    let names: Vec<String> = operators.iter().take(NAMED_MAX).map(|operator| format!("`{operator}`")).collect();
    let more = operators.len().saturating_sub(NAMED_MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("`charter-onnx` does not evaluate the operators {}{more}", names.join(", "))
}
