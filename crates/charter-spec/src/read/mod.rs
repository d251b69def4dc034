//! From the tree to typed sections, by the one definition of each.

#[macro_use]
mod section;
#[macro_use]
mod words;
