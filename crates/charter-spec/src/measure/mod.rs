//! The one grammar for every number that is promised: `p99(latency) < 200ms over 28d`.
//!
//! ```text
//! measure := term op value ['over' window] ['at' percent 'confidence'] ['by' dims]
//! term    := path | path '@' integer | fn '(' args ')' | name 'at' condition
//! args    := [arg {',' arg}] ; arg := term | term op value | term ('vs' | 'over') term
//! value   := quantity | path | '[' value {',' value} ']'
//! op      := '<' | '<=' | '>' | '>=' | '==' | '!=' | 'in'
//! ```
//!
//! Evaluating a measure does not belong here.

mod ast;
mod describe;
mod dimensions;
mod lexer;
mod metric;
mod parser;

pub use ast::{
    Argument, Comparison, Condition, Criterion, CriterionKind, Every, EveryState, Measure, Operator, Path, Proof, Subject, Term, TermKind,
    Value, ValueKind,
};
pub use dimensions::DimensionClash;
pub use metric::{METRICS, Metric, MetricDimension, metric, percentile};
pub use parser::{MeasureError, Position, parse_criterion, parse_measure};
