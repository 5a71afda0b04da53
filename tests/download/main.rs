//! Downloads on the wire: what is asked for, what becomes of the answers, and what is in the directory afterwards.

#[path = "../peer/mod.rs"]
mod peer;

mod begun;
mod names;
mod outcome;
mod pieces;
mod real;
mod resume;
mod site;
