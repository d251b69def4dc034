//! Requests for a load, drawn from a route's held-out rows.

use std::path::Path;

use charter_plan::plan::Route;
use thiserror::Error;

use crate::load::{Draw, PreparedRequest, Target, Traffic};
use crate::samples::{RequestError, SampleError, Samples, request_body};

/// Most distinct requests of a route; beyond that, every n-th is taken.
const REQUESTS_MAX: usize = 2_000;
/// The column whose equal neighbours make one request (the offers of one choice set).
pub(super) const SET_COLUMN: &str = "group";

/// Why a route has no traffic.
#[derive(Debug, Error)]
pub enum TrafficError {
    /// It has no samples.
    #[error("route `{0}` has no samples to draw requests from")]
    NoSamples(String),
    /// They hold no rows.
    #[error("the samples of route `{0}` hold no rows")]
    Empty(String),
    /// They cannot be read.
    #[error(transparent)]
    Samples(#[from] SampleError),
    /// No request can be made of them.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// The traffic of a route: one request a row, or one a choice set where the samples have a column `group`, at most 2,000
/// of them, spread evenly over the file. `folder` is the charter's.
pub fn traffic_of(target: &Target, route: &Route, folder: &Path, weight: f64) -> Result<Traffic, TrafficError> {
    let path = route.samples.as_ref().ok_or_else(|| TrafficError::NoSamples(route.name.clone()))?;
    let samples = Samples::read(&folder.join(path))?;
    let ranges = ranges(&samples, route.rows_max as usize)?;
    if ranges.is_empty() {
        return Err(TrafficError::Empty(route.name.clone()));
    }
    let count = ranges.len().min(REQUESTS_MAX);
    let url = format!("/v2/models/{}/infer", route.name);
    let mut requests: Vec<PreparedRequest> = Vec::with_capacity(count);
    for number in 0..count {
        let Some(rows) = ranges.get(number * ranges.len() / count) else { continue };
        let body = request_body(&samples, &route.inputs, rows.clone())?;
        requests.push(target.post(&url, "application/json", &[], body.as_bytes()));
    }
    Ok(Traffic { name: route.name.clone(), weight, requests, draw: Draw::AtRandom })
}

/// The rows of each request: one row, or the rows of one choice set where the samples have a column `group`.
///
/// # Errors
/// When that column cannot be read.
pub fn ranges(samples: &Samples, rows_max: usize) -> Result<Vec<std::ops::Range<usize>>, SampleError> {
    if !samples.names().iter().any(|name| name == SET_COLUMN) {
        return Ok((0..samples.rows()).map(|row| row..row + 1).collect());
    }
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    let sets = samples.texts(SET_COLUMN)?;
    for (row, set) in sets.iter().enumerate() {
        match ranges.last_mut() {
            Some(last) if sets.get(last.start) == Some(set) && last.len() < rows_max.max(1) => last.end = row + 1,
            _ => ranges.push(row..row + 1),
        }
    }
    Ok(ranges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choice_sets_stay_together() {
        let samples = Samples::parse("group,x\n0,1\n0,2\n1,3\n2,4\n2,5\n2,6\n").unwrap();
        assert_eq!(ranges(&samples, 64).unwrap(), [0..2, 2..3, 3..6]);
        assert_eq!(ranges(&samples, 2).unwrap(), [0..2, 2..3, 3..5, 5..6]);
        assert_eq!(ranges(&Samples::parse("x\n1\n2\n").unwrap(), 64).unwrap(), [0..1, 1..2]);
    }
}
