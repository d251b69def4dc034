//! From document to plan: resolution, arithmetic, compilation.
