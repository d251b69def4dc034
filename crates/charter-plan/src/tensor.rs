//! Datatypes and shapes of tensors, as the Open Inference Protocol v2 names them.
//!
//! Values do not belong here: a plan describes signatures, the engine carries values.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Element type of a tensor. The names are those of the Open Inference Protocol v2 (`required_api.md`, "Tensor Data Types"), plus `BF16` as Triton names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Datatype {
    Bool,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Bf16,
    Fp32,
    Fp64,
    /// Byte strings of any length; text when the contract says so.
    Bytes,
}

impl Datatype {
    pub const ALL: [Self; 14] = [
        Self::Bool,
        Self::Uint8,
        Self::Uint16,
        Self::Uint32,
        Self::Uint64,
        Self::Int8,
        Self::Int16,
        Self::Int32,
        Self::Int64,
        Self::Fp16,
        Self::Bf16,
        Self::Fp32,
        Self::Fp64,
        Self::Bytes,
    ];

    /// The protocol's name, for example `FP32`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bool => "BOOL",
            Self::Uint8 => "UINT8",
            Self::Uint16 => "UINT16",
            Self::Uint32 => "UINT32",
            Self::Uint64 => "UINT64",
            Self::Int8 => "INT8",
            Self::Int16 => "INT16",
            Self::Int32 => "INT32",
            Self::Int64 => "INT64",
            Self::Fp16 => "FP16",
            Self::Bf16 => "BF16",
            Self::Fp32 => "FP32",
            Self::Fp64 => "FP64",
            Self::Bytes => "BYTES",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|datatype| datatype.name() == name)
    }

    /// Size of one element in bytes in the binary tensor extension; `None` for [`Datatype::Bytes`], whose elements carry their own length.
    pub const fn size_bytes(self) -> Option<usize> {
        match self {
            Self::Bool | Self::Uint8 | Self::Int8 => Some(1),
            Self::Uint16 | Self::Int16 | Self::Fp16 | Self::Bf16 => Some(2),
            Self::Uint32 | Self::Int32 | Self::Fp32 => Some(4),
            Self::Uint64 | Self::Int64 | Self::Fp64 => Some(8),
            Self::Bytes => None,
        }
    }

    pub const fn is_float(self) -> bool {
        matches!(self, Self::Fp16 | Self::Bf16 | Self::Fp32 | Self::Fp64)
    }

    /// Whether every value of `self` has an exact counterpart in `wider`.
    pub fn widens_to(self, wider: Self) -> bool {
        use Datatype::*;
        if self == wider {
            return true;
        }
        match self {
            Bool => matches!(wider, Uint8 | Uint16 | Uint32 | Uint64 | Int8 | Int16 | Int32 | Int64 | Fp16 | Bf16 | Fp32 | Fp64),
            Uint8 => matches!(wider, Uint16 | Uint32 | Uint64 | Int16 | Int32 | Int64 | Fp16 | Bf16 | Fp32 | Fp64),
            Uint16 => matches!(wider, Uint32 | Uint64 | Int32 | Int64 | Fp32 | Fp64),
            Uint32 => matches!(wider, Uint64 | Int64 | Fp64),
            Int8 => matches!(wider, Int16 | Int32 | Int64 | Fp16 | Bf16 | Fp32 | Fp64),
            Int16 => matches!(wider, Int32 | Int64 | Fp32 | Fp64),
            Int32 => matches!(wider, Int64 | Fp64),
            Fp16 | Bf16 => matches!(wider, Fp32 | Fp64),
            Fp32 => matches!(wider, Fp64),
            Uint64 | Int64 | Fp64 | Bytes => false,
        }
    }
}

impl fmt::Display for Datatype {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// One dimension of a signature. The first dimension of every tensor of a route is the rows of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "i64", into = "i64")]
pub enum Dimension {
    Fixed(u32),
    /// Any length; written as `-1`.
    Any,
}

impl From<i64> for Dimension {
    fn from(length: i64) -> Self {
        u32::try_from(length).map_or(Self::Any, Self::Fixed)
    }
}

impl From<Dimension> for i64 {
    fn from(dimension: Dimension) -> Self {
        match dimension {
            Dimension::Fixed(length) => Self::from(length),
            Dimension::Any => -1,
        }
    }
}

/// Name, datatype and shape of one input or output. `shape[0]` is the row dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TensorSpec {
    pub name: String,
    pub datatype: Datatype,
    pub shape: Vec<Dimension>,
    /// Whether a NaN or infinite value is allowed; contracts refuse them unless they say otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allows_nan: bool,
    /// Limits on values that the contract states, checked on admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// The only texts allowed (`BYTES` inputs), when the contract lists them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
}

/// Inclusive limits on a numeric input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    pub min: Option<f64>,
    pub max: Option<f64>,
}

// A plan holds finite limits only; compilation refuses NaN.
impl Eq for Range {}

impl TensorSpec {
    pub fn new(name: impl Into<String>, datatype: Datatype, shape: Vec<Dimension>) -> Self {
        Self { name: name.into(), datatype, shape, allows_nan: false, range: None, allowed: Vec::new() }
    }

    /// One value a row: shape `[rows, 1]`.
    pub fn column(name: impl Into<String>, datatype: Datatype) -> Self {
        Self::new(name, datatype, vec![Dimension::Any, Dimension::Fixed(1)])
    }
}
