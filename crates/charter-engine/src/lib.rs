//! Runs a plan: phases, nodes, guards, reload.
