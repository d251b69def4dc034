//! What compilation and people want to know of a model file: its signature, which engine runs it, and why.
//!
//! The answer for a file depends on its bytes and, only where `charter-onnx` does not evaluate it, on whether ONNX Runtime is here to be asked.

use super::evaluator::Evaluator;
use super::in_process::Kernel;
use super::open::{Opened, lacking, open_bytes, refuse_external};
use super::signature::Signature;
use super::warm_up::invent;
use crate::failure::unavailable;
use crate::model_file::{ModelFile, read_beneath, read_named};
use crate::runtime::{INSTALL_HELP, OnnxRuntimeSearch};
use charter_engine::{Tensor, Unavailable};
use charter_onnx::{Inspection, LoadError};
use charter_plan::artifact::Artifact;
use charter_plan::tensor::{Dimension, TensorSpec};
use std::path::Path;

/// The metadata key that names the columns of a single matrix input: a JSON list of texts.
const COLUMNS_KEY: &str = "charter.columns";
/// Rows of the call that shows what outputs look like; not 1, so that a row dimension is told from a dimension of one.
const ROWS: usize = 3;

/// What runs a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    CharterOnnx,
    OnnxRuntime,
}

impl Engine {
    pub const fn name(self) -> &'static str {
        match self {
            Self::CharterOnnx => "charter-onnx",
            Self::OnnxRuntime => "onnxruntime",
        }
    }
}

/// For `charter models inspect FILE`.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspected {
    pub engine: Engine,
    /// One sentence.
    pub why: String,
    /// What keeps the model from running on this machine and the way out; `None` when it runs.
    pub obstacle: Option<Unavailable>,
    pub artifact: Artifact,
    /// Operators, opsets, producer, sizes.
    pub inspection: Inspection,
}

/// Looks at a file that a person named. Loads ONNX Runtime only when `charter-onnx` does not evaluate the model.
///
/// Errors: no file, no model, data in other files.
pub fn inspect(path: &Path, search: &OnnxRuntimeSearch) -> Result<Inspected, Unavailable> {
    look_at(&read_named(path)?, search)
}

/// Facts about the model at `path` beneath the charter's folder `root`, for the compilation of a plan. A model that cannot run here has facts too, as far as its
/// file tells them; that it cannot run is found out when it is opened.
///
/// Errors: a path that leads out of the folder, no file, no model, data in other files.
pub fn artifact_facts(root: &Path, path: &str, search: &OnnxRuntimeSearch) -> Result<Artifact, Unavailable> {
    look_at(&read_beneath(root, path)?, search).map(|inspected| inspected.artifact)
}

fn look_at(file: &ModelFile, search: &OnnxRuntimeSearch) -> Result<Inspected, Unavailable> {
    refuse_external(&file.bytes)?;
    let inspection = charter_onnx::inspect(&file.bytes).map_err(|error| match error {
        LoadError::Malformed { place, rule } => {
            unavailable(format!("the file is no valid model: {place}: {rule}"), "export the model again")
        }
        other => unavailable(other.to_string(), "export the model again"),
    })?;
    let declared = Signature::of_infos(&inspection.inputs, &inspection.outputs);
    let (engine, why, signature, obstacle) = match open_bytes(&file.bytes, search) {
        Ok(Opened::Evaluator(model)) => {
            (Engine::CharterOnnx, "`charter-onnx` evaluates every operator of the model".to_owned(), observe(model, declared), None)
        }
        Ok(opened @ Opened::Session(..)) => (Engine::OnnxRuntime, lacking(&inspection.unsupported), opened.signature()?, None),
        Err(obstacle) => (Engine::OnnxRuntime, lacking(&inspection.unsupported), declared, Some(obstacle)),
    };
    if signature.inputs.is_empty() || signature.outputs.is_empty() {
        return Err(unavailable(format!("{why}, and its inputs and outputs cannot be read without ONNX Runtime"), INSTALL_HELP));
    }
    let artifact = Artifact {
        digest: file.digest.clone(),
        inputs: signature.inputs,
        outputs: signature.outputs,
        columns: columns(&inspection.metadata)?,
        metadata: inspection.metadata.clone(),
        engine: engine.name().to_owned(),
        bytes: file.bytes.len() as u64,
    };
    Ok(Inspected { engine, why, obstacle, artifact, inspection })
}

fn columns(metadata: &[(String, String)]) -> Result<Vec<String>, Unavailable> {
    let Some((_, text)) = metadata.iter().find(|(key, _)| key == COLUMNS_KEY) else { return Ok(Vec::new()) };
    let wrong = |_| unavailable(format!("the metadata `{COLUMNS_KEY}` is no JSON list of texts"), "write it as `[\"first\", \"second\"]`");
    serde_json::from_str(text).map_err(wrong)
}

/// The declared signature with the outputs' shapes as a call shows them: exporters often declare them wrongly.
fn observe(model: charter_onnx::Model, declared: Signature) -> Signature {
    let answer = invent(&declared.inputs, ROWS, 1).and_then(|inputs| {
        let kernel = Kernel::Evaluator(Box::new(Evaluator::new(model, &declared)?));
        kernel.run(&inputs, ROWS).ok()
    });
    let Some(answer) = answer else { return declared };
    let outputs = declared.outputs.into_iter().zip(&answer).map(|(spec, output)| observed(spec, output)).collect();
    Signature { outputs, ..declared }
}

fn observed(declared: TensorSpec, output: &Tensor) -> TensorSpec {
    let same_rank = declared.shape.len() == output.shape().len();
    let shape = output.shape().iter().enumerate().map(|(axis, &length)| {
        let is_open = same_rank && declared.shape.get(axis) == Some(&Dimension::Any);
        if is_open || (axis == 0 && length == ROWS) {
            Dimension::Any
        } else {
            u32::try_from(length).map_or(Dimension::Any, Dimension::Fixed)
        }
    });
    TensorSpec::new(declared.name, output.datatype(), shape.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_a_json_list_of_texts() {
        let with = |text: &str| columns(&[("other".into(), "x".into()), (COLUMNS_KEY.into(), text.into())]);
        assert_eq!(with(r#"["age", "income"]"#), Ok(vec!["age".into(), "income".into()]));
        assert_eq!(columns(&[]), Ok(vec![]));
        for text in ["age,income", "[1, 2]", "{}", ""] {
            assert!(with(text).is_err(), "{text}");
        }
    }
}
