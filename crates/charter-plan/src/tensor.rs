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
    /// Whether a NaN, which stands for a missing value, is allowed. Infinite values never are.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allows_nan: bool,
    /// Limits on values that the contract states, checked on admission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// Bounds on the open dimensions of one row, when the contract states them; [`TensorSpec::open_lengths`] says what holds without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<Lengths>,
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

/// Most values that the open dimensions of one row span where nothing states another bound: without one, a single row may be as large as a request.
pub const OPEN_LENGTH_MAX: u32 = 4_096;

/// Inclusive bounds on what the open dimensions of one row span: their length, or the product of their lengths where there are several.
///
/// The rows are not among them; a route bounds those by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lengths {
    pub min: u32,
    pub max: u32,
}

impl Default for Lengths {
    fn default() -> Self {
        Self { min: 0, max: OPEN_LENGTH_MAX }
    }
}

impl TensorSpec {
    pub fn new(name: impl Into<String>, datatype: Datatype, shape: Vec<Dimension>) -> Self {
        Self { name: name.into(), datatype, shape, allows_nan: false, range: None, lengths: None, allowed: Vec::new() }
    }

    /// One value a row: shape `[rows, 1]`.
    pub fn column(name: impl Into<String>, datatype: Datatype) -> Self {
        Self::new(name, datatype, vec![Dimension::Any, Dimension::Fixed(1)])
    }

    /// Bounds on the open dimensions of one row: those stated, else none to [`OPEN_LENGTH_MAX`]. `None` when every dimension after the rows is fixed.
    pub fn open_lengths(&self) -> Option<Lengths> {
        self.shape.iter().skip(1).any(|dimension| *dimension == Dimension::Any).then(|| self.lengths.unwrap_or_default())
    }

    /// The bounds on open dimensions that `shape` breaks; `None` when it keeps them. Rank, rows and fixed lengths are not looked at.
    pub fn lengths_broken_by(&self, shape: &[usize]) -> Option<Lengths> {
        let lengths = self.open_lengths()?;
        let open = shape.iter().zip(&self.shape).skip(1).filter(|(_, dimension)| **dimension == Dimension::Any);
        let span = open.fold(1_usize, |span, (length, _)| span.saturating_mul(*length));
        let keeps = u32::try_from(span).is_ok_and(|span| (lengths.min..=lengths.max).contains(&span));
        (!keeps).then_some(lengths)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_dimensions_are_bounded_whether_or_not_a_bound_is_stated() {
        let mut tokens = TensorSpec::new("tokens", Datatype::Int64, vec![Dimension::Any, Dimension::Any]);
        assert_eq!(tokens.lengths_broken_by(&[1_000_000, 4096]), None, "rows are not a length");
        assert_eq!(tokens.lengths_broken_by(&[1, 0]), None);
        assert_eq!(tokens.lengths_broken_by(&[1, 4097]), Some(Lengths { min: 0, max: OPEN_LENGTH_MAX }));
        tokens.lengths = Some(Lengths { min: 2, max: 256 });
        assert_eq!(tokens.lengths_broken_by(&[1, 256]), None);
        for broken in [0, 1, 257, usize::MAX] {
            assert_eq!(tokens.lengths_broken_by(&[1, broken]), tokens.lengths, "{broken}");
        }
    }

    #[test]
    fn several_open_dimensions_are_bounded_together_and_fixed_ones_not_at_all() {
        let image =
            TensorSpec::new("image", Datatype::Fp32, vec![Dimension::Any, Dimension::Fixed(100_000), Dimension::Any, Dimension::Any]);
        assert_eq!(image.lengths_broken_by(&[1, 100_000, 64, 64]), None);
        assert!(image.lengths_broken_by(&[1, 100_000, 64, 65]).is_some());
        assert!(image.lengths_broken_by(&[1, 100_000, usize::MAX, 3]).is_some(), "the product does not wrap");
        assert_eq!(TensorSpec::column("x", Datatype::Fp32).open_lengths(), None);
        assert_eq!(TensorSpec::new("x", Datatype::Fp32, vec![Dimension::Any]).open_lengths(), None);
    }

    #[test]
    fn a_plan_without_bounds_is_read_and_written_as_before() {
        let text = r#"{"name":"x","datatype":"FP32","shape":[-1,-1]}"#;
        let spec: TensorSpec = serde_json::from_str(text).expect("reads");
        assert_eq!(spec.lengths, None);
        assert_eq!(serde_json::to_string(&spec).expect("writes"), text);
        let bounded = TensorSpec { lengths: Some(Lengths { min: 0, max: 9 }), ..spec };
        let written = serde_json::to_string(&bounded).expect("writes");
        assert_eq!(serde_json::from_str::<TensorSpec>(&written).expect("reads"), bounded);
    }
}
