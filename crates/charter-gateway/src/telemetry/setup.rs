//! Sets up logs on standard error and, when an endpoint is given, traces over OTLP.

use super::span;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use std::fmt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    pub format: LogFormat,
    /// In the syntax of `tracing`'s `EnvFilter`, for example `info,charter_gateway=debug`.
    pub filter: String,
    /// Where traces go, as OTLP over gRPC, for example `http://localhost:4317`; `None`: nowhere, and no span is made.
    pub otlp_endpoint: Option<String>,
    /// Share of the calls without a sampled parent that are traced, between 0 and 1.
    pub sample_ratio: f64,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self { format: LogFormat::Human, filter: "info".to_owned(), otlp_endpoint: None, sample_ratio: 1.0 }
    }
}

impl TelemetryConfig {
    /// The defaults, with `RUST_LOG` and `OTEL_EXPORTER_OTLP_ENDPOINT` (or `…_TRACES_ENDPOINT`, which wins) where they are set.
    pub fn from_environment() -> Self {
        let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let default = Self::default();
        Self {
            filter: read("RUST_LOG").unwrap_or(default.filter),
            otlp_endpoint: read("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(|| read("OTEL_EXPORTER_OTLP_ENDPOINT")),
            ..Self::default()
        }
    }
}

/// Keeps the exporter; drop or [`stop`](Self::stop) it last.
pub struct Telemetry {
    provider: Option<SdkTracerProvider>,
}

/// Why logs or traces cannot be set up.
#[derive(Debug)]
pub enum TelemetryError {
    Filter(String),
    Exporter(String),
    /// Another part of the process has set up logs already.
    Twice,
}

impl fmt::Display for TelemetryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Filter(reason) => write!(formatter, "the log filter cannot be read: {reason}"),
            Self::Exporter(reason) => write!(formatter, "traces cannot be exported: {reason}"),
            Self::Twice => formatter.write_str("logs are set up already"),
        }
    }
}

impl std::error::Error for TelemetryError {}

impl Telemetry {
    /// Sets up logs and traces for the whole process. With an OTLP endpoint it must be called inside a tokio runtime, which then carries
    /// the exporter's connection.
    ///
    /// # Errors
    /// [`TelemetryError`]; nothing was set up.
    pub fn start(config: &TelemetryConfig) -> Result<Self, TelemetryError> {
        let filter = EnvFilter::try_new(&config.filter).map_err(|error| TelemetryError::Filter(error.to_string()))?;
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        let lines = match config.format {
            LogFormat::Human => lines.boxed(),
            LogFormat::Json => lines.json().boxed(),
        };
        let provider = config.otlp_endpoint.as_deref().map(|endpoint| exporter(endpoint, config.sample_ratio)).transpose()?;
        let traces = provider.as_ref().map(|provider| {
            tracing_opentelemetry::layer()
                .with_tracer(provider.tracer("charter"))
                .with_location(false)
                .with_threads(false)
                .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target().starts_with(span::TARGET)))
        });
        tracing_subscriber::registry().with(lines.with_filter(filter)).with(traces).try_init().map_err(|_| TelemetryError::Twice)?;
        span::enable(provider.is_some());
        Ok(Self { provider })
    }

    /// Sends what is waiting, within the exporter's own time limit, and ends it. Blocks; call it off the async threads.
    pub fn stop(self) {
        span::enable(false);
        if let Some(provider) = self.provider
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!(%error, "the last traces were not sent");
        }
    }
}

fn exporter(endpoint: &str, sample_ratio: f64) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(|error| TelemetryError::Exporter(error.to_string()))?;
    let resource = Resource::builder().with_service_name("charter").build();
    let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(sample_ratio)));
    Ok(SdkTracerProvider::builder().with_resource(resource).with_sampler(sampler).with_batch_exporter(exporter).build())
}
