//! From the tree to typed sections, by the one definition of each.
//!
//! What the keys of a section are belongs to [`crate::ast`]; whether references lead somewhere to `resolve`.

#[macro_use]
mod section;
#[macro_use]
mod words;

mod bound;
mod containers;
mod context;
mod criteria;
mod document;
mod include;
mod names;
mod nodes;
mod plain;
mod quantities;
mod resolve;
mod schema;
mod setting;
mod shapes;
mod text;

pub(crate) use bound::Bound;
pub use bound::ROWS_MAX;
pub(crate) use context::Reader;
pub use context::{PROBLEMS_MAX, UNREADABLE_MAX};
pub use document::{read, read_with};
pub use schema::schema;
pub(crate) use schema::{Schemas, describe, names_file, pattern_schema, refers_to, takes, title, with_examples, with_units, words_schema};
pub(crate) use section::{
    Accept, KeyInfo, Rest, Section, SectionRest, Slot, Value, doc_text, read_section, report_missing, section_schema,
};
pub use setting::{SETTINGS_MAX, Setting};
pub(crate) use words::{Word, read_word, word_schema};
