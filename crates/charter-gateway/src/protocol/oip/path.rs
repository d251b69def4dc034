//! Paths of the protocol, turned into what they ask for.
//!
//! Sources: KServe "Open Inference Protocol V2", HTTP/REST; Triton's extensions for configuration, statistics and the model repository.

use crate::http::decode_path;
use std::borrow::Cow;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Endpoint<'a> {
    Server,
    Live,
    Ready,
    Models,
    AllStatistics,
    RepositoryIndex,
    Model {
        name: Cow<'a, str>,
        version: Option<Cow<'a, str>>,
        view: View,
    },
    /// Part of the protocol's extensions, and refused with a reason.
    NotOffered(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Metadata,
    Ready,
    Configuration,
    Statistics,
    Infer,
}

const REPOSITORY: &str = "models come from the charter; change it and reload instead of loading or unloading them one by one";
const MEMORY: &str = "shared memory is not offered; send tensors in the request";
const SETTINGS: &str = "trace and log settings belong to the admin side";

/// `None` when nothing is there.
pub(super) fn parse(path: &str) -> Option<Endpoint<'_>> {
    let rest = path.strip_prefix("/v2")?;
    if rest.is_empty() || rest == "/" {
        return Some(Endpoint::Server);
    }
    let rest = rest.strip_prefix('/')?;
    if let Some(model) = rest.strip_prefix("models/") {
        return if model == "stats" { Some(Endpoint::AllStatistics) } else { parse_model(model) };
    }
    match rest {
        "health/live" => Some(Endpoint::Live),
        "health/ready" => Some(Endpoint::Ready),
        "models" => Some(Endpoint::Models),
        "repository/index" => Some(Endpoint::RepositoryIndex),
        "logging" | "trace/setting" => Some(Endpoint::NotOffered(SETTINGS)),
        _ if rest.starts_with("repository/") => Some(Endpoint::NotOffered(REPOSITORY)),
        _ if rest.starts_with("systemsharedmemory") || rest.starts_with("cudasharedmemory") => Some(Endpoint::NotOffered(MEMORY)),
        _ => None,
    }
}

fn parse_model(rest: &str) -> Option<Endpoint<'_>> {
    let (name, rest) = split(rest);
    let name = decode(name)?;
    let (version, view) = match rest.strip_prefix("versions/") {
        Some(rest) => {
            let (version, rest) = split(rest);
            (Some(decode(version)?), rest)
        }
        None => (None, rest),
    };
    let view = match view {
        "" => View::Metadata,
        "ready" => View::Ready,
        "config" => View::Configuration,
        "stats" => View::Statistics,
        "infer" => View::Infer,
        "trace/setting" => return Some(Endpoint::NotOffered(SETTINGS)),
        _ => return None,
    };
    Some(Endpoint::Model { name, version, view })
}

fn split(path: &str) -> (&str, &str) {
    path.split_once('/').unwrap_or((path, ""))
}

fn decode(segment: &str) -> Option<Cow<'_, str>> {
    match segment {
        "" => None,
        plain if !plain.contains('%') => Some(Cow::Borrowed(plain)),
        encoded => decode_path(encoded).map(Cow::Owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &'static str, version: Option<&'static str>, view: View) -> Option<Endpoint<'static>> {
        Some(Endpoint::Model { name: name.into(), version: version.map(Cow::from), view })
    }

    #[test]
    fn each_path_of_the_protocol_is_known() {
        assert_eq!(parse("/v2"), Some(Endpoint::Server));
        assert_eq!(parse("/v2/"), Some(Endpoint::Server));
        assert_eq!(parse("/v2/models/fraud"), model("fraud", None, View::Metadata));
        assert_eq!(parse("/v2/models/fraud/infer"), model("fraud", None, View::Infer));
        assert_eq!(parse("/v2/models/fraud/versions/v2"), model("fraud", Some("v2"), View::Metadata));
        assert_eq!(parse("/v2/models/fraud/versions/v2/ready"), model("fraud", Some("v2"), View::Ready));
        assert_eq!(parse("/v2/models/a%20b/config"), model("a b", None, View::Configuration));
        assert_eq!(parse("/v2/models/stats"), Some(Endpoint::AllStatistics));
        assert!(matches!(parse("/v2/repository/models/fraud/load"), Some(Endpoint::NotOffered(_))));
        for nothing in [
            "",
            "/",
            "/v1",
            "/v2x",
            "/v2/models/",
            "/v2/models/fraud/versions",
            "/v2/models/fraud/versions/",
            "/v2/models/fraud/infer/x",
            "/v2/health",
        ] {
            assert_eq!(parse(nothing), None, "{nothing}");
        }
    }
}
