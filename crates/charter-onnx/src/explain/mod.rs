//! Why a tree ensemble gave a score: exact attributions of single rows to features.
//!
//! | file | what is in it |
//! |---|---|
//! | `ensemble` | the trees of a model file, and how many known rows came through each node |
//! | `path` | the weights of feature subsets along one way from the root |
//! | `tables` | the same worked out beforehand, for rows to look up |
//! | `origin` | which model input a column of the trees comes from |
//!
//! What is told to whom does not belong here.

mod ensemble;
mod origin;
mod path;
mod tables;

pub use ensemble::{DEPTH_MAX, ExplainError, TreeExplainer};
