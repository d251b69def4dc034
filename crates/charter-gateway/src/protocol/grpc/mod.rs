//! Open Inference Protocol v2 over gRPC, with Triton's stream, configuration, statistics and index, and the gRPC health protocol.
//!
//! | room | what is in it |
//! |---|---|
//! | [`messages`] | types of the protocol files in `proto/` |
//! | [`call`] | one stream of HTTP/2: what it asks for, its messages, its end |
//! | [`inbox`] | length-prefixed messages as they come in |
//! | [`status`] | codes of the public table as gRPC statuses |
//! | [`timeout`] | `grpc-timeout` |
//! | [`field`] | fields of a protobuf message |
//! | [`request`], [`contents`] | an infer request, from bytes to tensors |
//! | [`response`] | an infer answer, from tensors to bytes |
//! | [`infer`] | one inference |
//! | [`exchange`] | a stream of inferences |
//! | [`describe`] | what servers and routes say of themselves |
//! | [`health`] | the health protocol |
//!
//! Rules of the protocol that do not depend on the encoding are those of `oip`; connections belong to `http`.

mod call;
mod contents;
mod describe;
mod exchange;
mod field;
mod health;
mod inbox;
mod infer;
mod messages;
mod request;
mod response;
mod status;
mod timeout;

use crate::http::http2::{HandleStream, Incoming, Running, Surroundings, serve};
use crate::http::listener::{Carry, Guest};
use crate::protocol::oip::Oip;
use std::sync::Arc;
use tokio::net::TcpStream;

/// The data plane over gRPC: the same surface, metrics and readiness as over HTTP.
pub(crate) struct Grpc {
    oip: Arc<Oip>,
}

impl Grpc {
    pub(crate) fn new(oip: Arc<Oip>) -> Self {
        Self { oip }
    }
}

impl Carry for Grpc {
    async fn carry(handler: Arc<Self>, stream: TcpStream, guest: Guest) {
        serve(stream, handler, guest).await;
    }
}

impl HandleStream for Grpc {
    fn begin(self: Arc<Self>, surroundings: &Arc<Surroundings>, stream: Incoming) -> Running {
        Box::pin(call::answer(self, Arc::clone(surroundings), stream))
    }
}
