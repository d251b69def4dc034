//! Protocols of the data plane. Each knows its wire format and the engine's calls; connections and limits belong to `http`.

pub(crate) mod oip;
