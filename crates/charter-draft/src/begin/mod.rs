//! The first charter of a system, from answers to the questions that every set of requirements answers.
//!
//! A question says what its answer determines; an answer is read by the language's own reader, so that what is accepted here is accepted there. What is not
//! known stays open: the charter says so where the answer belongs, and `charter check` asks for it. No figure is made up.

mod answers;
mod bounds;
mod charter;
mod contract;
mod parts;
mod people;
mod proof;
mod quality;
mod question;
mod reasons;
mod request;
mod stages;

pub use answers::{Answers, OPEN};
pub use charter::{Begun, begin, waive};
pub(crate) use contract::{Column, contract};
pub use question::{Kind, QUESTIONS, Question, question};
