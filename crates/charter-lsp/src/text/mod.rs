//! Text as the client holds it.

mod document;
mod lines;

pub(crate) use document::{Change, Document};
pub(crate) use lines::{Encoding, Lines, Place, Stretch};
