//! Routes: what callers call, and how it is answered.

use crate::ast::Answer;
use crate::names::{Contract, Entries, Field, FileRef, List, Ref, Samples, target};
use crate::quantity::{Count, Duration};

section! {
    /// A route: what callers call by name.
    pub struct Route {
        /// The contract of its inputs; without it the full rung's own inputs are the signature.
        input: Field<FileRef<Contract>>,
        /// Features that are appended to the inputs, by name.
        features: List<Ref<target::Feature>>,
        /// The latency budget it has to keep.
        latency: Field<Ref<target::LatencyBudget>>,
        /// How long a call may take in all; without it the budget decides.
        timeout: Field<Duration>,
        /// Most rows in one request.
        @rows rows_max: Field<Count>,
        /// How it is answered.
        answer: Field<Answer>,
        /// Its outputs: `{ score: FP32 }`; without it the full rung's.
        output: Field<Signature>,
        /// Decisions made from the outputs (CEL), after the ladder.
        decide: Field<Decide>,
        /// Whether callers may pin a version.
        pinning: Field<bool>,
        /// Who may call: `open`, or identities.
        access: Field<RouteAccess>,
        /// Rows for demos, load and evaluation.
        samples: Field<FileRef<Samples>>,
        /// The data set that the samples come from, with its label.
        dataset: Field<Ref<target::DataSet>>,
        /// Who answers for it.
        owner: Field<Ref<target::Stakeholder>>,
        /// What it is for.
        about: Field<String>,
    }
}

/// The outputs of a route in the order written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Signature {
    /// Outputs by name.
    pub tensors: Entries<OutputTensor>,
}

/// The type of an output: `FP32`, or `FP32[10]` for ten numbers a row.
#[derive(Clone, Debug, PartialEq)]
pub struct OutputTensor {
    /// The type of an element.
    pub datatype: TensorType,
    /// The shape beyond the rows; empty for one value a row.
    pub shape: Vec<u32>,
}

words! {
    /// A datatype of the Open Inference Protocol.
    pub enum TensorType {
        /// True or false.
        Bool = "BOOL",
        /// Unsigned, 8 bits.
        Uint8 = "UINT8",
        /// Unsigned, 16 bits.
        Uint16 = "UINT16",
        /// Unsigned, 32 bits.
        Uint32 = "UINT32",
        /// Unsigned, 64 bits.
        Uint64 = "UINT64",
        /// Signed, 8 bits.
        Int8 = "INT8",
        /// Signed, 16 bits.
        Int16 = "INT16",
        /// Signed, 32 bits.
        Int32 = "INT32",
        /// Signed, 64 bits.
        Int64 = "INT64",
        /// Floating point, 16 bits.
        Fp16 = "FP16",
        /// Floating point, 16 bits, with the range of 32.
        Bf16 = "BF16",
        /// Floating point, 32 bits.
        Fp32 = "FP32",
        /// Floating point, 64 bits.
        Fp64 = "FP64",
        /// Bytes or text.
        Bytes = "BYTES",
    }
}

/// Decisions by name, each a CEL expression over the outputs. A bare expression is the decision called `decision`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decide {
    /// Expressions by name.
    pub decisions: Entries<String>,
}

/// Who may call a route.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteAccess {
    /// Anyone who can reach it.
    Open,
    /// These identities.
    Identities(List<Ref<target::Identity>>),
}
