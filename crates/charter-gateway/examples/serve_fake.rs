//! A server with made-up models, to measure the edge alone and to try clients on: `serve_fake [ADDRESS [GRPC_ADDRESS]]`. Stops at the first interrupt.

#[path = "../tests/support/mod.rs"]
mod support;

use charter_gateway::{GatewayConfig, LogFormat, Telemetry, TelemetryConfig};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let listen = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:18080".to_owned()).parse()?;
    let grpc = std::env::args().nth(2).map(|address| address.parse()).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let telemetry = Telemetry::start(&TelemetryConfig { format: LogFormat::Human, ..TelemetryConfig::from_environment() })?;
        let mut server = support::Server::start(support::plan(), GatewayConfig { listen, grpc, ..GatewayConfig::default() }).await;
        let grpc = server.grpc.map_or_else(|| "none".to_owned(), |address| format!("http://{address}"));
        println!("data http://{} admin http://{} grpc {grpc} pid {}", server.data, server.admin, std::process::id());
        tokio::signal::ctrl_c().await?;
        server.stop();
        let drained = (&mut server.task).await?;
        println!("drained, {} connections cut", drained.cut);
        tokio::task::spawn_blocking(|| telemetry.stop()).await?;
        Ok(())
    })
}
