//! Pictures as SVG, without a browser and without a network: what is drawn is laid out here, and styled by the page around it.
//!
//! | room | what is in it |
//! |---|---|
//! | [`graph`] | boxes and arrows |
//! | [`layout`] | where they go: in layers, no box on a box, no arrow through a box |
//! | [`draw`] | a laid-out graph as SVG |
//! | [`waterfall`] [`ladder`] [`risks`] [`gantt`] [`bars`] [`tornado`] | pictures of one kind each |
//! | [`text`] | how wide text is, and where it breaks |
//!
//! What a picture shows is decided by the pages.

pub mod bars;
pub mod draw;
pub mod gantt;
pub mod graph;
pub mod ladder;
pub mod layout;
pub mod risks;
pub mod text;
pub mod tornado;
pub mod waterfall;

/// A coordinate as SVG takes it: tenths are finer than any screen, and keep files small.
pub(crate) fn px(value: f64) -> f64 {
    let rounded = (value * 10.0).round() / 10.0;
    // No minus zero.
    rounded + 0.0
}
