//! Tensors: owned with reusable buffers, and borrowed views. Row-major, batch dimension first.
//! Arithmetic belongs to `ops`.

use crate::error::{Fault, fault};

/// The most dimensions a tensor may have.
pub const RANK_MAX: usize = 8;
/// The most elements any one tensor may have, given or computed.
pub const ELEMENTS_MAX: usize = 64 << 20;

/// The element types this crate computes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementType {
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
    /// 64-bit signed integer.
    I64,
    /// 32-bit signed integer.
    I32,
    /// Boolean.
    Bool,
    /// UTF-8 text.
    Text,
}

impl ElementType {
    /// The type's name in error messages, ONNX spelling.
    pub fn name(self) -> &'static str {
        match self {
            ElementType::F32 => "float",
            ElementType::F64 => "double",
            ElementType::I64 => "int64",
            ElementType::I32 => "int32",
            ElementType::Bool => "bool",
            ElementType::Text => "string",
        }
    }

    /// The type for an ONNX `TensorProto.DataType`, when this crate computes with it.
    pub(crate) fn from_onnx(code: i32) -> Option<ElementType> {
        match code {
            1 => Some(ElementType::F32),
            6 => Some(ElementType::I32),
            7 => Some(ElementType::I64),
            8 => Some(ElementType::Text),
            9 => Some(ElementType::Bool),
            11 => Some(ElementType::F64),
            _ => None,
        }
    }
}

/// Borrowed elements of one type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Elements<'a> {
    /// 32-bit floats.
    F32(&'a [f32]),
    /// 64-bit floats.
    F64(&'a [f64]),
    /// 64-bit signed integers.
    I64(&'a [i64]),
    /// 32-bit signed integers.
    I32(&'a [i32]),
    /// Booleans.
    Bool(&'a [bool]),
    /// Texts.
    Text(&'a [String]),
}

impl Elements<'_> {
    /// How many elements there are.
    pub fn len(&self) -> usize {
        match self {
            Elements::F32(values) => values.len(),
            Elements::F64(values) => values.len(),
            Elements::I64(values) => values.len(),
            Elements::I32(values) => values.len(),
            Elements::Bool(values) => values.len(),
            Elements::Text(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The type of the elements.
    pub fn element_type(&self) -> ElementType {
        match self {
            Elements::F32(_) => ElementType::F32,
            Elements::F64(_) => ElementType::F64,
            Elements::I64(_) => ElementType::I64,
            Elements::I32(_) => ElementType::I32,
            Elements::Bool(_) => ElementType::Bool,
            Elements::Text(_) => ElementType::Text,
        }
    }
}

/// A borrowed tensor: row-major elements and their shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TensorView<'a> {
    // INVARIANT: the product of `shape` is the number of elements, its length at most RANK_MAX.
    shape: &'a [usize],
    elements: Elements<'a>,
}

impl<'a> TensorView<'a> {
    /// Borrows a tensor. `None` when the shape's product is not the number of elements, when it has more than
    /// [`RANK_MAX`] dimensions or more than [`ELEMENTS_MAX`] elements.
    pub fn new(shape: &'a [usize], elements: Elements<'a>) -> Option<TensorView<'a>> {
        let count = count_elements(shape).ok()?;
        (count == elements.len()).then_some(TensorView { shape, elements })
    }

    /// Dimensions, batch first; a scalar has none.
    pub fn shape(&self) -> &'a [usize] {
        self.shape
    }

    /// The elements in row-major order.
    pub fn elements(&self) -> Elements<'a> {
        self.elements
    }

    /// The type of the elements.
    pub fn element_type(&self) -> ElementType {
        self.elements.element_type()
    }

    /// The elements when they are 32-bit floats.
    pub fn as_f32(&self) -> Option<&'a [f32]> {
        f32::borrow(self.elements)
    }

    /// The elements when they are 64-bit floats.
    pub fn as_f64(&self) -> Option<&'a [f64]> {
        f64::borrow(self.elements)
    }

    /// The elements when they are 64-bit integers.
    pub fn as_i64(&self) -> Option<&'a [i64]> {
        i64::borrow(self.elements)
    }

    /// The elements when they are 32-bit integers.
    pub fn as_i32(&self) -> Option<&'a [i32]> {
        i32::borrow(self.elements)
    }

    /// The elements when they are booleans.
    pub fn as_bool(&self) -> Option<&'a [bool]> {
        bool::borrow(self.elements)
    }

    /// The elements when they are texts.
    pub fn as_text(&self) -> Option<&'a [String]> {
        String::borrow(self.elements)
    }

    /// Copies into an owned tensor.
    pub fn to_tensor(&self) -> Tensor {
        let mut tensor = Tensor::default();
        tensor.shape.extend_from_slice(self.shape);
        tensor.buffer = match self.elements {
            Elements::F32(values) => Buffer::F32(values.to_vec()),
            Elements::F64(values) => Buffer::F64(values.to_vec()),
            Elements::I64(values) => Buffer::I64(values.to_vec()),
            Elements::I32(values) => Buffer::I32(values.to_vec()),
            Elements::Bool(values) => Buffer::Bool(values.to_vec()),
            Elements::Text(values) => Buffer::Text(values.to_vec()),
        };
        tensor
    }

    pub(crate) fn typed<T: Element>(&self) -> Result<&'a [T], Fault> {
        T::borrow(self.elements).ok_or_else(|| fault!("wants {} elements, got {}", T::TYPE.name(), self.element_type().name()))
    }

    /// The first dimension and the product of the others: a table. One dimension is one row, as `ai.onnx.ml` reads it.
    pub(crate) fn as_table(&self) -> Result<(usize, usize), Fault> {
        match *self.shape {
            [] => Err(fault!("wants a table, got a scalar")),
            [columns] => Ok((1, columns)),
            [rows, columns] => Ok((rows, columns)),
            _ => Err(fault!("wants two dimensions, got {:?}", self.shape)),
        }
    }
}

/// An owned tensor whose buffers are kept when it is filled anew.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensor {
    shape: Vec<usize>,
    buffer: Buffer,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Buffer {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
    I32(Vec<i32>),
    Bool(Vec<bool>),
    Text(Vec<String>),
}

impl Default for Buffer {
    fn default() -> Self {
        Buffer::F32(Vec::new())
    }
}

impl Tensor {
    /// Borrows the whole tensor.
    pub fn view(&self) -> TensorView<'_> {
        let elements = match &self.buffer {
            Buffer::F32(values) => Elements::F32(values),
            Buffer::F64(values) => Elements::F64(values),
            Buffer::I64(values) => Elements::I64(values),
            Buffer::I32(values) => Elements::I32(values),
            Buffer::Bool(values) => Elements::Bool(values),
            Buffer::Text(values) => Elements::Text(values),
        };
        TensorView { shape: &self.shape, elements }
    }

    pub(crate) fn new<T: Element>(shape: &[usize], values: Vec<T>) -> Result<Tensor, Fault> {
        let count = count_elements(shape)?;
        if count != values.len() {
            return Err(fault!("shape {shape:?} wants {count} elements, got {}", values.len()));
        }
        let mut tensor = Tensor { shape: shape.to_vec(), buffer: Buffer::default() };
        *T::own(&mut tensor.buffer) = values;
        Ok(tensor)
    }

    /// Gives the tensor this shape and type and answers its elements; old values may show through and must be overwritten.
    pub(crate) fn start<T: Element>(&mut self, shape: &[usize]) -> Result<&mut [T], Fault> {
        let count = count_elements(shape)?;
        self.shape.clear();
        self.shape.extend_from_slice(shape);
        let values = T::own(&mut self.buffer);
        values.resize(count, T::default());
        Ok(values)
    }

    /// Copies a view's elements under another shape of the same size.
    pub(crate) fn copy_as(&mut self, source: TensorView<'_>, shape: &[usize]) -> Result<(), Fault> {
        if count_elements(shape)? != source.elements.len() {
            return Err(fault!("{:?} cannot be reshaped to {shape:?}", source.shape));
        }
        match source.elements {
            Elements::F32(values) => self.start::<f32>(shape)?.copy_from_slice(values),
            Elements::F64(values) => self.start::<f64>(shape)?.copy_from_slice(values),
            Elements::I64(values) => self.start::<i64>(shape)?.copy_from_slice(values),
            Elements::I32(values) => self.start::<i32>(shape)?.copy_from_slice(values),
            Elements::Bool(values) => self.start::<bool>(shape)?.copy_from_slice(values),
            Elements::Text(values) => self.start::<String>(shape)?.clone_from_slice(values),
        }
        Ok(())
    }
}

/// A Rust type that can be an element.
pub(crate) trait Element: Clone + Default + PartialEq + 'static {
    const TYPE: ElementType;
    fn borrow(elements: Elements<'_>) -> Option<&[Self]>;
    fn own(buffer: &mut Buffer) -> &mut Vec<Self>;
}

macro_rules! element {
    ($type:ty, $variant:ident) => {
        impl Element for $type {
            const TYPE: ElementType = ElementType::$variant;
            fn borrow(elements: Elements<'_>) -> Option<&[Self]> {
                match elements {
                    Elements::$variant(values) => Some(values),
                    _ => None,
                }
            }
            fn own(buffer: &mut Buffer) -> &mut Vec<Self> {
                if !matches!(buffer, Buffer::$variant(_)) {
                    *buffer = Buffer::$variant(Vec::new());
                }
                match buffer {
                    Buffer::$variant(values) => values,
                    _ => unreachable!("the variant was set above"),
                }
            }
        }
    };
}
element!(f32, F32);
element!(f64, F64);
element!(i64, I64);
element!(i32, I32);
element!(bool, Bool);
element!(String, Text);

/// The product of a shape, within the limits on rank and elements.
pub(crate) fn count_elements(shape: &[usize]) -> Result<usize, Fault> {
    if shape.len() > RANK_MAX {
        return Err(fault!("{} dimensions are more than the {RANK_MAX} allowed", shape.len()));
    }
    // A zero anywhere makes the tensor empty, yet the other dimensions must stay sane for the arithmetic on them.
    let mut sized: usize = 1;
    for &dimension in shape {
        sized = sized
            .checked_mul(dimension.max(1))
            .filter(|&count| count <= ELEMENTS_MAX)
            .ok_or_else(|| fault!("shape {shape:?} has more than the {ELEMENTS_MAX} elements allowed"))?;
    }
    Ok(if shape.contains(&0) { 0 } else { sized })
}

/// Dimensions on the stack.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dimensions {
    values: [usize; RANK_MAX],
    rank: usize,
}

impl Dimensions {
    pub(crate) fn from(shape: &[usize]) -> Result<Dimensions, Fault> {
        let mut dimensions = Dimensions::default();
        for &dimension in shape {
            dimensions.push(dimension)?;
        }
        Ok(dimensions)
    }

    pub(crate) fn filled(rank: usize, value: usize) -> Result<Dimensions, Fault> {
        let mut dimensions = Dimensions::default();
        for _ in 0..rank {
            dimensions.push(value)?;
        }
        Ok(dimensions)
    }

    pub(crate) fn push(&mut self, dimension: usize) -> Result<(), Fault> {
        let place =
            self.values.get_mut(self.rank).ok_or_else(|| fault!("a result would have more than the {RANK_MAX} dimensions allowed"))?;
        *place = dimension;
        self.rank += 1;
        Ok(())
    }
}

impl std::ops::Deref for Dimensions {
    type Target = [usize];
    fn deref(&self) -> &[usize] {
        &self.values[..self.rank]
    }
}

impl std::ops::DerefMut for Dimensions {
    fn deref_mut(&mut self) -> &mut [usize] {
        &mut self.values[..self.rank]
    }
}

/// A possibly negative axis as an index below `rank`.
pub(crate) fn resolve_axis(axis: i64, rank: usize) -> Result<usize, Fault> {
    let resolved = if axis < 0 { axis.checked_add(rank as i64) } else { Some(axis) };
    resolved
        .and_then(|axis| usize::try_from(axis).ok())
        .filter(|&axis| axis < rank)
        .ok_or_else(|| fault!("axis {axis} is not one of {rank} dimensions"))
}
