//! Requests of a route as tensors: from its held-out rows, or from its signature where it has none.
//!
//! Reading files belongs to `charter-verify`; drawing from these to `world`.

use charter_engine::tensor::Texts;
use charter_engine::{Tensor, Values};
use charter_plan::plan::Route;
use charter_plan::tensor::{Datatype, Dimension, TensorSpec};
use charter_verify::samples::Samples;
use std::ops::Range;

/// Most distinct requests of a route; beyond that, every n-th is taken.
const REQUESTS_MAX: usize = 512;

/// What a route is asked in a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Requests {
    /// Rows and the route's inputs.
    pub(crate) calls: Vec<(usize, Vec<Tensor>)>,
}

impl Requests {
    /// One request a range of rows; an input that no column gives is made up from its signature.
    pub fn of(route: &Route, samples: &Samples, ranges: &[Range<usize>]) -> Self {
        let count = ranges.len().min(REQUESTS_MAX);
        let picked = (0..count).filter_map(|number| ranges.get(number * ranges.len() / count.max(1)));
        let calls: Vec<(usize, Vec<Tensor>)> = picked
            .filter(|range| !range.is_empty())
            .filter_map(|range| {
                let inputs: Option<Vec<Tensor>> = route.inputs.iter().map(|spec| column(samples, spec, range.clone())).collect();
                Some((range.len(), inputs?))
            })
            .collect();
        if calls.is_empty() { Self::made_up(route) } else { Self { calls } }
    }

    /// One request of one row that keeps the route's signature and contract; none where that cannot be made up.
    pub fn made_up(route: &Route) -> Self {
        let inputs: Option<Vec<Tensor>> = route.inputs.iter().map(|spec| example(spec, 1)).collect();
        Self { calls: inputs.into_iter().map(|inputs| (1, inputs)).collect() }
    }
}

fn column(samples: &Samples, spec: &TensorSpec, rows: Range<usize>) -> Option<Tensor> {
    let cells = samples.texts(&spec.name).ok().and_then(|cells| cells.get(rows.clone()));
    cells.and_then(|cells| from_cells(spec, cells)).or_else(|| example(spec, rows.len()))
}

fn from_cells(spec: &TensorSpec, cells: &[String]) -> Option<Tensor> {
    let single = spec.shape.len() < 2 || spec.shape.get(1) == Some(&Dimension::Fixed(1)) || spec.datatype == Datatype::Bytes;
    let lists: Vec<Vec<&str>> =
        cells.iter().map(|cell| if single { vec![cell.as_str()] } else { cell.split_ascii_whitespace().collect() }).collect();
    let width = lists.iter().map(Vec::len).max().unwrap_or(1).max(1);
    // Shorter lists are filled up, as requests on the wire are.
    let padded = lists.iter().flat_map(|list| list.iter().copied().chain(std::iter::repeat_n("-1", width - list.len().min(width))));
    let values = parsed(spec.datatype, padded)?;
    let shape = if spec.shape.len() == 1 { vec![cells.len()] } else { vec![cells.len(), width] };
    Tensor::new(shape, values)
}

fn parsed<'a>(datatype: Datatype, cells: impl Iterator<Item = &'a str>) -> Option<Values> {
    if datatype == Datatype::Bytes {
        return Some(Values::Bytes(cells.collect::<Texts>()));
    }
    let number = |cell: &str| match cell {
        "" => Some(f64::NAN),
        "true" | "True" => Some(1.0),
        "false" | "False" => Some(0.0),
        cell => cell.parse::<f64>().ok(),
    };
    values(datatype, &cells.map(number).collect::<Option<Vec<f64>>>()?)
}

/// Numbers in a datatype; integers are cut, as far as a double holds them. `None` for texts.
fn values(datatype: Datatype, numbers: &[f64]) -> Option<Values> {
    macro_rules! cast {
        ($variant:ident, $type:ty) => {
            Values::$variant(numbers.iter().map(|number| *number as $type).collect())
        };
    }
    Some(match datatype {
        Datatype::Bool => Values::Bool(numbers.iter().map(|number| *number != 0.0).collect()),
        Datatype::Uint8 => cast!(Uint8, u8),
        Datatype::Uint16 => cast!(Uint16, u16),
        Datatype::Uint32 => cast!(Uint32, u32),
        Datatype::Uint64 => cast!(Uint64, u64),
        Datatype::Int8 => cast!(Int8, i8),
        Datatype::Int16 => cast!(Int16, i16),
        Datatype::Int32 => cast!(Int32, i32),
        Datatype::Int64 => cast!(Int64, i64),
        Datatype::Fp32 => cast!(Fp32, f32),
        Datatype::Fp64 => Values::Fp64(numbers.to_vec()),
        // Half precision has no cast; a route that takes it is not simulated, and the report says so.
        Datatype::Fp16 | Datatype::Bf16 | Datatype::Bytes => return None,
    })
}

/// A tensor that keeps a signature: within its range, among its allowed texts, of its least length.
pub(crate) fn example(spec: &TensorSpec, rows: usize) -> Option<Tensor> {
    let lengths = spec.shape.iter().skip(1).map(|dimension| match dimension {
        Dimension::Fixed(length) => *length as usize,
        Dimension::Any => 1,
    });
    let shape: Vec<usize> = std::iter::once(rows).chain(lengths).collect();
    let count = shape.iter().product();
    let number = match spec.range {
        Some(range) => match (range.min, range.max) {
            (Some(min), Some(max)) => f64::midpoint(min, max),
            (Some(min), None) => min.max(0.0) + 1.0,
            (None, Some(max)) => max.min(0.0),
            (None, None) => 0.5,
        },
        None => 0.5,
    };
    if spec.datatype == Datatype::Bytes {
        let text = spec.allowed.first().map_or("", String::as_str);
        return Tensor::new(shape, Values::Bytes(std::iter::repeat_n(text, count).collect::<Texts>()));
    }
    Tensor::new(shape, values(spec.datatype, &vec![number; count])?)
}
