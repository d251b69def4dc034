//! The `data` of an input in JSON: flat or nested arrays, straight into typed values.
//!
//! Which input it is and whether its shape fits the signature belongs to `request`; bytes after the JSON to `binary`.

use super::cursor::{Cursor, Wrong};
use super::number::Number;
use charter_engine::{Texts, Values};
use charter_plan::tensor::Datatype;
use half::{bf16, f16};

const RANGE: &str = "a value is out of the datatype's range";
const INTEGER: &str = "a value of an integer input is not written as a whole number";

/// Reads the array under `data`. `shape` is declared and its product is `count`.
pub(super) fn values(cursor: &mut Cursor, datatype: Datatype, shape: &[usize], count: usize, allows_nan: bool) -> Result<Values, Wrong> {
    // What the text can still hold bounds what is allocated, whatever the shape claims.
    let capacity = count.min(cursor.left() / 2 + 1);
    Ok(match datatype {
        Datatype::Fp32 => Values::Fp32(collect(cursor, shape, count, capacity, |cursor| {
            float(cursor, allows_nan, |number| number.to_f32(), f32::NAN, f32::is_finite)
        })?),
        Datatype::Fp64 => Values::Fp64(collect(cursor, shape, count, capacity, |cursor| {
            float(cursor, allows_nan, |number| number.to_f64(), f64::NAN, f64::is_finite)
        })?),
        Datatype::Fp16 => Values::Fp16(collect(cursor, shape, count, capacity, |cursor| {
            float(cursor, allows_nan, |number| f16::from_f64(number.to_f64()), f16::NAN, f16::is_finite)
        })?),
        Datatype::Bf16 => Values::Bf16(collect(cursor, shape, count, capacity, |cursor| {
            float(cursor, allows_nan, |number| bf16::from_f64(number.to_f64()), bf16::NAN, bf16::is_finite)
        })?),
        Datatype::Bool => Values::Bool(collect(cursor, shape, count, capacity, |cursor| cursor.boolean())?),
        Datatype::Uint8 => Values::Uint8(collect(cursor, shape, count, capacity, integer)?),
        Datatype::Uint16 => Values::Uint16(collect(cursor, shape, count, capacity, integer)?),
        Datatype::Uint32 => Values::Uint32(collect(cursor, shape, count, capacity, integer)?),
        Datatype::Uint64 => Values::Uint64(collect(cursor, shape, count, capacity, integer)?),
        Datatype::Int8 => Values::Int8(collect(cursor, shape, count, capacity, integer)?),
        Datatype::Int16 => Values::Int16(collect(cursor, shape, count, capacity, integer)?),
        Datatype::Int32 => Values::Int32(collect(cursor, shape, count, capacity, integer)?),
        Datatype::Int64 => Values::Int64(collect(cursor, shape, count, capacity, integer)?),
        Datatype::Bytes => {
            let mut texts = Texts::with_capacity(capacity, 0);
            walk(cursor, shape, count, &mut |cursor| {
                texts.push(cursor.string()?.as_bytes());
                Ok(())
            })?;
            Values::Bytes(texts)
        }
    })
}

fn collect<T>(
    cursor: &mut Cursor,
    shape: &[usize],
    count: usize,
    capacity: usize,
    element: impl Fn(&mut Cursor) -> Result<T, Wrong>,
) -> Result<Vec<T>, Wrong> {
    let mut values = Vec::with_capacity(capacity);
    walk(cursor, shape, count, &mut |cursor| {
        values.push(element(cursor)?);
        Ok(())
    })?;
    Ok(values)
}

#[inline]
fn float<T: Copy>(
    cursor: &mut Cursor,
    allows_nan: bool,
    convert: impl Fn(Number) -> T,
    nan: T,
    finite: impl Fn(T) -> bool,
) -> Result<T, Wrong> {
    if allows_nan && cursor.null() {
        return Ok(nan);
    }
    let value = convert(cursor.number()?);
    if finite(value) { Ok(value) } else { Err(cursor.wrong(RANGE)) }
}

#[inline]
fn integer<T: TryFrom<i128>>(cursor: &mut Cursor) -> Result<T, Wrong> {
    let value = cursor.number()?.to_integer().ok_or_else(|| cursor.wrong(INTEGER))?;
    T::try_from(value).map_err(|_| cursor.wrong(RANGE))
}

type Element<'f> = dyn FnMut(&mut Cursor) -> Result<(), Wrong> + 'f;

/// Calls `element` for each value of an array that is flat or nested exactly as `shape` says.
fn walk<F: FnMut(&mut Cursor) -> Result<(), Wrong>>(
    cursor: &mut Cursor,
    shape: &[usize],
    count: usize,
    element: &mut F,
) -> Result<(), Wrong> {
    let mut look = cursor.clone();
    if look.take(b'[') && look.peek() == b'[' && shape.len() > 1 {
        return nested(cursor, shape, element);
    }
    let mut read = 0;
    cursor.array(|cursor| {
        if read == count {
            return Err(cursor.wrong("there are more values than the shape says"));
        }
        read += 1;
        element(cursor)
    })?;
    if read == count { Ok(()) } else { Err(cursor.wrong("there are fewer values than the shape says")) }
}

/// INVARIANT: the recursion is as deep as the shape, at most 8.
fn nested(cursor: &mut Cursor, shape: &[usize], element: &mut Element) -> Result<(), Wrong> {
    let Some((&length, inner)) = shape.split_first() else {
        return element(cursor);
    };
    let mut read = 0;
    cursor.array(|cursor| {
        if read == length {
            return Err(cursor.wrong("the nesting of `data` differs from the shape"));
        }
        read += 1;
        nested(cursor, inner, element)
    })?;
    if read == length { Ok(()) } else { Err(cursor.wrong("the nesting of `data` differs from the shape")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, datatype: Datatype, shape: &[usize]) -> Result<Values, &'static str> {
        values(&mut Cursor::new(text.as_bytes()), datatype, shape, shape.iter().product(), false).map_err(|wrong| wrong.rule)
    }

    #[test]
    fn flat_and_nested_data_are_the_same_tensor() {
        let expected = Ok(Values::Int32(vec![1, 2, 3, 4, 5, 6]));
        assert_eq!(read("[1,2,3,4,5,6]", Datatype::Int32, &[2, 3]), expected);
        assert_eq!(read("[[1,2,3],[4,5,6]]", Datatype::Int32, &[2, 3]), expected);
        assert_eq!(read("[[[1],[2],[3]],[[4],[5],[6]]]", Datatype::Int32, &[2, 3, 1]), expected);
    }

    #[test]
    fn a_nesting_that_differs_from_the_shape_is_refused() {
        for bad in [
            "[[1,2],[3,4],[5,6]]",
            "[[1,2,3,4,5,6]]",
            "[[1,2,3],[4,5]]",
            "[[1,2,3],4,5,6]",
            "[1,2,3,[4,5,6]]",
            "[[1,2,3],[4,5,6],[]]",
            "[]",
            "[1,2,3,4,5]",
            "[1,2,3,4,5,6,7]",
        ] {
            assert!(read(bad, Datatype::Int32, &[2, 3]).is_err(), "{bad}");
        }
    }

    #[test]
    fn integers_are_in_range_and_whole() {
        assert_eq!(read("[255]", Datatype::Uint8, &[1]), Ok(Values::Uint8(vec![255])));
        assert_eq!(read("[256]", Datatype::Uint8, &[1]), Err(RANGE));
        assert_eq!(read("[-1]", Datatype::Uint64, &[1]), Err(RANGE));
        assert_eq!(read("[1.5]", Datatype::Int32, &[1]), Err(INTEGER));
        assert_eq!(read("[9223372036854775807]", Datatype::Int64, &[1]), Ok(Values::Int64(vec![i64::MAX])));
        assert_eq!(read("[9223372036854775808]", Datatype::Int64, &[1]), Err(RANGE));
        assert_eq!(read("[99999999999999999999999999999999999999999999]", Datatype::Int64, &[1]), Err(RANGE));
        assert!(read("[true]", Datatype::Int32, &[1]).is_err());
        assert!(read("[1]", Datatype::Bool, &[1]).is_err());
    }

    #[test]
    fn floats_that_overflow_are_refused() {
        assert_eq!(read("[3.5e38]", Datatype::Fp32, &[1]), Err(RANGE));
        assert_eq!(read("[65520]", Datatype::Fp16, &[1]), Err(RANGE));
        assert_eq!(read("[65504]", Datatype::Fp16, &[1]), Ok(Values::Fp16(vec![f16::MAX])));
        assert_eq!(read("[1e400]", Datatype::Fp64, &[1]), Err(RANGE));
        assert!(read("[NaN]", Datatype::Fp32, &[1]).is_err());
        assert!(read("[null]", Datatype::Fp32, &[1]).is_err());
    }

    #[test]
    fn null_is_a_nan_where_the_contract_allows_one() {
        let Ok(Values::Fp32(read)) = values(&mut Cursor::new(b"[1, null]"), Datatype::Fp32, &[2], 2, true) else { panic!("refused") };
        assert!(read[0] == 1.0 && read[1].is_nan());
    }

    #[test]
    fn a_claimed_shape_allocates_nothing() {
        assert_eq!(read("[1]", Datatype::Fp32, &[1 << 40]), Err("there are fewer values than the shape says"));
    }
}
