//! Who asks for a flag: an evaluation context from the wire, or a call that is under way.
//!
//! Reading the wire belongs to the edge, which also bounds how large and deep a context is.

use super::evaluation::FlagError;
use cel::Value as Cel;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// The name of the targeting key in a context.
const TARGETING_KEY: &str = "targetingKey";

/// What rules may ask about.
#[derive(Clone, Copy, Debug)]
pub enum Asking<'a> {
    /// An evaluation context: any attributes, and `targetingKey`.
    Context(&'a Map<String, Value>),
    /// A call: `targetingKey` is its key, `route` the route's name.
    Call { key: Option<&'a str>, route: &'a str },
}

impl Asking<'_> {
    /// Who is asked for; `None` without one. An empty key is none.
    ///
    /// # Errors
    /// [`FlagError::InvalidContext`] when it is not a text.
    pub fn targeting_key(&self) -> Result<Option<&str>, FlagError> {
        let key = match self {
            Self::Context(attributes) => match attributes.get(TARGETING_KEY) {
                None | Some(Value::Null) => None,
                Some(Value::String(key)) => Some(key.as_str()),
                Some(_) => return Err(FlagError::InvalidContext("`targetingKey` is not a text".to_owned())),
            },
            Self::Call { key, .. } => *key,
        };
        Ok(key.filter(|key| !key.is_empty()))
    }

    /// An attribute as the expression language sees it.
    pub(super) fn attribute(&self, name: &str) -> Option<Cel> {
        match self {
            Self::Context(attributes) => attributes.get(name).map(value),
            Self::Call { key, route } => match name {
                TARGETING_KEY => key.map(Cel::from),
                "route" => Some(Cel::from(*route)),
                _ => None,
            },
        }
    }
}

/// Integers are `int`, other numbers `double`.
fn value(json: &Value) -> Cel {
    match json {
        Value::Null => Cel::Null,
        Value::Bool(truth) => Cel::Bool(*truth),
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Cel::Int(integer),
            None => Cel::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Value::String(text) => Cel::from(text.as_str()),
        Value::Array(items) => Cel::List(Arc::new(items.iter().map(value).collect())),
        Value::Object(fields) => {
            Cel::from(fields.iter().map(|(name, field)| (name.clone(), value(field))).collect::<HashMap<String, Cel>>())
        }
    }
}
