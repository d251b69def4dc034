//! The language server of `charter.yaml`.
//!
//! | room | what is in it |
//! |---|---|
//! | [`wire`] | messages over a pipe: frames, requests, answers, errors |
//! | [`text`] | open documents: changes, lines, positions in the units of the client |
//! | [`outline`] | the keys around a place, also while the YAML is broken |
//! | [`language`] | what the schema of the language says of a place |
//! | [`host`] | what the server asks of the machine: files, and the check |
//! | [`answer`] | diagnostics, hover, definition, references, links, symbols, ranges, completion, rename, code actions |
//! | [`server`] | the loop: lifecycle, order, cancellation, when to look again |
//!
//! It answers from the same reader, resolver and rules as `charter check`; what a rule means does not belong here, and no file is read here.

mod answer;
pub mod host;
mod language;
mod outline;
pub mod server;
mod text;
pub mod wire;

pub use host::{Checked, Home, Host};
pub use server::uri::of_path as uri_of;
pub use server::{Farewell, serve};
