//! Makes Rust types of the protocol files, without `protoc`.

use std::error::Error;

const FILES: [&str; 2] = ["proto/inference.proto", "proto/health.proto"];

fn main() -> Result<(), Box<dyn Error>> {
    for file in FILES {
        println!("cargo:rerun-if-changed={file}");
    }
    let files = protox::compile(FILES, ["proto"])?;
    prost_build::Config::new().compile_fds(files)?;
    Ok(())
}
