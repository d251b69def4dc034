//! Protocols of the data plane. Each knows its wire format and the engine's calls; connections and limits belong to `http`.

mod caller;
pub(crate) mod grpc;
mod ofrep;
pub(crate) mod oip;
