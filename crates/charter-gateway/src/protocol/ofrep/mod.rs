//! The `OpenFeature` Remote Evaluation Protocol (OFREP 0.3, open-feature/protocol): flags for clients that know nothing of Charter.
//!
//! | room | what is in it |
//! |---|---|
//! | [`context`] | the evaluation context out of a request's body |
//! | [`write`] | evaluations and failures as the protocol has them |
//!
//! How a flag is evaluated belongs to the engine.

mod context;
mod write;

use crate::http::reply::{self, Reply};
use crate::http::{Received, decode_path};
use crate::metrics::Metrics;
use charter_engine::flag::{Asking, FlagError, Flags};
use http::header::{ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::hash::{DefaultHasher, Hash, Hasher};

const FLAGS: &str = "/ofrep/v1/evaluate/flags";
const CONFIGURATION: &str = "/ofrep/v1/configuration";

/// Whether a path belongs to this protocol.
pub(in crate::protocol) fn is_ours(path: &str) -> bool {
    path.starts_with("/ofrep/")
}

/// Answers a request whose path [`is_ours`].
pub(in crate::protocol) fn answer(flags: &Flags, metrics: &Metrics, request: &Received) -> Reply {
    let path = request.uri.path();
    if path == CONFIGURATION {
        let reads = matches!(request.method, Method::GET | Method::HEAD);
        return if reads { reply::json(StatusCode::OK, write::configuration()) } else { reply::wrong_method("GET") };
    }
    let Some(rest) = path.strip_prefix(FLAGS) else {
        return write::failure(StatusCode::NOT_FOUND, None, &FlagError::General("there is nothing at this path".to_owned()));
    };
    if request.method != Method::POST {
        return reply::wrong_method("POST");
    }
    let key = match rest {
        "" | "/" => None,
        one => match one.strip_prefix('/').filter(|key| !key.contains('/')).and_then(decode_path) {
            Some(key) => Some(key),
            None => return write::failure(StatusCode::NOT_FOUND, None, &FlagError::FlagNotFound("of that name".to_owned())),
        },
    };
    let attributes = match context::read(&request.body) {
        Ok(attributes) => attributes,
        Err(error) => return write::failure(StatusCode::BAD_REQUEST, key.as_deref(), &error),
    };
    let asking = Asking::Context(&attributes);
    match key {
        Some(key) => {
            let result = flags.evaluate(&key, &asking);
            metrics.evaluated(&key, &result);
            match result {
                Ok(evaluation) => reply::json(StatusCode::OK, write::evaluation(&key, &evaluation).to_string()),
                Err(error) => write::failure(status_of(&error), Some(&key), &error),
            }
        }
        None => all(flags, metrics, &asking, &request.headers),
    }
}

/// Every flag, or 304 when the client knows what would be said.
fn all(flags: &Flags, metrics: &Metrics, asking: &Asking<'_>, headers: &HeaderMap) -> Reply {
    // A key that is no text is the request's fault, not that of each flag.
    if let Err(error) = asking.targeting_key() {
        return write::failure(StatusCode::BAD_REQUEST, None, &error);
    }
    let evaluations = flags.evaluate_all(asking);
    evaluations.iter().for_each(|(flag, result)| metrics.evaluated(flag, result));
    let body = write::all(&evaluations, flags.revision());
    // Strong: the same bytes, whatever plan they come from.
    let mut hasher = DefaultHasher::new();
    body.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).any(|list| names(list, &tag));
    let mut reply = if known { reply::answer(StatusCode::NOT_MODIFIED, "application/json", "") } else { reply::json(StatusCode::OK, body) };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        reply.headers_mut().insert(ETAG, tag);
    }
    reply
}

/// Whether a list of entity tags names this one; weak and strong count alike for `If-None-Match` (RFC 9110, section 13.1.2).
fn names(list: &str, tag: &str) -> bool {
    list.split(',').map(str::trim).any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

fn status_of(error: &FlagError) -> StatusCode {
    match error {
        FlagError::FlagNotFound(_) => StatusCode::NOT_FOUND,
        FlagError::TargetingKeyMissing | FlagError::ParseError(_) | FlagError::InvalidContext(_) => StatusCode::BAD_REQUEST,
        FlagError::General(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_tags_names_a_tag_weak_or_strong() {
        let tag = "\"00ff\"";
        for list in ["\"00ff\"", "W/\"00ff\"", "\"aa\", \"00ff\"", "*"] {
            assert!(names(list, tag), "{list}");
        }
        for list in ["", "00ff", "\"00fe\"", "\"00ff"] {
            assert!(!names(list, tag), "{list}");
        }
    }
}
