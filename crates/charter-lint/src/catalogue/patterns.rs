//! The seven patterns.

use super::{Fact, facts};
use charter_spec::ast::PatternKind;

/// A pattern with its trade-off.
pub struct PatternEntry {
    pub kind: PatternKind,
    /// What it is, as a sentence.
    pub what: &'static str,
    /// When it fits.
    pub fits: &'static str,
    /// What is had from it.
    pub gives: &'static str,
    /// What is given up for it; completes "usually:".
    pub costs: &'static str,
    /// How a charter shows that the price is known and paid.
    pub facts: &'static [Fact],
}

impl PatternEntry {
    /// The entry of a kind; `None` for `other`.
    pub fn of(kind: PatternKind) -> Option<&'static Self> {
        PATTERNS.iter().find(|entry| entry.kind == kind)
    }
}

/// Every pattern, in the order of the language.
pub const PATTERNS: &[PatternEntry] = &[
    PatternEntry {
        kind: PatternKind::ModelServices,
        what: "Each model is a service of its own behind a network interface.",
        fits: "several models that change, scale or fail at different times; teams that release on their own",
        gives: "models are deployed, scaled and replaced one by one, each in the framework that it was made with",
        costs: "a network hop and one more service to run for each model",
        facts: &[
            Fact {
                words: "a latency budget has a stage in which the model is asked, so that the hop is paid for",
                help: "`latency: { …: { stages: { inference: { budget: 80ms, calls: model } } } }`",
                local: false,
                holds: facts::inference_is_budgeted,
            },
            Fact {
                words: "each model is sized, itself or through its route",
                help: "`capacity: { MODEL: { throughput: 200 rps/replica, device: cpu } }`",
                local: true,
                holds: facts::every_model_is_sized,
            },
        ],
    },
    PatternEntry {
        kind: PatternKind::EventDriven,
        what: "Models answer events: producers write to a queue or stream, workers read from it, and results come later.",
        fits: "producers that need not wait, bursts above what workers can do, work that may be done again",
        gives: "bursts are absorbed, producers and workers fail and scale apart, events can be played again",
        costs: "answers come later, and order and duplicates must be handled",
        facts: &[
            Fact {
                words: "a queue has its wait and drain, which make its depth",
                help: "`capacity: { queues: { scoring: { wait: 5s, drain: 200/s } } }`",
                local: false,
                holds: facts::queue_is_sized,
            },
            Fact {
                words: "a dependency is a stream or a queue",
                help: "`dependencies: { events: { kind: stream, via: kafka } }`",
                local: false,
                holds: facts::something_streams,
            },
            Fact {
                words: "a scenario promises how long an event may wait: `queue.wait`, `freshness` or the latency end to end",
                help: "`measure: p99(queue.wait) < 5s`",
                local: false,
                holds: facts::waiting_is_promised,
            },
            Fact {
                words: "a risk or a control says what becomes of a duplicate",
                help: "a control such as `idempotency: { enforce: [deduplicate-by-event-id] }`, or a risk about duplicates",
                local: false,
                holds: facts::duplicates_are_considered,
            },
        ],
    },
    PatternEntry {
        kind: PatternKind::Lambda,
        what: "A batch path that is complete and a speed path that is fresh feed the same answers.",
        fits: "features or scores that need long history and the last minutes",
        gives: "history and freshness at once, and a way to put right what the speed path got wrong",
        costs: "the same logic twice, in batch and in stream, which drift apart",
        facts: &[
            Fact {
                words: "both paths are there: an upstream batch and an upstream stream",
                help: "`dependencies: { lake: { kind: batch, every: 1d }, events: { kind: stream } }`",
                local: false,
                holds: facts::both_paths_are_there,
            },
            Fact {
                words: "something measures how far the two paths agree",
                help: "`measure: agreement(batch, speed) >= 99%`, in a scenario or a layer of assurance",
                local: false,
                holds: facts::paths_are_compared,
            },
        ],
    },
    PatternEntry {
        kind: PatternKind::FeaturePlatform,
        what: "Features are computed once, kept in one place, and read by training and serving alike.",
        fits: "several models that read the same facts; training and serving that must see the same values",
        gives: "one definition for training and serving, shared work, values as they were at the time",
        costs: "a platform to run, and everyone depends on it",
        facts: &[
            Fact {
                words: "features are declared",
                help: "`features: { card-velocity: { from: [events], entity: card, type: FP32 } }`",
                local: false,
                holds: facts::features_are_declared,
            },
            Fact {
                words: "every feature says how old it may be",
                help: "`freshness: 5s`",
                local: false,
                holds: facts::every_feature_is_fresh,
            },
            Fact {
                words: "every feature that is read live has a cached value or a default below it",
                help: "`serve: { live: feature-store, cached: 1h, default: \"0\" }`",
                local: false,
                holds: facts::every_feature_has_a_ladder,
            },
        ],
    },
    PatternEntry {
        kind: PatternKind::Gateway,
        what: "One gateway stands before all models and decides which of them answers: A/B, canary, several at once.",
        fits: "versions that come in step by step, callers that should not know versions, rules that hold for all models",
        gives: "canaries, experiments, quotas and ladders in one place, the same for every model",
        costs: "one more hop, and a part that everything passes",
        facts: &[
            Fact {
                words: "a latency budget has a stage for the gateway",
                help: "`stages: { gateway: 10ms }`",
                local: false,
                holds: facts::gateway_is_budgeted,
            },
            Fact {
                words: "the gateway outlives a zone",
                help: "`capacity: { zones: 3, safety: 1.75 }`",
                local: false,
                holds: facts::there_are_zones,
            },
            Fact {
                words: "routing is used: a rollout, an experiment, a split or a ladder",
                help: "`rollouts:`, `experiments:`, or a node `split` or `ladder` in a route",
                local: false,
                holds: facts::routing_is_used,
            },
        ],
    },
    PatternEntry {
        kind: PatternKind::Sidecar,
        what: "The model runs beside the application, on the same machine or device.",
        fits: "edge devices, no or poor network, answers within a few milliseconds, data that must not leave the device",
        gives: "no network on the way to an answer, and it works without one",
        costs: "a copy of the model with each application, and slower updates",
        facts: &[
            Fact {
                words: "model + batch × item + overhead is stated beside the memory of the device",
                help: "`capacity: { MODEL: { model: 120MB, item: 4MB, overhead: 300MB, memory: 2GB } }`",
                local: true,
                holds: facts::memory_is_stated,
            },
            Fact {
                words: "the largest file that the device takes is stated, and the size of every version",
                help: "`capacity: { MODEL: { size_max: 50MB } }`, `versions: { v2: { size: 22MB } }`",
                local: true,
                holds: facts::files_are_limited,
            },
            Fact {
                words: "new versions come to a share of the copies first",
                help: "a `rollouts:` entry, or a layer of assurance with `traffic: 5%`",
                local: false,
                holds: facts::versions_come_in_steps,
            },
            Fact {
                words: "the last rung needs nothing outside the device",
                help: "end the ladder with a rule, a table or something static",
                local: true,
                holds: facts::last_rung_stands_alone,
            },
        ],
    },
    PatternEntry {
        kind: PatternKind::Rag,
        what: "A language model answers from documents that are looked up for each question.",
        fits: "answers that must be current and say where they come from; knowledge that changes faster than models are trained",
        gives: "answers with sources, from documents that can be changed, or withdrawn, without training",
        costs: "answers are as good as what is retrieved, and take longer",
        facts: &[
            Fact {
                words: "what is retrieved from has a contract, and says how old it may be",
                help: "`dependencies: { index: { kind: query, every: 6h, freshness: 24h, contract: contracts/index.odcs.yaml } }`",
                local: false,
                holds: facts::source_has_a_contract,
            },
            Fact {
                words: "a scenario measures whether answers rest on what was retrieved",
                help: "`measure: groundedness >= 97%`, or `faithfulness`",
                local: false,
                holds: facts::grounding_is_measured,
            },
            Fact {
                words: "a risk of prompt injection is mitigated: what is retrieved is text that someone wrote",
                help: "`risks: { injected: { kind: prompt-injection, mitigate: […] } }`",
                local: false,
                holds: facts::injection_is_mitigated,
            },
            Fact {
                words: "the last rung answers without retrieval",
                help: "end the ladder with a template",
                local: true,
                holds: facts::last_rung_stands_alone,
            },
        ],
    },
];
