//! JSON text, appended to one buffer: shortest floats, escaped strings.
//!
//! What is written where belongs to `response` and `metadata`.

use charter_engine::Values;

/// An output holds bytes that JSON cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotText;

/// Appends `text` in quotes.
pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut from = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        from = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control => out.extend_from_slice(format!("\\u{control:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    out.push(b'"');
}

/// Appends an integer.
pub(super) fn integer<I: itoa::Integer>(out: &mut Vec<u8>, value: I) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends the values as a flat array. What is not finite becomes `null`, as JSON has no word for it.
pub(super) fn values(out: &mut Vec<u8>, values: &Values) -> Result<(), NotText> {
    match values {
        Values::Bool(values) => array(out, values, |out, value| out.extend_from_slice(if *value { b"true" } else { b"false" })),
        Values::Uint8(values) => array(out, values, |out, value| integer(out, *value)),
        Values::Uint16(values) => array(out, values, |out, value| integer(out, *value)),
        Values::Uint32(values) => array(out, values, |out, value| integer(out, *value)),
        Values::Uint64(values) => array(out, values, |out, value| integer(out, *value)),
        Values::Int8(values) => array(out, values, |out, value| integer(out, *value)),
        Values::Int16(values) => array(out, values, |out, value| integer(out, *value)),
        Values::Int32(values) => array(out, values, |out, value| integer(out, *value)),
        Values::Int64(values) => array(out, values, |out, value| integer(out, *value)),
        Values::Fp16(values) => array(out, values, |out, value| float(out, value.to_f32())),
        Values::Bf16(values) => array(out, values, |out, value| float(out, value.to_f32())),
        Values::Fp32(values) => array(out, values, |out, value| float(out, *value)),
        Values::Fp64(values) => array(out, values, |out, value| float(out, *value)),
        Values::Bytes(texts) => {
            out.push(b'[');
            for (index, text) in texts.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                string(out, std::str::from_utf8(text).map_err(|_| NotText)?);
            }
            out.push(b']');
        }
    }
    Ok(())
}

fn float<F: ryu::Float + Into<f64>>(out: &mut Vec<u8>, value: F) {
    if value.into().is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        out.extend_from_slice(b"null");
    }
}

#[inline]
fn array<T>(out: &mut Vec<u8>, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, value);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn strings_come_back_as_they_were(text in any::<String>()) {
            let mut out = Vec::new();
            string(&mut out, &text);
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn what_is_not_finite_is_null() {
        let mut out = Vec::new();
        values(&mut out, &Values::Fp32(vec![1.0, f32::NAN, 0.1])).unwrap();
        assert_eq!(out, b"[1.0,null,0.1]");
    }
}
