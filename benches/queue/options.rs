//! What the person at the terminal asked for.

use std::path::PathBuf;

pub(crate) struct Options {
    pub(crate) part: Option<String>,
    pub(crate) rounds: usize,
    pub(crate) scale: f64,
    pub(crate) json: Option<PathBuf>,
}

const USAGE: &str = "[--part memory|empty|workers|million] [--rounds N] [--scale F] [--json FILE]";

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self { part: None, rounds: 5, scale: 1.0, json: None };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{flag} needs a value"));
            match flag.as_str() {
                "--bench" => {} // cargo's own
                "--part" => options.part = Some(part(value()?)?),
                "--rounds" => options.rounds = number(flag, value()?, 1.0, 100.0)? as usize,
                "--scale" => options.scale = number(flag, value()?, 0.001, 4.0)?,
                "--json" => options.json = Some(PathBuf::from(value()?)),
                _ => return Err(format!("unknown argument {flag:?}; usage: {USAGE}")),
            }
        }
        Ok(options)
    }

    pub(crate) fn scaled(&self, jobs: u64) -> u64 {
        (jobs as f64 * self.scale) as u64
    }
}

fn part(name: &str) -> Result<String, String> {
    match ["memory", "empty", "workers", "million"].contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(format!("no part {name:?}; usage: {USAGE}")),
    }
}

fn number(flag: &str, text: &str, least: f64, most: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if (least..=most).contains(&n) => Ok(n),
        _ => Err(format!("{flag} takes a number from {least} to {most}, not {text:?}")),
    }
}
