//! `maypole fetch`: what comes out for what goes in, what servers see of it, and what a kill leaves.
#![cfg(feature = "cli")]

#[path = "../cli_support/mod.rs"]
mod cli_support;
mod input;
mod output;
mod pace;
mod requests;
#[path = "../peer/mod.rs"]
mod scripted;
mod site;
mod state;
mod stops;
mod usage;
