//! What a figure must keep beside what its type says: by what others are divided is never 0.
//!
//! What every value of a type keeps belongs to `quantities`.

use serde_json::{Value as Json, json};

use super::Schemas;
use crate::quantity::Quantity;

/// Most rows of one request: what is asked for at once is also held at once.
pub const ROWS_MAX: u32 = 1_000_000;

/// The bound of a key, written as a flag in its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// `@above_zero`: a rate or share that other figures are divided by.
    AboveZero,
    /// `@one_or_more`: a count of which there is at least one, or a factor that never makes less of something.
    OneOrMore,
    /// `@rows`: rows of one request.
    Rows,
}

impl Bound {
    /// What is wrong with a quantity.
    pub(crate) fn problem(self, quantity: &Quantity) -> Option<&'static str> {
        match self {
            Self::AboveZero if quantity.base <= 0.0 => Some("is not above 0"),
            Self::OneOrMore | Self::Rows if quantity.base < 1.0 => Some("is less than 1"),
            Self::Rows if quantity.base > f64::from(ROWS_MAX) => Some("is more than 1_000_000 rows"),
            _ => None,
        }
    }

    /// The rule as a note on the key.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Self::AboveZero => "this is above 0",
            Self::OneOrMore => "this is at least 1",
            Self::Rows => "this is from 1 to 1_000_000",
        }
    }

    /// The rule as the end of `write …, `.
    pub(crate) fn limit(self) -> &'static str {
        match self {
            Self::AboveZero => "above 0",
            Self::OneOrMore => "at least 1",
            Self::Rows => "from 1 to 1_000_000",
        }
    }

    /// The schema of a quantity with the bound. A schema may refuse what the reader takes in an unusual form, never the other way round.
    pub(crate) fn narrow(self, schema: Json, schemas: &Schemas) -> Json {
        if let Some(options) = schema["anyOf"].as_array() {
            // A word or a quantity: words are in quotes, and no bound is about them.
            let narrowed: Vec<Json> = options
                .iter()
                .map(|option| if option["enum"].is_array() { option.clone() } else { self.narrow(option.clone(), schemas) })
                .collect();
            let mut either = schema.clone();
            either["anyOf"] = Json::Array(narrowed);
            return either;
        }
        let base = schemas.text_of(&schema, "pattern").unwrap_or("^").to_owned();
        let takes = schemas.text_of(&schema, "errorMessage").map(|message| format!("{message}, {}", self.limit()));
        let rest = base.strip_prefix('^').unwrap_or(&base);
        let mut narrowed = schema;
        let Some(map) = narrowed.as_object_mut() else { return narrowed };
        if let Some(takes) = takes {
            map.insert("errorMessage".into(), takes.into());
        }
        match self {
            Self::AboveZero => {
                map.insert("exclusiveMinimum".into(), json!(0));
                // Only the digits before a power of ten decide whether something is 0.
                map.insert("pattern".into(), json!(format!("^(?=[0-9_.]*[1-9]){rest}")));
            }
            Self::OneOrMore => {
                map.insert("minimum".into(), json!(1));
                let lowest = r"(?=[1-9](_?[0-9])*(\.[0-9_]+)?(e\+?[0-9]+)?(\s*[A-Za-z]+)?$|[1-9](_?[0-9]){2,}(\.[0-9_]+)?\s*%$)";
                map.insert("pattern".into(), json!(format!("^{lowest}{rest}")));
            }
            Self::Rows => {
                map.insert("minimum".into(), json!(1));
                map.insert("maximum".into(), json!(ROWS_MAX));
                let rows = r"(?=([1-9](_?[0-9]){0,5}|1(_?0){6})(\s*(?!million|thousand)[a-z]+)?$)";
                map.insert("pattern".into(), json!(format!("^{rows}{rest}")));
            }
        }
        narrowed
    }
}
