//! The evaluation context out of a request's body: `{"context": {"targetingKey": "...", ...}}`.
//!
//! What rules make of it does not belong here.

use charter_engine::flag::FlagError;
use serde_json::{Map, Value};

/// Largest body; contexts of users are a few hundred bytes.
const BYTES_MAX: usize = 64 << 10;
/// Most attributes.
const ATTRIBUTES_MAX: usize = 1_000;

/// Reads the context; an empty body is an empty context.
///
/// # Errors
/// [`FlagError`] as the protocol names it: the body is no JSON, or the context no object.
pub(super) fn read(body: &[u8]) -> Result<Map<String, Value>, FlagError> {
    if body.len() > BYTES_MAX {
        return Err(FlagError::InvalidContext(format!("it is larger than {BYTES_MAX} bytes")));
    }
    if body.is_empty() {
        return Ok(Map::new());
    }
    // An object by its type, since a derived structure would take a list as well. serde_json bounds the depth by itself.
    let mut body: Map<String, Value> = serde_json::from_slice(body).map_err(|problem| {
        FlagError::ParseError(format!(
            "the body is not the JSON that the protocol asks for, at line {} column {}",
            problem.line(),
            problem.column()
        ))
    })?;
    // Clients that have no context may leave it out.
    match body.remove("context") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(attributes)) if attributes.len() <= ATTRIBUTES_MAX => Ok(attributes),
        Some(Value::Object(_)) => Err(FlagError::InvalidContext(format!("it has more than {ATTRIBUTES_MAX} attributes"))),
        Some(_) => Err(FlagError::InvalidContext("`context` is no object".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_is_an_object_or_nothing() {
        assert_eq!(read(b"").map(|context| context.len()), Ok(0));
        assert_eq!(read(b"{}").map(|context| context.len()), Ok(0));
        assert_eq!(read(br#"{"context":{"targetingKey":"u1","age":3}}"#).map(|context| context.len()), Ok(2));
        assert!(matches!(read(br#"{"context":[1]}"#), Err(FlagError::InvalidContext(_))));
        assert!(matches!(read(b"[]"), Err(FlagError::ParseError(_))));
        assert!(matches!(read(b"{\"context\":{"), Err(FlagError::ParseError(_))));
        assert!(matches!(read(&[b'{'; 100]), Err(FlagError::ParseError(_))));
        let deep = format!("{{\"context\":{{\"a\":{}1{}}}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(matches!(read(deep.as_bytes()), Err(FlagError::ParseError(_))));
        assert!(matches!(read(&vec![b' '; BYTES_MAX + 1]), Err(FlagError::InvalidContext(_))));
    }
}
