//! Values of a tensor, row dimension first.
//!
//! Names do not belong here: a route's signature gives each position its name. Nor do wire formats.

use charter_plan::tensor::Datatype;
use half::{bf16, f16};
use smallvec::SmallVec;

/// Lengths of the dimensions; `shape[0]` is the rows. Rank is at most 8.
pub type Shape = SmallVec<[usize; 4]>;

/// A dense tensor in row-major order.
///
/// INVARIANT: the product of `shape` is the number of values; [`Tensor::new`] refuses anything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Shape,
    values: Values,
}

/// The elements, typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    Bool(Vec<bool>),
    Uint8(Vec<u8>),
    Uint16(Vec<u16>),
    Uint32(Vec<u32>),
    Uint64(Vec<u64>),
    Int8(Vec<i8>),
    Int16(Vec<i16>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Fp16(Vec<f16>),
    Bf16(Vec<bf16>),
    Fp32(Vec<f32>),
    Fp64(Vec<f64>),
    Bytes(Texts),
}

/// Byte strings packed one after another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    bytes: Vec<u8>,
    /// `ends[i]` is where string `i` ends.
    ends: Vec<usize>,
}

impl Texts {
    pub fn with_capacity(count: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(count) }
    }

    pub fn push(&mut self, text: &[u8]) {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Bytes of memory that the texts and their ends take.
    pub fn capacity_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }

    pub fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)?;
        let start = if index == 0 { 0 } else { *self.ends.get(index - 1)? };
        self.bytes.get(start..end)
    }

    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl<T: AsRef<[u8]>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut packed = Self::default();
        for text in texts {
            packed.push(text.as_ref());
        }
        packed
    }
}

impl Values {
    pub fn len(&self) -> usize {
        match self {
            Self::Bool(values) => values.len(),
            Self::Uint8(values) => values.len(),
            Self::Uint16(values) => values.len(),
            Self::Uint32(values) => values.len(),
            Self::Uint64(values) => values.len(),
            Self::Int8(values) => values.len(),
            Self::Int16(values) => values.len(),
            Self::Int32(values) => values.len(),
            Self::Int64(values) => values.len(),
            Self::Fp16(values) => values.len(),
            Self::Bf16(values) => values.len(),
            Self::Fp32(values) => values.len(),
            Self::Fp64(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub const fn datatype(&self) -> Datatype {
        match self {
            Self::Bool(_) => Datatype::Bool,
            Self::Uint8(_) => Datatype::Uint8,
            Self::Uint16(_) => Datatype::Uint16,
            Self::Uint32(_) => Datatype::Uint32,
            Self::Uint64(_) => Datatype::Uint64,
            Self::Int8(_) => Datatype::Int8,
            Self::Int16(_) => Datatype::Int16,
            Self::Int32(_) => Datatype::Int32,
            Self::Int64(_) => Datatype::Int64,
            Self::Fp16(_) => Datatype::Fp16,
            Self::Bf16(_) => Datatype::Bf16,
            Self::Fp32(_) => Datatype::Fp32,
            Self::Fp64(_) => Datatype::Fp64,
            Self::Bytes(_) => Datatype::Bytes,
        }
    }
}

impl Tensor {
    /// `None` when the shape does not hold exactly the values, or its product overflows.
    pub fn new(shape: impl Into<Shape>, values: Values) -> Option<Self> {
        let shape = shape.into();
        let count = shape.iter().try_fold(1_usize, |product, &length| product.checked_mul(length))?;
        (count == values.len() && !shape.is_empty() && shape.len() <= 8).then_some(Self { shape, values })
    }

    /// Gives the same values another shape; false, and nothing changed, when that shape does not hold exactly as many.
    pub fn reshape(&mut self, shape: impl Into<Shape>) -> bool {
        let shape = shape.into();
        let count = shape.iter().try_fold(1_usize, |product, &length| product.checked_mul(length));
        let fits = count == Some(self.values.len()) && !shape.is_empty() && shape.len() <= 8;
        if fits {
            self.shape = shape;
        }
        fits
    }

    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    pub fn values(&self) -> &Values {
        &self.values
    }

    pub fn into_values(self) -> Values {
        self.values
    }

    pub fn datatype(&self) -> Datatype {
        self.values.datatype()
    }

    /// Length of the first dimension.
    pub fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Values in one row.
    pub fn width(&self) -> usize {
        self.shape.iter().skip(1).product()
    }
}
