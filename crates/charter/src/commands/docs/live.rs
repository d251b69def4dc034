//! Serves the site on loopback and renders it anew when the charter or its evidence change; open pages follow by themselves.
//!
//! Pages ask at `/_live` and wait there until there is something newer. The files are those that `--out` writes, with one script added on the way out.

use super::{Made, make};
use crate::arguments::Docs;
use crate::exit::{Ending, Outcome, Problem};
use crate::output::print;
use bytes::Bytes;
use charter_render::site::File;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use notify::{RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc, watch};

/// Editors write a file in several steps; what comes within this time is one change.
const QUIET: Duration = Duration::from_millis(120);
/// How long a page waits for news before it asks again.
const WAIT: Duration = Duration::from_secs(25);
/// How long the head of a request may take.
const HEAD: Duration = Duration::from_secs(5);
/// Connections at a time: a person with a few tabs.
const CONNECTIONS: usize = 64;
/// What pages may load: themselves.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'";

const SCRIPT: &str = r#""use strict";
(async function () {
  const mine = document.currentScript.dataset.version;
  for (;;) {
    try {
      const answer = await fetch("/_live?" + mine, { cache: "no-store" });
      if (answer.ok && (await answer.text()) !== mine) { location.reload(); return; }
    } catch (_) {
      await new Promise(function (again) { setTimeout(again, 1000); });
    }
  }
})();
"#;

/// One rendering.
struct Shown {
    version: u64,
    files: BTreeMap<String, Bytes>,
    /// Why the files are those of an earlier charter.
    problem: Option<String>,
}

pub(super) fn run(arguments: &Docs, address: SocketAddr) -> Outcome {
    if !address.ip().is_loopback() {
        return Err(Problem::Usage(format!(
            "`{address}` is no address of this machine alone; serve the folder that --out writes with a web server instead"
        )));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|problem| Problem::Environment(format!("cannot start threads: {problem}")))?;
    let outcome = runtime.block_on(serve(arguments.clone(), address));
    runtime.shutdown_timeout(Duration::from_secs(1));
    outcome
}

async fn serve(arguments: Docs, address: SocketAddr) -> Outcome {
    let arguments = Arc::new(arguments);
    let first = made(&arguments).await?;
    let shown = Shown { version: 1, files: by_path(first.files), problem: None };
    let problem = first.problems.unreadable.then(|| first.problems.text(false));
    let (send, receive) = watch::channel(Arc::new(Shown { problem, ..shown }));
    let listener =
        TcpListener::bind(address).await.map_err(|problem| Problem::Environment(format!("cannot listen on {address}: {problem}")))?;
    let local = listener.local_addr().unwrap_or(address);
    let _watcher = follow(Arc::clone(&arguments), send)
        .map_err(|problem| Problem::Environment(format!("cannot watch the charter's folder: {problem}")))?;
    print(&format!("http://{local}/ follows {}; stop with Ctrl-C\n", arguments.source.path.display()))?;
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let stopped = tokio::signal::ctrl_c();
    tokio::pin!(stopped);
    loop {
        let stream = tokio::select! {
            _ = &mut stopped => return Ok(Ending::Fine),
            accepted = listener.accept() => match accepted { Ok((stream, _)) => stream, Err(_) => continue },
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let receive = receive.clone();
        // Owned by its connection; ends with it, or with the runtime.
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, receive.clone(), local));
            let mut builder = hyper::server::conn::http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEAD);
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
            drop(place);
        });
    }
}

/// Rendering takes up to a second: not on a thread that answers.
async fn made(arguments: &Arc<Docs>) -> Result<Made, Problem> {
    let arguments = Arc::clone(arguments);
    match tokio::task::spawn_blocking(move || make(&arguments)).await {
        Ok(made) => made,
        Err(problem) => Err(Problem::Environment(format!("rendering ended early: {problem}"))),
    }
}

fn by_path(files: Vec<File>) -> BTreeMap<String, Bytes> {
    files.into_iter().map(|file| (file.path, Bytes::from(file.bytes))).collect()
}

/// Renders anew after each change, until the returned watcher is dropped.
fn follow(arguments: Arc<Docs>, shown: watch::Sender<Arc<Shown>>) -> notify::Result<notify::RecommendedWatcher> {
    let (send, mut changes) = mpsc::channel::<()>(1);
    let folder = if arguments.source.path.is_dir() { arguments.source.path.clone() } else { parent(&arguments.source.path) };
    let own = [folder.join(crate::state::FOLDER)].map(|path| path.canonicalize().unwrap_or(path));
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let relevant =
            event.is_ok_and(|event| !event.kind.is_access() && event.paths.iter().any(|path| !own.iter().any(|own| path.starts_with(own))));
        if relevant {
            // A full channel already holds the news.
            let _ = send.try_send(());
        }
    })?;
    watcher.watch(&folder, RecursiveMode::Recursive)?;
    if let Some(evidence) = arguments.evidence.as_ref().filter(|evidence| evidence.is_dir() && !evidence.starts_with(&folder)) {
        watcher.watch(evidence, RecursiveMode::Recursive)?;
    }
    tokio::spawn(async move {
        while changes.recv().await.is_some() {
            while tokio::time::timeout(QUIET, changes.recv()).await.is_ok_and(|change| change.is_some()) {}
            let before = shown.borrow().clone();
            let (files, problem) = match made(&arguments).await {
                Ok(made) if !made.problems.unreadable => (by_path(made.files), None),
                Ok(made) => (before.files.clone(), Some(made.problems.text(false))),
                Err(problem) => (before.files.clone(), Some(problem.to_string())),
            };
            if files != before.files || problem != before.problem {
                shown.send_replace(Arc::new(Shown { version: before.version + 1, files, problem }));
            }
        }
    });
    Ok(watcher)
}

fn parent(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_path_buf()
}

type Answer = Result<Response<Full<Bytes>>, Infallible>;

async fn answer(request: Request<Incoming>, mut shown: watch::Receiver<Arc<Shown>>, local: SocketAddr) -> Answer {
    // A page of the web whose name leads here may read nothing.
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let names = [local.to_string(), format!("localhost:{}", local.port())];
    if !names.iter().any(|name| name == host) {
        return Ok(reply(StatusCode::MISDIRECTED_REQUEST, "text/plain; charset=utf-8", "unknown host\n"));
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return Ok(reply(StatusCode::METHOD_NOT_ALLOWED, "text/plain; charset=utf-8", "only GET\n"));
    }
    let path = request.uri().path().trim_start_matches('/');
    match path {
        "_live" => {
            let asked: u64 = request.uri().query().and_then(|version| version.parse().ok()).unwrap_or(0);
            let _ = tokio::time::timeout(WAIT, shown.wait_for(|shown| shown.version != asked)).await;
            let version = shown.borrow().version.to_string();
            Ok(reply(StatusCode::OK, "text/plain; charset=utf-8", version))
        }
        // Browsers ask for it by themselves; there is none.
        "favicon.ico" => Ok(reply(StatusCode::NO_CONTENT, "image/x-icon", "")),
        "_live.js" => Ok(reply(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT)),
        path => {
            let shown = shown.borrow().clone();
            Ok(file(&shown, if path.is_empty() { "index.html" } else { path }))
        }
    }
}

fn file(shown: &Shown, path: &str) -> Response<Full<Bytes>> {
    let kind = match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "application/octet-stream",
    };
    let live = format!("<script src=\"/_live.js\" data-version=\"{}\"></script>", shown.version);
    match shown.files.get(path) {
        Some(bytes) if path.ends_with(".html") => {
            let page = String::from_utf8_lossy(bytes);
            let (head, tail) = page.rsplit_once("</body>").unwrap_or((&page, ""));
            reply(StatusCode::OK, kind, format!("{head}{}{live}</body>{tail}", banner(shown)))
        }
        Some(bytes) => reply(StatusCode::OK, kind, bytes.clone()),
        None => {
            let page = format!(
                "<!DOCTYPE html><meta charset=\"utf-8\"><title>charter docs</title><p>There is no such page. <a href=\"/\">The brief</a>{}{live}",
                banner(shown)
            );
            reply(StatusCode::NOT_FOUND, "text/html; charset=utf-8", page)
        }
    }
}

/// What keeps the pages from being new, over the page; it folds away, so that the page below can be read.
fn banner(shown: &Shown) -> String {
    let Some(problem) = &shown.problem else { return String::new() };
    let escaped = problem.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<details open role=\"alert\" style=\"position:fixed;inset:auto 0 0 0;max-height:60vh;overflow:auto;background:#41211f;color:#fbe3e1;\
         border-top:4px solid #e0655d;z-index:40;font:400 0.8125rem/1.5 ui-monospace,Menlo,Consolas,monospace\">\
         <summary style=\"cursor:pointer;padding:0.7rem 1.5rem;font-weight:650\">The charter cannot be read as it is; this page is from before, \
         or shows what could be read.</summary><pre tabindex=\"0\" style=\"margin:0;padding:0 1.5rem 1rem;white-space:pre-wrap\">{escaped}</pre></details>"
    )
}

fn reply(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, hyper::header::HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, hyper::header::HeaderValue::from_static(POLICY));
    response
}
