//! The accept loop of one listener: limits on connections, in all and for each peer, and a drain with a deadline.

use super::Handle;
use super::hosts::Hosts;
use super::link::{self, Link};
use super::traffic::Traffic;
use super::watch::{Patience, TICK, Ward, Watch};
use charter_plan::plan::Limits;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

/// How long accepting pauses when the process has no file descriptor left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

pub(crate) struct Listener<H> {
    pub(crate) socket: TcpListener,
    pub(crate) handler: Arc<H>,
    pub(crate) hosts: Hosts,
    pub(crate) limits: Limits,
    pub(crate) connections_per_peer_max: u32,
    pub(crate) traffic: Arc<Traffic>,
}

/// How a listener ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Connections that were cut because they did not end within the deadline.
    pub cut: usize,
}

/// What a connection gets of its listener.
pub(crate) struct Guest {
    pub(super) hosts: Arc<Hosts>,
    pub(super) traffic: Arc<Traffic>,
    pub(super) watch: Arc<Watch>,
    pub(super) limits: Limits,
    /// Chance for this connection.
    pub(super) seed: u64,
    /// Turns true when the listener drains.
    pub(super) draining: Receiver<bool>,
}

/// Serves one connection to its end.
pub(crate) trait Carry: Send + Sync + 'static {
    fn carry(handler: Arc<Self>, stream: TcpStream, guest: Guest) -> impl Future<Output = ()> + Send;
}

impl<H: Handle> Carry for H {
    async fn carry(handler: Arc<Self>, stream: TcpStream, guest: Guest) {
        let Guest { hosts, traffic, watch, limits, seed, .. } = guest;
        let link = Link { handler, hosts, traffic, watch, seed, requests: AtomicU64::new(0) };
        link::serve(stream, link, limits.header_bytes_max as usize).await;
    }
}

impl<C: Carry> Listener<C> {
    /// Serves until `draining` turns true, then lets requests in flight finish until the deadline.
    pub(crate) async fn run(self, mut draining: Receiver<bool>) -> Drained {
        let patience = Patience {
            first_byte_ms: self.limits.first_byte_ms_max.into(),
            header_ms: self.limits.header_ms_max.into(),
            idle_ms: self.limits.idle_ms_max.into(),
        };
        let ward = Arc::new(Ward::new(patience));
        let hosts = Arc::new(self.hosts);
        let peers = Arc::new(Peers::default());
        let chance = RandomState::new();
        let mut tasks = JoinSet::new();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                accepted = self.socket.accept() => match accepted {
                    Ok((stream, peer)) => {
                        let total_is_full = tasks.len() >= self.limits.connections_max as usize;
                        let Some(place) = (!total_is_full).then(|| Peers::take(&peers, peer, self.connections_per_peer_max)).flatten() else {
                            Traffic::add(&self.traffic.connections_refused, 1);
                            continue;
                        };
                        Traffic::add(&self.traffic.connections_accepted, 1);
                        let open = Open::new(Arc::clone(&self.traffic));
                        let guest = Guest {
                            hosts: Arc::clone(&hosts),
                            traffic: Arc::clone(&self.traffic),
                            watch: ward.watch(),
                            limits: self.limits,
                            seed: chance.hash_one(peer),
                            draining: draining.clone(),
                        };
                        let handler = Arc::clone(&self.handler);
                        tasks.spawn(async move {
                            let _held = (place, open);
                            begin(handler, stream, guest).await;
                        });
                    }
                    Err(_) => sleep(ACCEPT_PAUSE).await,
                },
                Some(_) = tasks.join_next() => {}
                _ = ticks.tick() => ward.sweep(),
                changed = draining.changed() => if changed.is_err() || *draining.borrow() { break },
            }
        }
        drop(self.socket);
        finish(&ward, tasks, Duration::from_millis(self.limits.drain_ms_max.into())).await
    }
}

async fn begin<C: Carry>(handler: Arc<C>, stream: TcpStream, guest: Guest) {
    // Answers are written whole; waiting for more to send would only delay them.
    if stream.set_nodelay(true).is_ok() {
        C::carry(handler, stream, guest).await;
    }
}

async fn finish(ward: &Ward, mut tasks: JoinSet<()>, deadline: Duration) -> Drained {
    ward.drain();
    let mut ticks = interval(TICK);
    let rest = async {
        while !tasks.is_empty() {
            tokio::select! {
                _ = tasks.join_next() => {}
                // A connection that was accepted in the last moment hears of the drain here.
                _ = ticks.tick() => { ward.sweep(); ward.drain(); }
            }
        }
    };
    let _ = timeout(deadline, rest).await;
    let cut = tasks.len();
    tasks.shutdown().await;
    Drained { cut }
}

/// Connections by peer.
#[derive(Default)]
struct Peers(Mutex<HashMap<IpAddr, u32>>);

/// A connection's place among its peer's, given back when dropped.
struct Place {
    peers: Arc<Peers>,
    peer: IpAddr,
}

impl Peers {
    fn take(peers: &Arc<Self>, peer: SocketAddr, max: u32) -> Option<Place> {
        let mut counts = peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(peer.ip()).or_insert(0);
        if *count >= max {
            return None;
        }
        *count += 1;
        Some(Place { peers: Arc::clone(peers), peer: peer.ip() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.peers.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.peer);
            }
        }
    }
}

/// Counts a connection as open until dropped.
struct Open(Arc<Traffic>);

impl Open {
    fn new(traffic: Arc<Traffic>) -> Self {
        traffic.connections_open.fetch_add(1, Ordering::Relaxed);
        Self(traffic)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        Traffic::subtract(&self.0.connections_open, 1);
    }
}
