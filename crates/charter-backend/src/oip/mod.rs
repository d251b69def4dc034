//! `oip`: a remote server that speaks the Open Inference Protocol v2 over HTTP/1.1 (KServe, Triton, MLServer).
//!
//! | room | what is in it |
//! |---|---|
//! | [`remote`] | the backend: one call, and what is known of the server |
//! | [`address`] | the one parser of upstream addresses |
//! | [`contact`] | the first contact: ready, extensions, signature |
//! | [`pace`] | how long an upstream is left alone before it is asked again |
//! | [`exchange`] | one HTTP exchange, with limits, and how it fails |
//! | [`request`] | tensors to a request body |
//! | [`response`] | an answer's body to tensors, checked against the signature |
//! | [`binary`] | the binary tensor extension |
//! | [`json`] | numbers in nested lists |
//!
//! Source: `kserve/open-inference-protocol`, `specification/protocol/inference_rest.md`, and Triton's `extension_binary_data.md`. The server side of the
//! protocol belongs to the gateway. INVARIANT: the plan alone chooses the upstream; nothing that a caller sends gets into its address.

mod address;
mod binary;
mod contact;
mod exchange;
mod json;
mod pace;
mod remote;
mod request;
mod response;
#[cfg(test)]
mod tests;

pub(crate) use remote::Remote;
