//! What the person at the terminal asked for.

use std::path::PathBuf;

use crate::scenarios;

pub(crate) struct Options {
    pub(crate) list: bool,
    /// Empty: all of them.
    pub(crate) scenarios: Vec<String>,
    /// Empty: all that are found.
    pub(crate) contenders: Vec<String>,
    pub(crate) rounds: usize,
    pub(crate) scale: f64,
    pub(crate) json: Option<PathBuf>,
    /// The chapter whose tables are to be those of this run.
    pub(crate) markdown: Option<PathBuf>,
    /// A run that was saved as JSON, in place of a new one.
    pub(crate) report: Option<PathBuf>,
    /// What the chapter quotes as the command that repeats the run.
    pub(crate) command: String,
}

const USAGE: &str = "[--scenario NAME]... [--contender NAME]... [--rounds N] [--scale F] [--json FILE] \
     [--markdown CHAPTER] [--report JSON] [--list]";

impl Options {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Self {
            list: false,
            scenarios: vec![],
            contenders: vec![],
            rounds: 5,
            scale: 1.0,
            json: None,
            markdown: None,
            report: None,
            command: command(arguments),
        };
        let mut rest = arguments.iter();
        while let Some(flag) = rest.next() {
            let mut value = || rest.next().ok_or_else(|| format!("{flag} needs a value"));
            match flag.as_str() {
                "--bench" => {} // cargo's own
                "--list" => options.list = true,
                "--scenario" => options.scenarios.push(known(value()?)?),
                "--contender" => options.contenders.push(value()?.clone()),
                "--rounds" => options.rounds = number(flag, value()?, 1.0, 1000.0)? as usize,
                "--scale" => options.scale = number(flag, value()?, 0.001, 100.0)?,
                "--json" => options.json = Some(PathBuf::from(value()?)),
                "--markdown" => options.markdown = Some(PathBuf::from(value()?)),
                "--report" => options.report = Some(PathBuf::from(value()?)),
                _ => return Err(format!("unknown argument {flag:?}; usage: {USAGE}")),
            }
        }
        Ok(options)
    }

    pub(crate) fn wants_scenario(&self, name: &str) -> bool {
        self.scenarios.is_empty() || self.scenarios.iter().any(|wanted| wanted == name)
    }

    pub(crate) fn wants_contender(&self, name: &str) -> bool {
        self.contenders.is_empty() || self.contenders.iter().any(|wanted| wanted == name)
    }
}

fn command(arguments: &[String]) -> String {
    let own: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--bench").collect();
    format!("cargo bench --features cli --bench peers -- {}", own.join(" "))
}

fn known(name: &str) -> Result<String, String> {
    let mut names: Vec<&str> = scenarios::ALL.iter().map(|case| case.scenario).collect();
    names.dedup();
    match names.contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(format!("no scenario {name:?}; there are {}", names.join(", "))),
    }
}

fn number(flag: &str, text: &str, least: f64, most: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(n) if (least..=most).contains(&n) => Ok(n),
        _ => Err(format!("{flag} takes a number from {least} to {most}, not {text:?}")),
    }
}
