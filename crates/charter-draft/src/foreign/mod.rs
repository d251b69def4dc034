//! Reading what others wrote, leniently: places for everything, names that become ids, and notes on what was not understood.

mod fields;
mod identify;
mod note;
mod source;
mod written;
mod yaml;

pub(crate) use fields::Fields;
pub(crate) use identify::{Ids, cut, identified, slug};
pub use note::{CODES, Code, explain};
pub(crate) use note::{Notes, short};
pub(crate) use source::text_of;
pub(crate) use written::stream;
pub(crate) use yaml::{Key, Kind, Node, documents, same, trees};
