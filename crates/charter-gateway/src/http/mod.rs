//! Connections: accepted, bounded in time and size, held to a strict reading of HTTP, drained.
//!
//! | room | what is in it |
//! |---|---|
//! | [`listener`] | accept loop, limits on connections, drain |
//! | [`files`] | how many connections there are file descriptors for |
//! | [`watch`] | where each connection stands and until when it may stay there |
//! | [`wire`] | the socket, scanned on its way in |
//! | [`scan`] | line ends and framing headers of a request head |
//! | [`strict`] | rules on a parsed request head |
//! | [`body`] | a request's body, bounded |
//! | [`link`] | one connection: hyper, strict rules, handler, panics |
//! | [`http2`] | one HTTP/2 connection: h2 and its streams |
//! | [`frame_wire`], [`frames`] | its socket, control frames counted on their way in |
//! | [`reply`] | answers and errors |
//!
//! What a path means belongs to the handlers of `protocol` and `admin`.

pub(crate) mod body;
pub(crate) mod files;
mod frame_wire;
mod frames;
pub(crate) mod hosts;
pub(crate) mod http2;
mod link;
pub(crate) mod listener;
pub(crate) mod reply;
mod scan;
mod strict;
pub(crate) use strict::decode as decode_path;
pub(crate) mod traffic;
mod watch;
mod wire;

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use std::future::Future;

/// A request that passed the strict layer, with its whole body.
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What the body takes of the memory for bodies. Kept until the answer: the tensors that are read from a body are as large.
    pub(crate) held: Option<body::Held>,
    /// Chance for this request.
    pub(crate) seed: u64,
}

/// What answers the requests of one listener.
pub(crate) trait Handle: Send + Sync + 'static {
    fn handle(&self, request: Received) -> impl Future<Output = reply::Reply> + Send;

    /// The largest body that is taken now.
    fn body_bytes_max(&self) -> u64;
}
