//! How long calls wait for a replica at the peak, estimated from what `capacity` says, and how busy the rest is when one replica is lost.
//!
//! The formulas belong to `arithmetic::queueing`.

use super::capacity::{ServedCapacity, whole};
use super::figure::Figure;
use crate::arithmetic::Derivation;
use crate::arithmetic::derivation::{number, percent};
use crate::arithmetic::queueing::{Servers, wait};
use charter_spec::Id;
use charter_spec::ast::ModelCapacity;

/// The wait at the peak of a route or model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaitFigures {
    /// The chance to wait at all, a ratio.
    pub waits: Option<Figure>,
    /// In ms, over all calls.
    pub mean_ms: Option<Figure>,
    pub p50_ms: Option<Figure>,
    pub p99_ms: Option<Figure>,
    /// Use of the rest when one replica is lost, a ratio; infinite when there is only one.
    pub one_lost: Option<Figure>,
}

impl WaitFigures {
    pub(super) fn new(id: &Id, sized: &ModelCapacity, served: &ServedCapacity) -> Self {
        let mut figures = Self { one_lost: one_lost(served), ..Self::default() };
        let (Some(peak), Some(planned), Some(throughput)) = (&served.peak_rps, &served.planned, &sized.throughput) else { return figures };
        let (replicas, rate) = (planned.value(), throughput.per_second());
        if replicas < 1.0 || rate <= 0.0 {
            return figures;
        }
        // A replica that takes 2,000 calls a second of 5 ms each works on ten at a time: each of them is a server.
        let stated = sized.service_time.as_ref();
        let lanes = stated.map_or(1.0, |time| (rate * time.seconds()).round().max(1.0));
        let servers = replicas * lanes;
        let service_s = servers / (replicas * rate);
        let variation = sized.service_variation.as_ref().map_or(1.0, |variation| variation.value().abs());
        let Some(found) = wait(Servers { arrivals_per_s: peak.value(), servers: whole(servers), service_s, variation }) else {
            return figures;
        };
        let key = |name: &str| format!("capacity.{id}.{name}");
        let line = match stated {
            Some(time) => lanes_line((rate, time.millis()), lanes, replicas, service_s),
            None => format!("1 ÷ {} rps/replica = {} ms a call", number(rate), number(service_s * 1_000.0)),
        };
        let rests_on = |derivation: Derivation| {
            let mut figure = Figure::derived(derivation)?;
            figure.derivation.steps.insert(0, line.clone());
            figure = figure.input(key("throughput"), throughput.span).from(peak).from(planned);
            figure = match stated {
                Some(time) => figure.input(key("service_time"), time.span),
                None => figure.assume("a replica works on one call at a time", key("service_time")),
            };
            figure = match &sized.service_variation {
                Some(written) => figure.input(key("service_variation"), written.span),
                None => figure.assume("times of calls vary as much as their mean (variation 1)", key("service_variation")),
            };
            Some(figure.assume("calls arrive at random, and wait in one queue for whichever replica is free first", "a load run"))
        };
        figures.waits = rests_on(found.waits);
        figures.mean_ms = rests_on(found.mean_ms);
        figures.p50_ms = rests_on(found.p50_ms);
        figures.p99_ms = rests_on(found.p99_ms);
        figures
    }
}

/// How many calls a replica works on at a time. The rate is what is kept: where rate × time is no whole number, a call is held to take as long as makes it one.
fn lanes_line((rate, time_ms): (f64, f64), lanes: f64, replicas: f64, service_s: f64) -> String {
    let product = rate * time_ms / 1_000.0;
    let at_a_time = if (product - lanes).abs() <= 1e-9 * lanes {
        format!("{} at a time", number(lanes))
    } else {
        format!("{} at a time, taken as {}, so {} ms a call", number(product), number(lanes), number(service_s * 1_000.0))
    };
    format!(
        "{} rps/replica × {} ms = {at_a_time}; {} replicas × {} = {} servers",
        number(rate),
        number(time_ms),
        number(replicas),
        number(lanes),
        number(replicas * lanes)
    )
}

fn one_lost(served: &ServedCapacity) -> Option<Figure> {
    let (busy, planned) = (served.utilization.as_ref()?, served.planned.as_ref()?);
    let count = planned.value();
    if count < 1.0 {
        return None;
    }
    let figure = if count > 1.0 { busy.value() * count / (count - 1.0) } else { f64::INFINITY };
    let left = number(count - 1.0);
    let step = if count > 1.0 {
        format!("{} × {} ÷ {left} = {} busy", percent(busy.value()), number(count), percent(figure))
    } else {
        "there is one replica, and nothing is left without it".to_owned()
    };
    Some(Figure::new(Derivation::new(figure, "ratio").step(step)).from(busy))
}

#[cfg(test)]
mod tests {
    use super::lanes_line;

    #[test]
    fn a_line_of_arithmetic_is_true() {
        assert_eq!(lanes_line((15.0, 400.0), 6.0, 6.0, 0.4), "15 rps/replica × 400 ms = 6 at a time; 6 replicas × 6 = 36 servers");
        // 180 × 6 ms is not 1.
        assert_eq!(
            lanes_line((180.0, 6.0), 1.0, 12.0, 1.0 / 180.0),
            "180 rps/replica × 6 ms = 1.08 at a time, taken as 1, so 5.5556 ms a call; 12 replicas × 1 = 12 servers"
        );
    }
}
