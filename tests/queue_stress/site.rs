//! What answers: at once, a little later, or not.

use std::sync::Mutex;
use std::time::Duration;

use maypole::client::{Inbound, Outbound, Transport};
use maypole::error::{Error, Kind};
use maypole::rt;

use crate::dice::Dice;

pub(crate) struct Site(pub(crate) Mutex<Dice>);

impl Transport for Site {
    fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
        let (what, micros) = {
            let mut dice = self.0.lock().unwrap();
            (dice.below(10), dice.below(3_000))
        };
        match what {
            0 => return Err(Error::new(Kind::Protocol, "on purpose")),
            1..4 => rt::sleep(Duration::from_micros(micros)),
            4 => rt::yield_io(),
            _ => {}
        }
        Inbound::new(200, [], "hello")
    }
}
