//! The seven choices.

use super::{Fact, facts};
use charter_spec::ast::DecisionKind;

/// A choice that every system with models makes, knowingly or not.
pub struct Choice {
    pub kind: DecisionKind,
    pub question: &'static str,
    /// What mostly decides it.
    pub decides: &'static str,
    pub alternatives: &'static [Alternative],
}

/// One way to choose.
pub struct Alternative {
    /// How the ids of such options begin.
    pub word: &'static str,
    /// What is had from it.
    pub gives: &'static str,
    /// What is given up for it.
    pub costs: &'static str,
    /// What a charter that chose it shows.
    pub facts: &'static [Fact],
}

impl Choice {
    /// The choice of a kind.
    pub fn of(kind: DecisionKind) -> Option<&'static Self> {
        CHOICES.iter().find(|choice| choice.kind == kind)
    }

    /// The alternative that an option is: its id is the word, or begins with it and `-`.
    pub fn alternative(&self, option: &str) -> Option<&Alternative> {
        let is = |word: &str| option.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'));
        self.alternatives.iter().filter(|alternative| is(alternative.word)).max_by_key(|alternative| alternative.word.len())
    }
}

/// Every choice, in the order of the language.
pub const CHOICES: &[Choice] = &[
    Choice {
        kind: DecisionKind::SyncOrAsync,
        question: "Does the caller wait for the answer?",
        decides: "whether someone waits, and whether bursts are above what can be paid for",
        alternatives: &[
            Alternative {
                word: "sync",
                gives: "the answer in the call; the caller knows at once when there is none",
                costs: "capacity for the peak, and a budget for every millisecond on the way",
                facts: &[Fact {
                    words: "a scenario promises a percentile of the latency",
                    help: "`measure: p99(latency) < 200ms`, with `under:`",
                    local: false,
                    holds: facts::latency_is_promised,
                }],
            },
            Alternative {
                word: "async",
                gives: "an immediate 202, bursts absorbed, workers that scale on the depth of the queue",
                costs: "results come later: the client polls or takes a webhook, and results are kept somewhere",
                facts: &[
                    Fact {
                        words: "a queue has its wait and drain, which make its depth",
                        help: "`capacity: { queues: { scoring: { wait: 5s, drain: 200/s } } }`",
                        local: false,
                        holds: facts::queue_is_sized,
                    },
                    Fact {
                        words: "a scenario promises how long an event may wait",
                        help: "`measure: p99(queue.wait) < 5s`",
                        local: false,
                        holds: facts::waiting_is_promised,
                    },
                ],
            },
        ],
    },
    Choice {
        kind: DecisionKind::EmbeddedOrService,
        question: "Does the model run inside the application, or as a service beside it?",
        decides: "the hop, who releases, and whether the model fits the machine",
        alternatives: &[
            Alternative {
                word: "embedded",
                gives: "no hop and no second service",
                costs: "the model is released with the application, and shares its memory and its fate",
                facts: &[Fact {
                    words: "memory of model and device is stated, or a version is a file that runs here",
                    help: "`versions: { v2: { onnx: models/v2.onnx } }`, or `capacity: { MODEL: { model: 120MB, memory: 2GB } }`",
                    local: true,
                    holds: facts::model_is_at_hand,
                }],
            },
            Alternative {
                word: "service",
                gives: "models are released, scaled and shared apart from applications",
                costs: "a hop, and a service that can be down",
                facts: &[
                    Fact {
                        words: "a latency budget has a stage in which the model is asked",
                        help: "`stages: { inference: { budget: 80ms, calls: model } }`",
                        local: false,
                        holds: facts::inference_is_budgeted,
                    },
                    Fact {
                        words: "something answers when the service does not",
                        help: "a `ladder` in the route, or under `degradation`",
                        local: false,
                        holds: facts::there_are_ladders,
                    },
                ],
            },
        ],
    },
    Choice {
        kind: DecisionKind::PrecomputedOrOnTheFly,
        question: "Are features there before the call, or made for it?",
        decides: "how old a value may be, and how many of those computed are ever read",
        alternatives: &[
            Alternative {
                word: "precomputed",
                gives: "a look-up instead of a computation on the way to the answer",
                costs: "values age, and many are computed that nobody reads",
                facts: &[Fact {
                    words: "every feature says how old it may be",
                    help: "`features: { …: { every: 15min, freshness: 1h } }`",
                    local: false,
                    holds: facts::features_state_their_age,
                }],
            },
            Alternative {
                word: "on-the-fly",
                gives: "values of this moment, and only those that are needed",
                costs: "their time is part of every answer",
                facts: &[Fact {
                    words: "a latency budget has a stage for features",
                    help: "`stages: { features: 15ms }`",
                    local: false,
                    holds: facts::features_are_budgeted,
                }],
            },
        ],
    },
    Choice {
        kind: DecisionKind::TrainingPlace,
        question: "Where are models trained?",
        decides: "where the data may be, and who has accelerators",
        alternatives: &[
            Alternative {
                word: "own",
                gives: "data stay, and the cost is known",
                costs: "accelerators that stand idle between runs, and people to run them",
                facts: &[Fact {
                    words: "every data set says where it lies",
                    help: "`data: { …: { region: eu-central-1 } }`",
                    local: false,
                    holds: facts::data_state_their_region,
                }],
            },
            Alternative {
                word: "managed",
                gives: "accelerators by the hour, and no cluster to run",
                costs: "data leave, a bill that grows with every trial, and a provider that binds",
                facts: &[
                    Fact {
                        words: "every data set says where it lies",
                        help: "`data: { …: { region: eu-central-1 } }`",
                        local: false,
                        holds: facts::data_state_their_region,
                    },
                    Fact {
                        words: "a provider or dependency that processes personal data has an agreement",
                        help: "`processor_agreement: DPA-2026-07`",
                        local: false,
                        holds: facts::someone_has_an_agreement,
                    },
                ],
            },
            Alternative {
                word: "edge",
                gives: "data never leave the device",
                costs: "little power, and models that differ from device to device",
                facts: &[Fact {
                    words: "memory of model and device is stated",
                    help: "`capacity: { MODEL: { model: 120MB, memory: 2GB } }`",
                    local: true,
                    holds: facts::memory_is_stated,
                }],
            },
            Alternative {
                word: "nowhere",
                gives: "no training to run: models are bought, and steered by instructions and documents",
                costs: "the provider changes them, and everybody else has them too",
                facts: &[Fact {
                    words: "a model has a version at a provider",
                    help: "`versions: { v1: { provider: …, model: … } }`",
                    local: false,
                    holds: facts::a_provider_runs_a_model,
                }],
            },
        ],
    },
    Choice {
        kind: DecisionKind::StatelessOrSessions,
        question: "Is anything remembered between two calls?",
        decides: "whether an answer depends on the one before, and who may keep it",
        alternatives: &[
            Alternative {
                word: "stateless",
                gives: "any replica answers any call; replicas come and go",
                costs: "what matters of the past is sent with every call, or read from features",
                facts: &[Fact {
                    words: "replicas are interchangeable: nothing that calls need is kept beside a route (a dependency of kind `lookup` is declared hard or has a ladder)",
                    help: "`hard: true`, or a ladder under `degradation`",
                    local: false,
                    holds: facts::lookups_are_decided,
                }],
            },
            Alternative {
                word: "sessions",
                gives: "conversations and sequences without sending them again",
                costs: "a store that every replica shares, with an end, a size and a ladder of its own",
                facts: &[
                    Fact {
                        words: "a dependency of kind `lookup` keeps them",
                        help: "`dependencies: { sessions: { kind: lookup, via: redis, slo: 99.9% } }`",
                        local: false,
                        holds: facts::something_is_looked_up,
                    },
                    Fact {
                        words: "what happens when it is not there is decided",
                        help: "`hard: true`, or a ladder under `degradation`",
                        local: false,
                        holds: facts::lookups_are_decided,
                    },
                ],
            },
        ],
    },
    Choice {
        kind: DecisionKind::PipelineEnsembleOrCascade,
        question: "How do several models make one answer?",
        decides: "how latency and cost add up, and which errors cancel out",
        alternatives: &[
            Alternative {
                word: "single",
                gives: "one model to understand, to version and to blame",
                costs: "its errors are the answer's errors",
                facts: &[],
            },
            Alternative {
                word: "pipeline",
                gives: "each step does one thing, and can be looked at",
                costs: "times add up, and errors go on from step to step",
                facts: &[Fact {
                    words: "a route has steps in order, or a stage of a budget has serial parts",
                    help: "a node `sequence: […]`, or `stages: { inference: { serial: { retrieve: 20ms, rank: 60ms } } }`",
                    local: false,
                    holds: facts::there_is_a_pipeline,
                }],
            },
            Alternative {
                word: "ensemble",
                gives: "errors of single models cancel out",
                costs: "every call pays for all of them, and waits for the slowest or for a quorum",
                facts: &[Fact {
                    words: "a route asks its members at once, or a stage of a budget has parallel parts",
                    help: "a node `ensemble: {…}`, or `stages: { inference: { parallel: {…} } }`",
                    local: false,
                    holds: facts::there_is_an_ensemble,
                }],
            },
            Alternative {
                word: "cascade",
                gives: "cheap models answer most calls, good ones the rest",
                costs: "hard calls pay for both, and a threshold has to be watched",
                facts: &[Fact {
                    words: "a route has steps from cheap to good, or a stage of a budget is a cascade",
                    help: "a node `cascade: […]`, or `stages: { inference: { cascade: {…} } }`",
                    local: false,
                    holds: facts::there_is_a_cascade,
                }],
            },
        ],
    },
    Choice {
        kind: DecisionKind::PushOrPull,
        question: "Does the source send data, or does the system fetch them?",
        decides: "how fresh data must be, and who has to be up",
        alternatives: &[
            Alternative {
                word: "push",
                gives: "data as they happen, and nothing asked in vain",
                costs: "bursts come as they come, and duplicates and order must be handled",
                facts: &[Fact {
                    words: "a dependency is a stream or a queue",
                    help: "`dependencies: { events: { kind: stream, via: kafka } }`",
                    local: false,
                    holds: facts::something_streams,
                }],
            },
            Alternative {
                word: "pull",
                gives: "a load that the system chooses itself",
                costs: "data are as old as the interval",
                facts: &[Fact {
                    words: "an upstream dependency says how often it is fetched, or is asked when needed",
                    help: "`dependencies: { lake: { kind: batch, every: 1d } }`",
                    local: false,
                    holds: facts::something_is_fetched,
                }],
            },
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::{CHOICES, Choice};
    use charter_spec::ast::DecisionKind;

    #[test]
    fn every_kind_is_a_choice_between_two_at_least() {
        for kind in DecisionKind::ALL {
            assert!(Choice::of(*kind).is_some_and(|choice| choice.alternatives.len() >= 2), "{kind}");
        }
        assert_eq!(CHOICES.len(), DecisionKind::ALL.len());
    }

    #[test]
    fn an_option_is_read_by_how_its_id_begins() {
        let choice = Choice::of(DecisionKind::SyncOrAsync).expect("a choice");
        assert_eq!(choice.alternative("async-webhook").map(|found| found.word), Some("async"));
        assert_eq!(choice.alternative("sync").map(|found| found.word), Some("sync"));
        assert!(choice.alternative("synchronous").is_none());
    }
}
