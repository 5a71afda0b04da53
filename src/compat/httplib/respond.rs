//! From the request to its response.

use std::sync::{Arc, Weak};

use super::connection::{HttpConnection, State};
use super::error::{Error, Kind, Result};
use super::ongoing::Ongoing;
use super::place::Shelf;
use super::response::{Facts, HttpResponse};
use crate::wire::h1::Head;

impl HttpConnection {
    /// Waits for the answer to the request that was sent; interim answers (1xx) are passed over. The connection takes the
    /// next request when the response's body has been read to its end, at once if there is none.
    ///
    /// # Errors
    /// [`Kind::ResponseNotReady`] where no request was sent; [`Kind::BadStatusLine`], [`Kind::RemoteDisconnected`],
    /// [`Kind::UnknownProtocol`], [`Kind::UnknownTransferEncoding`], [`Kind::LineTooLong`], [`Kind::TooManyHeaders`],
    /// [`Kind::IncompleteRead`], [`Kind::Protocol`], [`Kind::Network`], [`Kind::Cancelled`]: the connection is then closed
    /// and another request can be begun. After [`Kind::Timeout`] the request is still on its way, and the call can be made
    /// once more.
    #[doc(alias = "getresponse")]
    pub fn get_response(&mut self) -> Result<HttpResponse> {
        let mut ongoing = match std::mem::replace(&mut self.state, State::Idle) {
            State::Sent(ongoing) => ongoing,
            other => return Err(self.not_ready(other)),
        };
        let head = match ongoing.receive() {
            Ok(head) => head,
            Err(error) => {
                let error = error.with_url(&self.way.url(&ongoing.target));
                if error.kind() == Kind::Timeout {
                    self.state = State::Sent(ongoing);
                }
                return Err(error);
            }
        };
        self.respond(ongoing, head)
    }

    // Outlined: what it needs must not lie on the stack while the head is waited for.
    #[inline(never)]
    fn respond(&mut self, ongoing: Box<Ongoing>, head: Head) -> Result<HttpResponse> {
        let url = self.way.url(&ongoing.target);
        let (method, info) = (ongoing.method.clone(), ongoing.info().clone());
        let (flow, closes) = ongoing.respond(&head).map_err(|error| error.with_url(&url))?;
        let shelf = Arc::new(Shelf::new(flow));
        // The last response of a connection is its own: another request gets another connection meanwhile.
        self.unread = if closes { Weak::new() } else { Arc::downgrade(&shelf) };
        Ok(HttpResponse::new(head, Facts { method, url, info, closes, limits: self.way.limits }, shelf))
    }

    fn not_ready(&mut self, state: State) -> Error {
        let what = match &state {
            State::Started(_) => "the head is not sent yet; call `end_headers` first",
            _ if self.is_unread() => "the response was given already; read it",
            _ => "no request was sent; call `request`, or `put_request` and `end_headers`, first",
        };
        self.state = state;
        Error::new(Kind::ResponseNotReady, what)
    }
}
