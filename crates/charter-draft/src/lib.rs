//! A first `charter.yaml`: from answers to a few questions, or from documents of other tools.
//!
//! | room | what is in it |
//! |---|---|
//! | [`begin`] | the questions, and the charter that their answers make |
//! | [`import`] | what every import starts from and gives |
//! | [`madr`] | decision records in Markdown |
//! | [`odcs`] | data contracts |
//! | [`openapi`] | routes and their inputs from an interface |
//! | [`openslo`] | service level objectives |
//! | [`structurizr`] | the model of a Structurizr workspace |
//! | [`part`] | one more part of a charter that a person wrote |
//! | `document` | how a charter is written, in the manner of a person |
//! | `foreign` | reading what others wrote, leniently, and the notes about it |
//!
//! Importers are lenient: what they do not understand is told with its position and kept, never dropped. Nothing here does I/O.

pub mod begin;
pub mod import;
pub mod madr;
pub mod odcs;
pub mod openapi;
pub mod openslo;
pub mod part;
pub mod structurizr;

mod document;
mod foreign;

pub use document::{Map, Value, write};
pub use foreign::{CODES, Code, explain};

/// The id that a name suggests; empty when it holds no letter or digit that an id takes.
pub fn identified(name: &str) -> String {
    foreign::slug(name)
}
