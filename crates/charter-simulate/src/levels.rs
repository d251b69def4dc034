//! What load runs at a few levels say of the costs of a request: arithmetic over what was measured, no clock.
//!
//! | what | from which level |
//! |---|---|
//! | CPU of a request on a busy thread | each route under many users: nobody rests; all routes together tell how much dearer company is |
//! | how the machine's pace varies | latencies of all routes under many users: a sum of many services, around its median |
//! | a short rest: way back and cold start | all routes under one user, less the busy cost; its spread from single routes |
//! | longer rests, the generator's timer | all routes at even, low rates |
//! | the generator's pause between two looks at its schedule | all routes at one random rate: the pause with which a simulated run has that median |
//!
//! Server and generator have cores of their own. Assumed: the way back is equally long on both sides after a short rest; a request and its answer cost
//! the generator half each; a side that was measured with pauses while it was kept busy is cold only after longer ones. Driving load belongs to
//! `charter-verify`.

use crate::calibration::{Calibration, Table, first_use};
use crate::rest::{Rest, RestPoint};
use crate::world::GeneratorTimes;
use charter_plan::Plan;
use charter_plan::plan::Route;
use serde::{Deserialize, Serialize};

/// Users that keep a server busy.
pub const BUSY_USERS: u32 = 32;
/// Even rates that leave both sides long rests, requests a second.
pub const PACED_PER_S: [f64; 2] = [4_000.0, 1_000.0];
/// Share of what many users reach at which the generator's pause is found.
pub const RANDOM_SHARE: f64 = 0.35;
/// Rests for one request below which a thread is taken to be busy always.
const RESTLESS: f64 = 0.02;
/// What reading and writing take at least, where the model alone was measured to take as long as the whole request.
const EDGE_NANOS_MIN: f64 = 500.0;

/// How a level was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LevelLoad {
    /// Users who ask again as soon as they are answered.
    Users(u32),
    /// Requests a second, evenly spaced.
    Paced(f64),
    /// Requests a second, independent of each other.
    Random(f64),
}

/// One load run: what it took of time and CPU. Times are of one request, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// None: all routes in their mix.
    pub route: Option<String>,
    pub load: LevelLoad,
    /// Answers a second.
    pub per_s: f64,
    /// CPU.
    pub server_nanos: f64,
    pub generator_nanos: f64,
    /// How often a thread went to sleep.
    pub server_rests: f64,
    pub generator_rests: f64,
    /// Latency, and its quantiles at those of a [`Table`].
    pub mean_nanos: f64,
    pub quantiles: Vec<f64>,
    /// From due to handed to a connection, the median.
    pub lag_nanos: f64,
}

impl Level {
    fn period(&self) -> f64 {
        1e9 / self.per_s.max(f64::MIN_POSITIVE)
    }

    /// Half of the answers came sooner.
    pub fn median(&self) -> f64 {
        self.quantiles.get(Table::MEDIAN).copied().unwrap_or(0.0)
    }

    /// Of one user: from one request to the next, as it is half of the time; stalls of the machine are in the mean only.
    fn turn(&self) -> f64 {
        self.median() + (self.period() - self.mean_nanos).max(0.0)
    }
}

/// The levels of one route, or of all.
struct Pair<'a> {
    busy: &'a Level,
    alone: &'a Level,
}

fn pair<'a>(levels: &'a [Level], route: Option<&str>) -> Option<Pair<'a>> {
    let of = |load: LevelLoad| levels.iter().find(|level| level.load == load && level.route.as_deref() == route);
    Some(Pair { busy: of(LevelLoad::Users(BUSY_USERS))?, alone: of(LevelLoad::Users(1))? })
}

/// A mean by shares; 0 of nothing.
fn mean(values: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (sum, weight) = values.fold((0.0, 0.0), |(sum, weight), (value, share)| (sum + value * share, weight + share));
    if weight > 0.0 { sum / weight } else { 0.0 }
}

impl Calibration {
    /// Works out the costs, once the models are measured; `share` is a route's share of the calls. Without levels of all routes together nothing is.
    pub fn with_levels(mut self, plan: &Plan, share: &dyn Fn(&Route) -> f64, levels: Vec<Level>) -> Self {
        if let Some(all) = pair(&levels, None) {
            let routes: Vec<(&Route, Pair<'_>)> =
                plan.routes.iter().filter_map(|route| Some((route, pair(&levels, Some(&route.name))?))).collect();
            // A route's own share of its caches is smaller in company.
            let apart = mean(routes.iter().map(|(route, pair)| (pair.busy.server_nanos, share(route))));
            let company = if apart > 0.0 { all.busy.server_nanos / apart } else { 1.0 };
            for (route, pair) in &routes {
                self.add_route(plan, route, pair.busy.server_nanos * company);
            }
            let paced: Vec<&Level> = levels.iter().filter(|level| matches!(level.load, LevelLoad::Paced(_))).collect();
            let sides = Sides::of(&all, f64::from(self.server_threads.max(1)));
            self.generator = sides.generator(&paced);
            self.rest = sides.rest(&paced, &self.generator, spread(&routes, share));
            self.pace = Some(Table::around_one(&all.busy.quantiles));
        }
        self.levels = levels;
        self
    }

    fn add_route(&mut self, plan: &Plan, route: &Route, whole_nanos: f64) {
        let label = first_use(route).map(|id| plan.model(id).label());
        let tables = label.as_ref().and_then(|label| self.models.get(label));
        let inference = tables.and_then(|tables| tables.first()).map_or(0.0, |table| table.mean_nanos);
        if inference > whole_nanos - EDGE_NANOS_MIN {
            let (inference, whole) = (inference / 1e3, whole_nanos / 1e3);
            self.notes.push(format!(
                "{}: its model was measured at {inference:.1} µs alone, a whole request on the busy server at {whole:.1} µs",
                route.name
            ));
        }
        self.routes.insert(route.name.clone(), Table::of(1, &[(whole_nanos - inference).max(EDGE_NANOS_MIN)]));
    }
}

/// How a single user's latencies lie around their median, the mean over routes.
fn spread(routes: &[(&Route, Pair<'_>)], share: &dyn Fn(&Route) -> f64) -> Option<Table> {
    let points = routes.iter().map(|(_, pair)| pair.alone.quantiles.len()).min()?;
    let around = |point: usize| {
        mean(routes.iter().map(|(route, pair)| {
            let quantile = pair.alone.quantiles.get(point).copied().unwrap_or(0.0);
            (quantile - pair.alone.median(), share(route))
        }))
    };
    Some(Table::of_quantiles((0..points).map(around).collect()))
}

/// What a single user's run says of both sides, against the busy one.
struct Sides {
    server_nanos: f64,
    generator_nanos: f64,
    wake_nanos: f64,
    server: [RestPoint; 2],
    generator: [RestPoint; 2],
}

impl Sides {
    fn of(all: &Pair<'_>, server_threads: f64) -> Self {
        let Pair { busy, alone } = all;
        let both = alone.turn() - alone.server_nanos - alone.generator_nanos;
        let wake_nanos = both.max(0.0) / 2.0;
        // How long a thread rested while it was kept busy; from then on it gets cold.
        let pause = |threads: f64, nanos: f64, rests: f64| {
            if rests > RESTLESS { (threads * busy.period() - nanos).max(0.0) / rests } else { 0.0 }
        };
        let short = |pause: f64, alone_nanos: f64, busy_nanos: f64| {
            // Until the event that ends it: the way back is not part of a rest.
            let rest_nanos = (alone.turn() - alone_nanos - wake_nanos).max(0.0);
            let warm = RestPoint { rest_nanos: pause.min(rest_nanos / 2.0), wake_nanos, cold_nanos: 0.0 };
            [warm, RestPoint { rest_nanos, wake_nanos, cold_nanos: (alone_nanos - busy_nanos).max(0.0) }]
        };
        Self {
            server_nanos: busy.server_nanos,
            generator_nanos: busy.generator_nanos,
            wake_nanos,
            server: short(pause(server_threads, busy.server_nanos, busy.server_rests), alone.server_nanos, busy.server_nanos),
            generator: short(pause(1.0, busy.generator_nanos, busy.generator_rests), alone.generator_nanos, busy.generator_nanos),
        }
    }

    fn generator(&self, paced: &[&Level]) -> GeneratorTimes {
        let (request_nanos, cold) = (self.generator_nanos, self.generator[1].cold_nanos);
        let look = |level: &&Level| (level.generator_nanos - request_nanos - level.generator_rests * cold).max(0.0);
        GeneratorTimes {
            request_nanos,
            look_nanos: mean(paced.iter().map(|level| (look(level), 1.0))),
            timer_nanos: mean(paced.iter().map(|level| ((level.lag_nanos - cold).max(0.0), 1.0))),
            rest: Rest::of(self.generator.to_vec(), None),
            ..GeneratorTimes::default()
        }
    }

    fn rest(&self, paced: &[&Level], generator: &GeneratorTimes, spread: Option<Table>) -> Rest {
        let mut points = self.server.to_vec();
        for level in paced {
            let known =
                level.lag_nanos + generator.look_nanos + generator.request_nanos + self.generator[1].cold_nanos + level.server_nanos;
            let wake_nanos = (level.median() - known - self.wake_nanos).max(0.0);
            let rest_nanos = level.period() - level.server_nanos - wake_nanos;
            if rest_nanos > self.server[1].rest_nanos {
                points.push(RestPoint { rest_nanos, wake_nanos, cold_nanos: (level.server_nanos - self.server_nanos).max(0.0) });
            }
        }
        Rest::of(points, spread)
    }
}
