//! A model version: the smallest thing that can be called, guarded and replaced.
//!
//! Rules, static answers and lookups are models too; what differs is where their answer comes from. Nodes do not belong here.

use super::Protect;
use crate::tensor::TensorSpec;
use serde::{Deserialize, Serialize};

/// Index into [`Plan::models`](super::Plan::models).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ModelId(pub u16);

/// A model version and what guards it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    pub id: ModelId,
    /// `fraud`, or the route's name for a rule, table or constant that stands in a route.
    pub name: String,
    /// `v2`, or the rung's name for one that stands in a route.
    pub version: String,
    pub source: Source,
    /// The backend's own signature, in its own order. For an `oip` source whose metadata is not known when the plan is made, the route's.
    pub inputs: Vec<TensorSpec>,
    pub outputs: Vec<TensorSpec>,
    pub protect: Protect,
}

impl Model {
    /// `fraud@v2`, unique in a plan.
    pub fn label(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// Where a model's answer comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Source {
    /// An ONNX file, relative to the charter's folder, with the digest (`sha256:…`) of the bytes that the plan was made from.
    Onnx { path: String, digest: String },
    /// A remote server that speaks the Open Inference Protocol v2 over HTTP.
    Oip { url: String, model: String, version: Option<String> },
    /// One CEL expression an output, evaluated for each row; its variables are the model's inputs by name.
    Rule { expressions: Vec<String> },
    /// The same answer for every row; one constant an output.
    Static { values: Vec<Constant> },
    /// A table: key columns joined by the unit separator (U+001F) give one constant an output; `default` answers a key that is not there, else the row fails.
    Lookup { path: String, digest: String, entries: Vec<(String, Vec<Constant>)>, default: Option<Vec<Constant>> },
}

/// One row's value of one output, flattened: its length is the product of the output's shape without the row dimension.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Constant {
    Integers(Vec<i64>),
    Floats(Vec<f64>),
    Booleans(Vec<bool>),
    Texts(Vec<String>),
}
