//! What compilation must know of files that it does not read itself, models and held-out rows: plain data, gathered by whoever may read files.
//!
//! Reading and running models do not belong here, nor reading rows.

use crate::tensor::TensorSpec;
use serde::Serialize;
use std::collections::BTreeMap;

/// Facts about one model file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Artifact {
    /// `sha256:` and 64 hexadecimal digits over the file's bytes.
    pub digest: String,
    /// The model's own signature, in its own order; outputs that are no tensors are given as the tensor they are read as.
    pub inputs: Vec<TensorSpec>,
    pub outputs: Vec<TensorSpec>,
    /// Names of the columns of a single matrix input, from the metadata key `charter.columns`; empty when the file has none.
    pub columns: Vec<String>,
    /// The file's own metadata, in its order.
    pub metadata: Vec<(String, String)>,
    /// What would run it, for people: `charter-onnx`, `onnxruntime`.
    pub engine: String,
    pub bytes: u64,
}

/// Artifacts by the path that the charter writes, relative to its folder.
pub type Artifacts = BTreeMap<String, Artifact>;

/// Facts about one file of held-out rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SampleFacts {
    /// Names of the columns, in the file's order.
    pub columns: Vec<String>,
    /// Data rows, the header left out.
    pub rows: u64,
}

/// Facts about held-out rows by the path that the charter writes, relative to its folder.
pub type Samples = BTreeMap<String, SampleFacts>;
