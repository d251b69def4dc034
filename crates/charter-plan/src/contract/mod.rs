//! Data contracts in the Open Data Contract Standard (ODCS 3.1): what a route's inputs are, and which quality and service levels are promised.
//!
//! Source: Bitol, "Open Data Contract Standard" 3.1.0. Read leniently: keys that are not used here are left alone, since the contract is also
//! other tools' document. Whether a contract says enough belongs to lint.
//!
//! A list is as long as `minItems` and `maxItems` allow. One without `maxItems` holds at most [`crate::tensor::OPEN_LENGTH_MAX`] items (4,096): a row of any
//! length would let one caller take the machine. State `maxItems` to allow more, or less.

mod datatype;
mod property;
mod read;
mod tree;

pub use property::Property;
pub use read::read_contract;

use charter_spec::{Diagnostic, Span};

/// What a contract says, as far as it is used.
#[derive(Clone, Debug)]
pub struct Contract {
    /// Relative to the charter's folder.
    pub path: String,
    /// Its own id.
    pub id: Option<String>,
    pub format: Format,
    /// The start of the file.
    pub span: Span,
    /// Columns of the first object of the schema, in its order.
    pub properties: Vec<Property>,
    /// Service levels that it promises: `latency`, `availability`, `frequency` …
    pub service_levels: Vec<ServiceLevel>,
    /// Places of its quality rules, those of columns included.
    pub quality_rules: Vec<Span>,
    /// What keeps it from being read, or a column from being an input.
    pub problems: Vec<Diagnostic>,
}

/// The standard that a contract follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// ODCS.
    DataContract,
    /// Something else, such as OpenAPI: it exists, and that is all that is known.
    Other,
}

/// A promised service level.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceLevel {
    /// The property: `latency`.
    pub property: String,
    pub value: Option<f64>,
    pub unit: Option<String>,
    pub span: Span,
}

impl Contract {
    /// The column with this name.
    pub fn property(&self, name: &str) -> Option<&Property> {
        self.properties.iter().find(|property| property.name == name)
    }
}
