//! What to send, how fast and for how long.

use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// What to draw from; not empty.
    pub requests: Vec<PreparedRequest>,
    /// How it is drawn from.
    pub draw: Draw,
}

/// Which request of a route is next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Draw {
    /// Any of them, each time.
    #[default]
    AtRandom,
    /// Each in its turn, from the first: none is sent again before all were sent. What repeats is what repeats in the rows.
    InTurn,
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
    /// The next request of the routes that are sent in turn.
    next: Vec<Option<AtomicUsize>>,
    /// How many threads share the turns.
    parts: usize,
}

/// Which request: route number and request number within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) route: usize,
    pub(super) request: usize,
}

impl Mix {
    /// The draws of one of several threads.
    pub(super) fn new(traffic: &[Traffic], part: usize, parts: usize) -> Self {
        let mut sum = 0.0;
        let cumulative = traffic
            .iter()
            .map(|route| {
                sum += route.weight.max(0.0);
                sum
            })
            .collect();
        let next = traffic.iter().map(|route| (route.draw == Draw::InTurn).then(|| AtomicUsize::new(part))).collect();
        Self { cumulative, counts: traffic.iter().map(|route| route.requests.len()).collect(), next, parts: parts.max(1) }
    }

    pub(super) fn total_weight(&self) -> f64 {
        self.cumulative.last().copied().unwrap_or(0.0)
    }

    pub(super) fn draw(&self, random: &mut Random) -> Choice {
        let point = random.uniform() * self.total_weight();
        let route = self.cumulative.partition_point(|sum| *sum <= point).min(self.cumulative.len().saturating_sub(1));
        let count = self.counts.get(route).copied().unwrap_or(0);
        let request = match self.next.get(route).and_then(Option::as_ref) {
            // Each thread takes every n-th turn.
            Some(next) => next.fetch_add(self.parts, Ordering::Relaxed) % count.max(1),
            None => random.below(count),
        };
        Choice { route, request }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mix_follows_its_weights_and_never_draws_a_weight_of_zero() {
        let request = Target::parse("http://127.0.0.1:1").unwrap().get("/");
        let route = |weight: f64| Traffic { name: String::new(), weight, requests: vec![request.clone(); 3], draw: Draw::AtRandom };
        let mix = Mix::new(&[route(0.0), route(3.0), route(1.0), route(0.0)], 0, 1);
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

    #[test]
    fn in_turn_each_request_is_drawn_once_before_any_again() {
        let request = Target::parse("http://127.0.0.1:1").unwrap().get("/");
        let route = Traffic { name: String::new(), weight: 1.0, requests: vec![request; 6], draw: Draw::InTurn };
        let mut random = Random::seeded(5);
        let drawn = |part: usize, parts: usize, random: &mut Random| {
            let mix = Mix::new(std::slice::from_ref(&route), part, parts);
            (0..6 / parts).map(|_| mix.draw(random).request).collect::<Vec<_>>()
        };
        assert_eq!(drawn(0, 1, &mut random), [0, 1, 2, 3, 4, 5]);
        // Two threads share the turns.
        assert_eq!((drawn(0, 2, &mut random), drawn(1, 2, &mut random)), (vec![0, 2, 4], vec![1, 3, 5]));
    }
}
