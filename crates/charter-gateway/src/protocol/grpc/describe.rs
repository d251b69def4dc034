//! What the server and its routes say of themselves, as messages of the protocol.
//!
//! The words are those of the JSON answers; what is not measured apart is left out rather than made up.

use super::Grpc;
use super::call::{Describe, framed};
use super::messages::inference::{
    DataType, InferStatistics, ModelConfig, ModelConfigRequest, ModelConfigResponse, ModelInput, ModelMetadataRequest,
    ModelMetadataResponse, ModelOutput, ModelReadyRequest, ModelReadyResponse, ModelStatistics, ModelStatisticsRequest,
    ModelStatisticsResponse, RepositoryIndexRequest, RepositoryIndexResponse, ServerLiveResponse, ServerMetadataResponse,
    ServerReadyResponse, StatisticDuration, model_metadata_response::TensorMetadata, repository_index_response::ModelIndex,
};
use crate::errors::{Code, Refusal};
use crate::protocol::oip::find;
use crate::protocol::oip::metadata::{EXTENSIONS, PLATFORM, batch_max, config_type, versions};
use crate::protocol::oip::surface::Surface;
use bytes::Bytes;
use charter_plan::plan::Route;
use charter_plan::tensor::TensorSpec;
use prost::Message;

/// Requests of this kind hold two names at most.
const REQUEST_BYTES_MAX: usize = 4 << 10;

impl Grpc {
    /// Answers a call, framed.
    pub(super) fn describe(&self, what: Describe, message: Bytes) -> Result<Vec<u8>, Refusal> {
        if message.len() > REQUEST_BYTES_MAX {
            return Err(Refusal::new(Code::BodyTooLarge, "the message is larger than this method takes"));
        }
        let surface = self.oip.surface();
        Ok(match what {
            Describe::ServerLive => framed(&ServerLiveResponse { live: true }),
            Describe::ServerReady => framed(&ServerReadyResponse { ready: self.oip.is_ready(&surface) }),
            Describe::ServerMetadata => framed(&ServerMetadataResponse {
                name: "charter".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                extensions: EXTENSIONS.map(str::to_owned).to_vec(),
            }),
            Describe::ModelReady => {
                let ModelReadyRequest { name, version } = decode(message)?;
                let (route, version) = named(&surface, &name, &version)?;
                framed(&ModelReadyResponse { ready: self.oip.route_is_ready(&surface, route, version) })
            }
            Describe::ModelMetadata => {
                let ModelMetadataRequest { name, version } = decode(message)?;
                framed(&metadata(named(&surface, &name, &version)?.0))
            }
            Describe::ModelConfig => {
                let ModelConfigRequest { name, version } = decode(message)?;
                framed(&ModelConfigResponse { config: Some(configuration(named(&surface, &name, &version)?.0)) })
            }
            Describe::ModelStatistics => {
                let ModelStatisticsRequest { name, version } = decode(message)?;
                let only = if name.is_empty() { None } else { Some(named(&surface, &name, &version)?.0) };
                framed(&self.statistics(&surface, only))
            }
            Describe::RepositoryIndex => framed(&index(&surface, &decode(message)?)),
            Describe::HealthCheck => framed(&self.check(&surface, &decode(message)?)?),
        })
    }

    fn statistics(&self, surface: &Surface, only: Option<&Route>) -> ModelStatisticsResponse {
        let routes = surface.runtime.plan().routes.iter().filter(|route| only.is_none_or(|only| only.id == route.id));
        let model_stats = routes
            .map(|route| {
                let totals = self.oip.metrics.totals(route.id);
                let duration = |count, ns| Some(StatisticDuration { count, ns });
                ModelStatistics {
                    name: route.name.clone(),
                    version: String::new(),
                    last_inference: 0,
                    inference_count: totals.rows,
                    execution_count: totals.answered,
                    inference_stats: Some(InferStatistics {
                        success: duration(totals.answered, totals.answered_ns),
                        fail: duration(totals.failed, totals.failed_ns),
                        ..InferStatistics::default()
                    }),
                }
            })
            .collect();
        ModelStatisticsResponse { model_stats }
    }
}

pub(super) fn decode<M: Message + Default>(message: Bytes) -> Result<M, Refusal> {
    M::decode(message).map_err(|_| Refusal::new(Code::BadRequest, "the message is not valid protobuf"))
}

fn named<'a>(surface: &'a Surface, name: &str, version: &'a str) -> Result<(&'a Route, Option<&'a str>), Refusal> {
    let version = (!version.is_empty()).then_some(version);
    Ok((find(surface, name, version)?, version))
}

fn metadata(route: &Route) -> ModelMetadataResponse {
    let tensor = |spec: &TensorSpec| TensorMetadata {
        name: spec.name.clone(),
        datatype: spec.datatype.name().to_owned(),
        shape: spec.shape.iter().map(|dimension| i64::from(*dimension)).collect(),
    };
    ModelMetadataResponse {
        name: route.name.clone(),
        versions: versions(route).into_iter().map(str::to_owned).collect(),
        platform: PLATFORM.to_owned(),
        inputs: route.inputs.iter().map(tensor).collect(),
        outputs: route.outputs().map(tensor).collect(),
    }
}

fn configuration(route: &Route) -> ModelConfig {
    let data_type = |spec: &TensorSpec| DataType::from_str_name(config_type(spec.datatype)).unwrap_or_default().into();
    // With `max_batch_size` set, dimensions leave the rows out.
    let dims = |spec: &TensorSpec| spec.shape.iter().skip(1).map(|dimension| i64::from(*dimension)).collect();
    ModelConfig {
        name: route.name.clone(),
        platform: PLATFORM.to_owned(),
        max_batch_size: i32::try_from(batch_max(route)).unwrap_or(i32::MAX),
        input: route
            .inputs
            .iter()
            .map(|spec| ModelInput { name: spec.name.clone(), data_type: data_type(spec), dims: dims(spec) })
            .collect(),
        output: route.outputs().map(|spec| ModelOutput { name: spec.name.clone(), data_type: data_type(spec), dims: dims(spec) }).collect(),
        backend: "charter".to_owned(),
    }
}

fn index(surface: &Surface, asked: &RepositoryIndexRequest) -> RepositoryIndexResponse {
    let routes = surface.runtime.plan().routes.iter().map(|route| (route, surface.runtime.route_ready(route.id)));
    let models = routes
        .filter(|(_, ready)| *ready || !asked.ready)
        .map(|(route, ready)| {
            let (state, reason) = if ready { ("READY", "") } else { ("UNAVAILABLE", "no rung can answer") };
            ModelIndex { name: route.name.clone(), version: String::new(), state: state.to_owned(), reason: reason.to_owned() }
        })
        .collect();
    RepositoryIndexResponse { models }
}
