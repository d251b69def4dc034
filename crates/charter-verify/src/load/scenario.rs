//! What to send, how fast and for how long.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arrivals::Spacing;
use super::target::{PreparedRequest, Target};
use crate::random::Random;

/// How the load is shaped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "kind")]
pub enum Shape {
    /// Requests are due at a rate, whether or not earlier ones were answered.
    Open {
        /// Requests a second over all routes, above zero.
        rate_per_second: f64,
        /// The gaps between them.
        spacing: Spacing,
        /// Most connections open at once; a request that finds none waits, and its wait counts as latency.
        connections_max: usize,
    },
    /// Users who each wait for their answer, think, and ask again, on one connection each.
    Closed {
        /// Users at the same time.
        users: usize,
        /// The pause between an answer and the next request.
        think: Think,
    },
}

/// The pause of a user between an answer and the next request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Think {
    /// None: as many requests as the connections carry (saturation).
    None,
    /// Always the same.
    Fixed(Duration),
    /// Exponential with this mean.
    Exponential(Duration),
}

impl Think {
    pub(super) fn draw(self, random: &mut Random) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Fixed(pause) => pause,
            Self::Exponential(mean) => Duration::from_secs_f64(random.exponential(mean.as_secs_f64())),
        }
    }

    pub(super) fn mean(self) -> Duration {
        match self {
            Self::None => Duration::ZERO,
            Self::Fixed(mean) | Self::Exponential(mean) => mean,
        }
    }
}

/// The requests of one route and their share of the mix.
#[derive(Debug, Clone)]
pub struct Traffic {
    /// The route's name, as reports show it.
    pub name: String,
    /// Share of all requests, relative to the other routes' weights; not negative.
    pub weight: f64,
    /// What to draw from, uniformly; not empty.
    pub requests: Vec<PreparedRequest>,
}

/// A whole load run. The same scenario with the same seed sends the same requests at the same due times.
#[derive(Debug, Clone)]
pub struct LoadScenario {
    /// The server.
    pub target: Target,
    /// What is sent; not empty.
    pub traffic: Vec<Traffic>,
    /// How fast.
    pub shape: Shape,
    /// Time before the measured window; its requests are sent, and left out of every figure.
    pub warm_up: Duration,
    /// The measured window.
    pub duration: Duration,
    /// Longest wait for an answer, from the moment the request was due.
    pub timeout: Duration,
    /// Decides every draw.
    pub seed: u64,
    /// Threads that send, 1 to 64; each takes an equal part of the rate or of the users.
    pub workers: usize,
}

/// Draws requests by weight.
#[derive(Debug)]
pub(super) struct Mix {
    /// Running sums of the weights.
    cumulative: Vec<f64>,
    counts: Vec<usize>,
}

/// Which request: route number and request number within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) route: usize,
    pub(super) request: usize,
}

impl Mix {
    pub(super) fn new(traffic: &[Traffic]) -> Self {
        let mut sum = 0.0;
        let cumulative = traffic
            .iter()
            .map(|route| {
                sum += route.weight.max(0.0);
                sum
            })
            .collect();
        Self { cumulative, counts: traffic.iter().map(|route| route.requests.len()).collect() }
    }

    pub(super) fn total_weight(&self) -> f64 {
        self.cumulative.last().copied().unwrap_or(0.0)
    }

    pub(super) fn draw(&self, random: &mut Random) -> Choice {
        let point = random.uniform() * self.total_weight();
        let route = self.cumulative.partition_point(|sum| *sum <= point).min(self.cumulative.len().saturating_sub(1));
        let request = random.below(self.counts.get(route).copied().unwrap_or(0));
        Choice { route, request }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_follows_its_weights_and_never_draws_a_weight_of_zero() {
        let request = Target::parse("http://127.0.0.1:1").unwrap().get("/");
        let route = |weight: f64| Traffic { name: String::new(), weight, requests: vec![request.clone(); 3] };
        let mix = Mix::new(&[route(0.0), route(3.0), route(1.0), route(0.0)]);
        let mut random = Random::seeded(5);
        let mut drawn = [0u32; 4];
        for _ in 0..100_000 {
            let choice = mix.draw(&mut random);
            drawn[choice.route] += 1;
            assert!(choice.request < 3);
        }
        assert_eq!((drawn[0], drawn[3]), (0, 0));
        assert!(drawn[1].abs_diff(75_000) < 700, "{drawn:?}");
    }
}
