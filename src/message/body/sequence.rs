//! Several bodies, one after the other.

use super::Body;
use super::source::{Pieces, Source};
use crate::error::Result;

struct Sequence {
    bodies: Vec<Body>,
    /// The one whose piece is shown.
    at: usize,
}

impl Body {
    /// The bytes of several bodies, one after the other, as parts of a message are. The length is known if all lengths
    /// are, and it can be sent again if all of them can. `Content-Type` is that of bytes unless set.
    ///
    /// ```
    /// use maypole::message::Body;
    /// let both = Body::sequence([Body::from("head"), Body::sized(std::io::repeat(0), 10)]);
    /// assert_eq!((both.length(), both.is_replayable()), (Some(14), false));
    /// ```
    pub fn sequence(bodies: impl IntoIterator<Item = Self>) -> Self {
        Self::octets(Source::Made(Box::new(Sequence { bodies: bodies.into_iter().collect(), at: 0 })))
    }
}

impl Pieces for Sequence {
    fn pull(&mut self) -> Result<bool> {
        while let Some(body) = self.bodies.get_mut(self.at) {
            if body.pull()? {
                return Ok(true);
            }
            self.at += 1;
        }
        Ok(false)
    }

    fn piece(&self) -> &[u8] {
        self.bodies.get(self.at).map_or(&[], Body::piece)
    }

    fn length(&self) -> Option<u64> {
        self.bodies.iter().try_fold(0_u64, |sum, body| sum.checked_add(body.length()?))
    }

    fn is_replayable(&self) -> bool {
        self.bodies.iter().all(Body::is_replayable)
    }

    fn rewind(&mut self) -> Result<bool> {
        for body in &mut self.bodies {
            if !body.rewind()? {
                return Ok(false);
            }
        }
        self.at = 0;
        Ok(true)
    }

    fn needs_room(&self) -> bool {
        self.bodies.iter().any(Body::needs_room)
    }

    fn prepare(&mut self) {
        self.bodies.iter_mut().for_each(Body::prepare);
    }
}
