//! The one call that most programs need.

use ureq::Agent;
use ureq::config::Config;

use super::{connector::Connector, resolver::Resolver};

/// An agent whose calls wait without a thread when a coroutine makes them: `ureq::Agent::new_with_config` with another
/// way to the network.
///
/// ```
/// let config = ureq::Agent::config_builder().http_status_as_error(false).build();
/// let agent = maypole::compat::ureq::agent(config);
/// assert!(!agent.config().http_status_as_error());
/// ```
///
/// All options are ureq's, with ureq's defaults. For one that ureq does not have, such as an address to connect from or
/// a name server of one's own, see [`Connector::new`] and [`Resolver::new`].
pub fn agent(config: Config) -> Agent {
    Agent::with_parts(config, Connector::default(), Resolver::default())
}
