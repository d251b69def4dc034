//! One file a command.

pub(crate) mod check;
pub(crate) mod decide;
pub(crate) mod docs;
pub(crate) mod experiment;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod flag;
pub(crate) mod gate;
pub(crate) mod import;
pub(crate) mod init;
pub(crate) mod lsp;
pub(crate) mod models;
pub(crate) mod plan;
pub(crate) mod rollout;
pub(crate) mod runtime;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod shadow;
pub(crate) mod simulate;
pub(crate) mod status;
pub(crate) mod trace;
pub(crate) mod tradeoff;
pub(crate) mod verify;
