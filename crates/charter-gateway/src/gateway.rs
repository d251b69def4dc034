//! The edge as the binary sees it: bound addresses, then one future that serves until it is told to stop.

use crate::admin::{Admin, Control, Reload};
use crate::http::files;
use crate::http::hosts::Hosts;
use crate::http::listener::{Drained, Listener};
use crate::http::traffic::Traffic;
use crate::metrics::Metrics;
use crate::protocol::grpc::Grpc;
use crate::protocol::oip::Oip;
use charter_engine::Engine;
use charter_plan::plan::Limits;
use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Where to listen and whom to answer. Limits come from the plan.
#[derive(Clone, Debug)]
pub struct GatewayConfig {
    /// The data plane. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The data plane over gRPC (HTTP/2 without TLS, by prior knowledge); not served when `None`.
    pub grpc: Option<SocketAddr>,
    /// The admin plane.
    pub admin: SocketAddr,
    /// Names besides loopback and the listeners' own addresses that a `Host` may hold; `*` admits any.
    pub hosts: Vec<String>,
    /// Whether the admin plane may listen elsewhere than on loopback. It has no identities of its own.
    pub allow_remote_admin: bool,
    /// Connections that one peer may hold at once on each plane; by default half of what the plane holds.
    pub connections_per_peer_max: Option<u32>,
}

impl Default for GatewayConfig {
    /// Loopback, free ports.
    fn default() -> Self {
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { listen: loopback, grpc: None, admin: loopback, hosts: Vec::new(), allow_remote_admin: false, connections_per_peer_max: None }
    }
}

/// Why the gateway does not start.
#[derive(Debug)]
pub enum BindError {
    /// The admin plane would be reachable from elsewhere.
    RemoteAdmin(SocketAddr),
    Listen {
        plane: &'static str,
        address: SocketAddr,
        source: std::io::Error,
    },
}

impl fmt::Display for BindError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RemoteAdmin(address) => write!(
                formatter,
                "the admin side would be reachable from other machines at `{address}`; listen on loopback or allow it explicitly"
            ),
            Self::Listen { plane, address, source } => write!(formatter, "the {plane} side cannot listen on `{address}`: {source}"),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::RemoteAdmin(_) => None,
            Self::Listen { source, .. } => Some(source),
        }
    }
}

/// All listeners, bound.
pub struct Gateway {
    data: Listener<Oip>,
    grpc: Option<Listener<Grpc>>,
    admin: Listener<Admin>,
    data_address: SocketAddr,
    grpc_address: Option<SocketAddr>,
    admin_address: SocketAddr,
    draining: Arc<AtomicBool>,
}

impl Gateway {
    /// Binds all listeners with the limits of the plan that the engine serves now. `metrics` should be what the engine tells its signals.
    ///
    /// The soft limit on open files is raised to the hard one, and the data plane takes no more connections than that leaves room for.
    ///
    /// # Errors
    /// [`BindError`], and nothing listens.
    pub async fn bind(
        config: GatewayConfig,
        engine: Arc<Engine>,
        metrics: Arc<Metrics>,
        reload: Arc<dyn Reload>,
        control: Option<Control>,
    ) -> Result<Self, BindError> {
        if !config.admin.ip().is_loopback() && !config.allow_remote_admin {
            return Err(BindError::RemoteAdmin(config.admin));
        }
        let listeners = if config.grpc.is_some() { 2 } else { 1 };
        let limits = data_limits(engine.current().plan().limits, listeners);
        let admin_limits = Limits { connections_max: files::ADMIN_CONNECTIONS_MAX, ..limits };
        let (data_socket, data_address) = listen("data", config.listen).await?;
        let grpc_socket = match config.grpc {
            Some(address) => Some(listen("gRPC", address).await?),
            None => None,
        };
        let grpc_address = grpc_socket.as_ref().map(|(_, address)| *address);
        let (admin_socket, admin_address) = listen("admin", config.admin).await?;
        let draining = Arc::new(AtomicBool::new(false));
        let (data_traffic, admin_traffic) = (Arc::new(Traffic::default()), Arc::new(Traffic::default()));
        let grpc_traffic = Arc::new(Traffic::default());
        let oip = Arc::new(Oip::new(Arc::clone(&engine), Arc::clone(&metrics), Arc::clone(&draining)));
        let admin_hosts = Hosts::new(admin_address, &config.hosts);
        let admin = Admin {
            engine,
            metrics,
            reload,
            control,
            reloading: tokio::sync::Mutex::new(()),
            data_plane: Arc::clone(&oip),
            data_traffic: Arc::clone(&data_traffic),
            grpc_traffic: grpc_socket.is_some().then(|| Arc::clone(&grpc_traffic)),
            admin_traffic: Arc::clone(&admin_traffic),
            hosts: admin_hosts.clone(),
            draining: Arc::clone(&draining),
        };
        let per_peer = |limits: Limits| config.connections_per_peer_max.unwrap_or(limits.connections_max.div_ceil(2)).max(1);
        let grpc = grpc_socket.map(|(socket, address)| Listener {
            socket,
            handler: Arc::new(Grpc::new(Arc::clone(&oip))),
            hosts: Hosts::new(address, &config.hosts),
            limits,
            connections_per_peer_max: per_peer(limits),
            traffic: grpc_traffic,
        });
        let data = Listener {
            socket: data_socket,
            handler: oip,
            hosts: Hosts::new(data_address, &config.hosts),
            limits,
            connections_per_peer_max: per_peer(limits),
            traffic: data_traffic,
        };
        let admin = Listener {
            socket: admin_socket,
            handler: Arc::new(admin),
            hosts: admin_hosts,
            limits: admin_limits,
            connections_per_peer_max: per_peer(admin_limits),
            traffic: admin_traffic,
        };
        Ok(Self { data, grpc, admin, data_address, grpc_address, admin_address, draining })
    }

    /// Where the data plane listens.
    pub fn data_address(&self) -> SocketAddr {
        self.data_address
    }

    /// Where the data plane listens for gRPC, if it does.
    pub fn grpc_address(&self) -> Option<SocketAddr> {
        self.grpc_address
    }

    /// Where the admin plane listens.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Serves until `shutdown` resolves; then readiness turns false, nothing new is accepted, and requests in flight have until the plan's
    /// drain limit. The admin plane goes on until the data plane has drained.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Drained {
        let (stop_data, data_stopping) = watch::channel(false);
        let (stop_admin, admin_stopping) = watch::channel(false);
        let draining = self.draining;
        let grpc_stopping = data_stopping.clone();
        let data = async {
            let grpc = async {
                match self.grpc {
                    Some(grpc) => grpc.run(grpc_stopping).await,
                    None => Drained::default(),
                }
            };
            let (data, grpc) = tokio::join!(self.data.run(data_stopping), grpc);
            // Both ends are held here, so the value arrives.
            let _ = stop_admin.send(true);
            Drained { cut: data.cut + grpc.cut }
        };
        let stop = async {
            shutdown.await;
            draining.store(true, Ordering::Relaxed);
            let _ = stop_data.send(true);
            // Dropping the sender would mean the same; it stays until everything ended.
            stop_data
        };
        let (data, admin, _) = tokio::join!(data, self.admin.run(admin_stopping), stop);
        Drained { cut: data.cut + admin.cut }
    }
}

/// The plan's limits for each of so many listeners, with no more connections than there are file descriptors for.
fn data_limits(limits: Limits, listeners: u32) -> Limits {
    let files_max = files::raise();
    let connections_max = files::connections(limits.connections_max.saturating_mul(listeners), files_max).div_ceil(listeners);
    if connections_max < limits.connections_max {
        tracing::warn!(
            wanted = limits.connections_max,
            connections_max,
            files_max,
            "fewer connections are taken than the plan allows, because the limit on open files is low; raise it (`ulimit -n`)"
        );
    }
    Limits { connections_max, ..limits }
}

async fn listen(plane: &'static str, address: SocketAddr) -> Result<(TcpListener, SocketAddr), BindError> {
    let failed = |source| BindError::Listen { plane, address, source };
    let socket = TcpListener::bind(address).await.map_err(failed)?;
    let bound = socket.local_addr().map_err(failed)?;
    Ok((socket, bound))
}
