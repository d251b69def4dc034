//! The document as types: one file a section, one definition for reader, schema and reference.
//!
//! Deriving figures, filling holes with defaults and judging what is written do not belong here.

mod access;
mod answer;
mod architecture;
mod capacity;
mod chaos;
mod combine;
mod compare;
mod constraints;
mod controls;
mod cost;
mod data;
mod decisions;
mod degradation;
mod dependencies;
mod experiments;
mod features;
mod flags;
mod latency;
mod lint;
mod load;
mod lookup;
mod models;
mod patterns;
mod protect;
mod providers;
mod quality;
mod risks;
mod roadmap;
mod rollouts;
mod routes;
mod spec;
mod stakeholders;
mod waivers;
mod words;

pub use access::{Access, AccessPolicy, Audit, AuditFailure, Identity, Limits, Quota, Tls};
pub use answer::{
    Answer, AnswerKind, ArmTerms, Canary, Expressions, FailMode, LadderNode, LookupNode, ModelNode, RuleNode, Rung, RungTerms,
    SequenceNode, SplitArm, SplitBy, SplitNode, StaticNode, StaticValues,
};
pub use architecture::{Architecture, C4Level, Component, Container, Person, Relation, View};
pub use capacity::{Capacity, Device, ModelCapacity, Queue, ScaleAction, ScaleTrigger, Storage, TriggerTime, TriggerWhen, Weekdays};
pub use chaos::{
    Chaos, ChaosAbort, ChaosAlert, ChaosExpect, ChaosExperiment, ChaosOpens, Fault, FaultDelay, FaultKind, NormalDelay, ParetoDelay,
};
pub use combine::{
    AnswerCache, CacheNode, CacheScope, CascadeNode, CascadeStep, CascadeTerms, Combine, CombineRule, EnsembleMember, EnsembleNode,
    MemberTerms, Shadow, ShadowNode,
};
pub use compare::{Compare, CompareAs, CompareOutput};
pub use constraints::{Constraint, Team};
pub use controls::{Control, Principle};
pub use cost::{Cost, UnitPrices};
pub use data::{DataSet, SplitMethod, TestSplit};
pub use decisions::{Consequence, Decision, DecisionKind, DecisionMode, DecisionOption, DecisionStatus, Revisit, Scores};
pub use degradation::{Degradation, DegradationDefaults, DegradationLadder, DegradationRung, RungMeans};
pub use dependencies::{DataClass, Dependency, DependencyKind, Direction};
pub use experiments::{Experiment, ExperimentArm};
pub use features::{Feature, FeatureServing};
pub use flags::{Flag, FlagRule};
pub use latency::{LatencyBudget, Stage};
pub use lint::{RuleSetting, RuleSeverity};
pub use load::Load;
pub use models::{AiAct, CostOfError, Explain, FeedbackLoop, Model, ModelVersion, Runtime, Task, Tokens};
pub use patterns::{Challenge, Pattern, PatternKind};
pub use protect::{Batch, Breaker, BreakerSettings, CallQueue, Concurrency, Hedge, Protect, Retry};
pub use providers::{Provider, ProviderKind, ProviderPrice};
pub use quality::{Attribute, LoadLevel, Scenario, Stimulus};
pub use risks::{Risk, RiskKind, RiskStatus};
pub use roadmap::{AssuranceLayer, OnBreach, Phase, PhaseBox, PhaseTask, TaskKind};
pub use rollouts::{Judge, OnInconclusive, Rollout, Starts};
pub use routes::{Decide, OutputTensor, Route, RouteAccess, Signature, TensorType};
pub use spec::{Resolution, Spec};
pub use stakeholders::Stakeholder;
pub use waivers::Waiver;
pub use words::{Level, Skill};
