//! Asks a route for its answers to held-out rows, over the Open Inference Protocol.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use charter_plan::Plan;
use charter_plan::plan::{Node, Route};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::VerifyError;
use super::traffic::ranges;
use crate::evaluation::Answers;
use crate::load::{Connection, Failure, Target};
use crate::samples::{RequestError, SampleError, Samples, request_body};

/// Rows of one request, unless the route takes fewer.
const ROWS_A_REQUEST: usize = 64;
/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much of an error's body a message shows.
const EXCERPT_CHARACTERS: usize = 200;

/// Every output for every row.
#[derive(Debug, Clone, Default)]
pub struct Replies {
    /// By output name.
    pub outputs: BTreeMap<String, Answers>,
    /// Rows by the rung that answered them.
    pub rungs: BTreeMap<String, u64>,
}

/// Why rows have no answers.
#[derive(Debug, Error)]
pub enum AskError {
    /// No request can be made of them.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// They cannot be put into requests.
    #[error(transparent)]
    Samples(#[from] SampleError),
    /// No answer.
    #[error("no answer for rows {first} to {last}: {failure}")]
    Failed {
        /// First data row, from 1.
        first: usize,
        /// Last data row.
        last: usize,
        /// What happened.
        failure: Failure,
    },
    /// An answer other than 200.
    #[error("status {status} for rows {first} to {last}: {excerpt}")]
    Refused {
        /// First data row, from 1.
        first: usize,
        /// Last data row.
        last: usize,
        /// HTTP status.
        status: u16,
        /// Begin of the body.
        excerpt: String,
    },
    /// An answer that the protocol does not allow.
    #[error("the answer for rows {first} to {last} cannot be used: {reason}")]
    Malformed {
        /// First data row, from 1.
        first: usize,
        /// Last data row.
        last: usize,
        /// What is wrong.
        reason: String,
    },
    /// No runtime could be started.
    #[error("no runtime: {0}")]
    Machine(#[from] std::io::Error),
}

#[derive(Deserialize)]
struct Reply {
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    name: String,
    #[serde(default)]
    data: Vec<Value>,
}

/// Asks `route` for every row of `samples`, in order, on one connection, and blocks meanwhile. Rows go together, but where a cascade or a cache answers:
/// there a call goes as far as its least sure row, and is the same as another only as a whole, so that each is asked as callers ask.
pub fn ask(target: &Target, route: &Route, samples: &Samples, mut progress: impl FnMut(usize)) -> Result<Replies, AskError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let path = format!("/v2/models/{}/infer", route.name);
    let requests = requests(&route.node, route.rows_max as usize, samples)?;
    let mut replies = Replies::default();
    let mut kept = None;
    for rows in requests {
        let first = rows.start;
        let body = request_body(samples, &route.inputs, rows.clone())?;
        let request = target.post(&path, "application/json", &[], body.as_bytes());
        let place = |failure| AskError::Failed { first: first + 1, last: rows.end, failure };
        let (status, body, rung) = runtime.block_on(exchange(target, &mut kept, request.bytes())).map_err(place)?;
        if status != 200 {
            let excerpt = String::from_utf8_lossy(&body).chars().take(EXCERPT_CHARACTERS).collect();
            return Err(AskError::Refused { first: first + 1, last: rows.end, status, excerpt });
        }
        let malformed = |reason| AskError::Malformed { first: first + 1, last: rows.end, reason };
        let reply: Reply = serde_json::from_slice(&body).map_err(|error| malformed(error.to_string()))?;
        for output in reply.outputs {
            append(&mut replies.outputs, output, rows.clone()).map_err(malformed)?;
        }
        *replies.rungs.entry(rung).or_default() += rows.len() as u64;
        progress(rows.end);
    }
    Ok(replies)
}

/// The rows of each request.
fn requests(node: &Node, rows_max: usize, samples: &Samples) -> Result<Vec<Range<usize>>, SampleError> {
    if depends_on_company(node) {
        return ranges(samples, rows_max);
    }
    let batch = rows_max.clamp(1, ROWS_A_REQUEST);
    Ok((0..samples.rows()).step_by(batch).map(|first| first..(first + batch).min(samples.rows())).collect())
}

/// Whether the answer to a row may depend on the rows beside it.
fn depends_on_company(node: &Node) -> bool {
    matches!(node, Node::Cascade { .. } | Node::Cache { .. }) || node.children().into_iter().any(depends_on_company)
}

async fn exchange(target: &Target, kept: &mut Option<Connection>, request: &[u8]) -> Result<(u16, Vec<u8>, String), Failure> {
    let mut connection = match kept.take().filter(Connection::is_reusable) {
        Some(connection) => connection,
        None => Connection::open(target.address(), Instant::now() + TIMEOUT).await?,
    };
    let (answer, body) = connection.exchange_and_keep(request, TIMEOUT).await?;
    let rung = String::from_utf8_lossy(connection.rung()).into_owned();
    *kept = Some(connection);
    Ok((answer.status, body, rung))
}

/// Adds one output of one answer; its width must be the same for every answer.
fn append(outputs: &mut BTreeMap<String, Answers>, output: Output, rows: std::ops::Range<usize>) -> Result<(), String> {
    let name = &output.name;
    if output.data.is_empty() || !output.data.len().is_multiple_of(rows.len()) {
        return Err(format!("output `{name}` holds {} values for {} rows", output.data.len(), rows.len()));
    }
    let wide = output.data.len() / rows.len();
    let text = matches!(output.data.first(), Some(Value::String(_)));
    let known = outputs.entry(output.name.clone()).or_insert_with(|| match text {
        true => Answers::Texts(Vec::new()),
        false => Answers::Numbers { width: wide, values: Vec::new() },
    });
    if known.rows() != rows.start {
        return Err(format!("output `{name}` was missing from an earlier answer or stands twice"));
    }
    for value in output.data {
        match (&mut *known, value) {
            (Answers::Texts(texts), Value::String(text)) if wide == 1 => texts.push(text),
            (Answers::Numbers { width, values }, value) if *width == wide => values.push(match value {
                Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
                Value::Bool(yes) => f64::from(u8::from(yes)),
                Value::Null => f64::NAN,
                other => return Err(format!("output `{name}` holds `{other}` among numbers")),
            }),
            (_, value) => return Err(format!("output `{name}` changes its type or width at `{value}`")),
        }
    }
    Ok(())
}

/// Makes sure that the server answers and runs this plan, as far as it says which one it runs.
pub(crate) fn same_plan(plan: &Plan, target: &Target) -> Result<(), VerifyError> {
    let silent = |reason: String| VerifyError::Silent { address: target.address(), reason };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| silent(error.to_string()))?;
    let Some(route) = plan.routes.first() else { return Ok(()) };
    // An inference request without inputs is refused, and the refusal names the plan too.
    let request = target.post(&format!("/v2/models/{}/infer", route.name), "application/json", &[], b"{\"inputs\":[]}");
    let served = runtime.block_on(async {
        let mut connection = Connection::open(target.address(), Instant::now() + TIMEOUT).await?;
        connection.exchange(request.bytes(), Instant::now() + TIMEOUT).await?;
        Ok::<_, Failure>(String::from_utf8_lossy(connection.plan()).into_owned())
    });
    let served = served.map_err(|failure| silent(way_out(failure)))?;
    let compiled = plan.fingerprint.trim_start_matches("sha256:");
    if served.is_empty() || compiled.starts_with(served.trim_start_matches("sha256:")) {
        return Ok(());
    }
    Err(VerifyError::OtherPlan { served, compiled: compiled.chars().take(12).collect() })
}

/// What a server's silence means and what to do about it.
fn way_out(failure: Failure) -> String {
    match failure {
        Failure::Connect => "nothing listens there; start a server with `charter serve FOLDER --listen ADDRESS`, or leave out `--target` \
                             so that one is started for the run"
            .to_owned(),
        Failure::Timeout => format!("{failure} within {} s; look at its log, or restart it", TIMEOUT.as_secs()),
        Failure::Reset | Failure::Protocol => format!("{failure}; is it the data plane of `charter serve`?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use charter_plan::plan::Rung;

    fn output(name: &str, data: Value) -> Output {
        Output { name: name.into(), data: data.as_array().unwrap().clone() }
    }

    #[test]
    fn answers_are_put_together_row_by_row() {
        let mut outputs = BTreeMap::new();
        append(&mut outputs, output("items", serde_json::json!([1, 2, 3, 4])), 0..2).unwrap();
        append(&mut outputs, output("decision", serde_json::json!(["a", "b"])), 0..2).unwrap();
        append(&mut outputs, output("items", serde_json::json!([5, null])), 2..3).unwrap();
        let Answers::Numbers { width: 2, values } = &outputs["items"] else { panic!("{outputs:?}") };
        assert!(values[..5] == [1.0, 2.0, 3.0, 4.0, 5.0] && values[5].is_nan());
        assert_eq!(outputs["decision"], Answers::Texts(vec!["a".into(), "b".into()]));
    }

    #[test]
    fn an_output_that_changes_is_refused() {
        let mut outputs = BTreeMap::new();
        append(&mut outputs, output("score", serde_json::json!([0.5, 0.5])), 0..2).unwrap();
        for (data, rows) in [
            (serde_json::json!(["x"]), 2..3),
            (serde_json::json!([1, 2]), 2..3),
            (serde_json::json!([1]), 5..6),
            (serde_json::json!([1, 2, 3]), 2..4),
        ] {
            let mut copy = outputs.clone();
            assert!(append(&mut copy, output("score", data.clone()), rows).is_err(), "{data}");
        }
    }

    #[test]
    fn rows_go_alone_where_company_matters() {
        let samples = Samples::parse("group,x\n0,1\n0,2\n1,3\n").unwrap();
        let of = |node: Node| requests(&node, 64, &samples).unwrap();
        let ladder = || Node::Ladder { rungs: Vec::new() };
        assert_eq!((of(ladder()).len(), of(ladder()).first()), (1, Some(&(0..3))));
        assert_eq!(of(Node::Cascade { steps: Vec::new() }), [0..2, 2..3]);
        let rung = Rung { name: "full".into(), node: Node::Cascade { steps: Vec::new() }, within_ms: 1, reserve_ms: 0 };
        assert_eq!(of(Node::Ladder { rungs: vec![rung] }), [0..2, 2..3]);
        assert_eq!(of(Node::Cache { cache: charter_plan::plan::CacheId(0), node: Box::new(ladder()) }), [0..2, 2..3]);
    }
}
