//! What is shown of a charter: the site and its diagrams, exports to other tools' formats, and text for terminals.
//!
//! | room | what is in it |
//! |---|---|
//! | [`site`] | pages that work offline, from a folder, on a phone and on paper |
//! | [`diagram`] | pictures as SVG, laid out here |
//! | [`c4`] | people, systems, containers, components, critical code, and the views that show them |
//! | [`export`] | other tools' formats: Structurizr, LikeC4, Mermaid, OpenSLO, k6, ODCS, CycloneDX, model cards, OSCAL, CALM, CSV |
//! | [`plot`] | the trade-off of a route and the tornado of a decision, as SVG |
//! | [`text`] | text for terminals: decisions, traces, gates, changes, trade-offs |
//!
//! Everything is made from the resolved charter, its evidence and a date; nothing here does I/O, and no figure is typed by hand.

pub mod c4;
pub mod diagram;
pub mod export;
pub mod plot;
pub mod site;
pub mod text;
