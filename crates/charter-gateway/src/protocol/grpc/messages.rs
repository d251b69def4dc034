//! Types of the protocol files in `proto/`, made when the crate is built.
//!
//! Infer requests and answers are read and written by hand in `request` and `response`: straight between bytes and tensors.

#![allow(
    clippy::all,
    clippy::pedantic,
    unreachable_pub,
    dead_code,
    reason = "generated, and whole protocols rather than what is used of them"
)]

pub(super) mod inference {
    include!(concat!(env!("OUT_DIR"), "/inference.rs"));
}

pub(super) mod health {
    include!(concat!(env!("OUT_DIR"), "/grpc.health.v1.rs"));
}
