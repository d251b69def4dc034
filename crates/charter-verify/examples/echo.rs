//! A server with a known answer, to measure the generator against: `echo [PORT] [THREADS] [DELAY_MS]`.
//!
//! Reads the body and answers fixed JSON, after a pause that is log-normal with median DELAY_MS (0: no pause).

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use charter_verify::Random;
use charter_verify::statistics::normal_quantile;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};

const ANSWER: &[u8] = br#"{"model_name":"echo","outputs":[{"name":"score","datatype":"FP32","shape":[1,1],"data":[0.25]}]}"#;
/// Standard deviation of the logarithm of the pause: p99 is 3.2 times the median.
const SIGMA: f64 = 0.5;

static NUMBER: AtomicU64 = AtomicU64::new(0);

async fn answer(request: Request<Incoming>, delay_ms: f64) -> Result<Response<Full<Bytes>>, Infallible> {
    let began = Instant::now();
    let length = request.into_body().collect().await.map(|body| body.to_bytes().len()).unwrap_or(0);
    if delay_ms > 0.0 {
        let uniform = Random::seeded(NUMBER.fetch_add(1, Ordering::Relaxed)).uniform().clamp(1e-9, 1.0 - 1e-9);
        let pause = delay_ms * (SIGMA * normal_quantile(uniform)).exp();
        tokio::time::sleep_until((began + Duration::from_secs_f64(pause / 1e3)).into()).await;
    }
    let mut response = Response::new(Full::new(Bytes::from_static(ANSWER)));
    response.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    response.headers_mut().insert("charter-rung", hyper::header::HeaderValue::from_static(if length == 0 { "empty" } else { "full" }));
    Ok(response)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |at: usize, default: &str| std::env::args().nth(at).unwrap_or_else(|| default.into());
    let (port, threads, delay_ms) = (argument(1, "8080").parse::<u16>()?, argument(2, "2").parse()?, argument(3, "0").parse()?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build()?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        println!("listening on http://{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let service = hyper::service::service_fn(move |request| answer(request, delay_ms));
                let connection =
                    hyper::server::conn::http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
                if let Err(error) = connection.await
                    && !error.is_incomplete_message()
                {
                    eprintln!("connection: {error}");
                }
            });
        }
    })
}
