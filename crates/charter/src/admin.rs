//! A client of a running server's admin plane: one request, one answer, and what went wrong in the words of whoever asked.
//!
//! What answers mean belongs to the commands.

use crate::arguments::control::Server;
use crate::exit::Problem;
use charter_spec::names::nearest;
use charter_verify::load::{Connection, Failure, PreparedRequest, Target};
use serde_json::Value;
use std::fmt::Write;
use std::time::{Duration, Instant};

/// How long a server may take: an order is answered when it is kept, which waits for the store.
const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(5);
/// The code of an answer about a name that is not there.
const NAME_UNKNOWN: &str = "name-unknown";

/// Asks one server.
pub(crate) struct Admin {
    target: Target,
    address: String,
    runtime: tokio::runtime::Runtime,
}

/// A kind of thing that has a name, as the admin plane lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Rollout,
    Experiment,
    Shadow,
    Flag,
}

impl Kind {
    /// The path of the list, and the key of the name in it.
    const fn listed(self) -> (&'static str, &'static str) {
        match self {
            Self::Rollout => ("/rollouts", "rollout"),
            Self::Experiment => ("/experiments", "name"),
            Self::Shadow => ("/shadows", "name"),
            Self::Flag => ("/flags", "name"),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Rollout => "rollout",
            Self::Experiment => "experiment",
            Self::Shadow => "comparison",
            Self::Flag => "flag",
        }
    }
}

impl Admin {
    /// # Errors
    /// Usage: the address is none.
    pub(crate) fn new(server: &Server) -> Result<Self, Problem> {
        let address = if server.admin.contains("://") { server.admin.clone() } else { format!("http://{}", server.admin) };
        let target = Target::parse(&address).map_err(|problem| Problem::Usage(format!("--admin: {problem}")))?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|problem| Problem::Environment(format!("cannot start: {problem}")))?;
        Ok(Self { target, address, runtime })
    }

    /// The whole list of a kind.
    pub(crate) fn list(&self, kind: Kind) -> Result<Value, Problem> {
        match self.send(&self.target.get(kind.listed().0))? {
            (200, body) => Ok(body),
            (_, body) => Err(Problem::Refused(refusal(&body))),
        }
    }

    /// What is at a path below the named one; `rest` is empty or begins with `/` or `?`.
    pub(crate) fn get(&self, kind: Kind, name: &str, rest: &str) -> Result<Value, Problem> {
        let path = format!("{}/{}{rest}", kind.listed().0, encoded(name));
        let answer = self.send(&self.target.get(&path))?;
        self.accepted(kind, name, answer)
    }

    /// Has something done to the named one.
    pub(crate) fn post(&self, kind: Kind, name: &str, rest: &str, body: &Value) -> Result<Value, Problem> {
        let path = format!("{}/{}{rest}", kind.listed().0, encoded(name));
        let answer = self.send(&self.target.post(&path, "application/json", &[], body.to_string().as_bytes()))?;
        self.accepted(kind, name, answer)
    }

    fn accepted(&self, kind: Kind, name: &str, (status, body): (u16, Value)) -> Result<Value, Problem> {
        match status {
            200 => Ok(body),
            404 if body["code"] == NAME_UNKNOWN => Err(Problem::Refused(self.unknown(kind, name)?)),
            _ => Err(Problem::Refused(refusal(&body))),
        }
    }

    /// What to say of a name that is not there: the nearest one, or all there are.
    fn unknown(&self, kind: Kind, name: &str) -> Result<String, Problem> {
        let list = self.list(kind)?;
        let names: Vec<&str> = list.as_array().into_iter().flatten().filter_map(|known| known[kind.listed().1].as_str()).collect();
        let word = kind.word();
        let mut text = format!("there is no {word} `{}`", name.escape_debug());
        let _ = match nearest(name, names.iter().copied()) {
            Some(meant) => write!(text, "; did you mean `{meant}`?"),
            None if names.is_empty() => write!(text, "; the charter that is served has none"),
            None => write!(text, "; there is `{}`", names.join("`, `")),
        };
        Ok(text)
    }

    fn send(&self, request: &PreparedRequest) -> Result<(u16, Value), Problem> {
        let (status, body) = self.runtime.block_on(async {
            let mut connection = Connection::open(self.target.address(), Instant::now() + CONNECT).await.map_err(|_| self.unreachable())?;
            let answer = connection.exchange_and_keep(request.bytes(), TIMEOUT).await.map_err(|failure| self.failed(failure))?;
            Ok::<_, Problem>((answer.0.status, answer.1))
        })?;
        let body = serde_json::from_slice(&body).map_err(|_| {
            Problem::Environment(format!("what answers at {} is no admin plane of Charter (status {status})", self.address))
        })?;
        Ok((status, body))
    }

    fn unreachable(&self) -> Problem {
        Problem::Environment(format!(
            "no server answers at {}: start one with `charter serve`, or name the admin plane of a running one with `--admin HOST:PORT`",
            self.address
        ))
    }

    fn failed(&self, failure: Failure) -> Problem {
        Problem::Environment(format!("the server at {} did not answer: {failure}", self.address))
    }
}

/// The sentence of an error's body.
fn refusal(body: &Value) -> String {
    body["error"].as_str().unwrap_or("the server refuses, and does not say why").to_owned()
}

/// A name as one part of a path (RFC 3986, 2.3: what is not unreserved is written in hexadecimal digits).
fn encoded(name: &str) -> String {
    name.bytes().fold(String::with_capacity(name.len()), |mut path, byte| {
        if byte.is_ascii_alphanumeric() || b"-_~".contains(&byte) {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
        path
    })
}

/// Who gives an order: who is named, or who is logged in.
pub(crate) fn who(by: Option<&String>) -> String {
    let logged_in = || std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).ok().filter(|name| !name.is_empty());
    by.cloned().or_else(logged_in).unwrap_or_else(|| "operator".to_owned())
}

/// The body of an order.
pub(crate) fn order(by: Option<&String>, reason: Option<&String>) -> Value {
    let mut body = serde_json::json!({ "by": who(by) });
    if let (Some(body), Some(reason)) = (body.as_object_mut(), reason) {
        body.insert("reason".to_owned(), reason.clone().into());
    }
    body
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_name_stays_one_part_of_a_path() {
        assert_eq!(encoded("fraud-v3"), "fraud-v3");
        assert_eq!(encoded("../a b?c\r\nx: y"), "%2E%2E%2Fa%20b%3Fc%0D%0Ax%3A%20y");
        assert_eq!(encoded("ä"), "%C3%A4");
    }
}
