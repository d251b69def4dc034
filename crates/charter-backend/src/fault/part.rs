//! Half of an answer, as a server gives it that was interrupted in mid-batch.
//!
//! When it strikes does not belong here.

use charter_engine::{Tensor, Texts, Values};

/// The first half of the rows, rounded down, of every output; of a single row, all outputs but the last, and of an answer that is
/// nothing more, no row.
pub(super) fn halved(mut outputs: Vec<Tensor>) -> Vec<Tensor> {
    let rows = outputs.iter().map(Tensor::rows).max().unwrap_or(0);
    if rows <= 1 && outputs.len() > 1 {
        outputs.pop();
        return outputs;
    }
    outputs.into_iter().filter_map(|tensor| first(tensor, rows / 2)).collect()
}

/// The first rows of a tensor; never `None`, since a tensor has whole rows.
fn first(tensor: Tensor, rows: usize) -> Option<Tensor> {
    let mut shape = tensor.shape().to_vec();
    let cells = rows.min(tensor.rows()) * tensor.width();
    *shape.first_mut()? = rows.min(tensor.rows());
    macro_rules! truncated {
        ($($variant:ident)*) => {
            match tensor.into_values() {
                $(Values::$variant(mut values) => { values.truncate(cells); Values::$variant(values) })*
                Values::Bytes(texts) => Values::Bytes(texts.iter().take(cells).collect::<Texts>()),
            }
        };
    }
    Tensor::new(shape, truncated!(Bool Uint8 Uint16 Uint32 Uint64 Int8 Int16 Int32 Int64 Fp16 Bf16 Fp32 Fp64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(rows: usize) -> Tensor {
        Tensor::new([rows, 2].as_slice(), Values::Int32((0..).take(rows * 2).collect())).expect("a tensor")
    }

    fn texts(rows: usize) -> Tensor {
        Tensor::new([rows].as_slice(), Values::Bytes((0..rows).map(|row| format!("row {row}")).collect())).expect("a tensor")
    }

    #[test]
    fn half_of_the_rows_are_there_in_every_output() {
        assert_eq!(halved(vec![numbers(5), texts(5)]), [numbers(2), texts(2)]);
    }

    #[test]
    fn of_one_row_an_output_is_missing_or_the_row() {
        assert_eq!(halved(vec![numbers(1), texts(1)]), [numbers(1)]);
        assert_eq!(halved(vec![numbers(1)]), [numbers(0)]);
        assert_eq!(halved(Vec::new()), []);
    }
}
