//! A status as an error that keeps its response.

use super::response::Response;
use crate::error::{Error, Kind};

impl Error {
    /// Takes the response out of a status error, with its body still to be read.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(404, [], "not here")
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// let error = client.get("http://127.0.0.1:8080/missing").send()?.error_for_status().unwrap_err();
    /// assert_eq!(error.to_string(), "status 404 (http://127.0.0.1:8080/missing)");
    /// let page = error.take_response().unwrap().text()?;
    /// assert_eq!(page, "not here");
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn take_response(&self) -> Option<Response> {
        self.take_payload()?.downcast().ok().map(|response| *response)
    }
}

impl Response {
    /// The response, if its status is below 400.
    ///
    /// # Errors
    /// [`Kind::Status`], which holds the response: [`Error::take_response`] gives it back.
    #[doc(alias = "raise_for_status")]
    #[doc(alias = "BadStatusCode")]
    pub fn error_for_status(mut self) -> Result<Self, Error> {
        if self.status() < 400 {
            return Ok(self);
        }
        let reason = self.reason().map(|reason| format!(" {reason}")).unwrap_or_default();
        let error = Error::new(Kind::Status, format!("status {}{reason}", self.status()));
        let error = error.with_url(self.url().without_userinfo()).with_attempts(self.attempts());
        let error = match self.answer.given_up.take() {
            Some(given_up) => given_up.explain(error),
            None => error,
        };
        Err(error.with_payload(Box::new(self)))
    }

    /// The response, if it has a body of at least a byte, once decoded; waits for that byte.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [], ())
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// let response = client.get("http://127.0.0.1:8080/report").send()?.error_for_status()?;
    /// assert_eq!(response.error_for_empty().unwrap_err().kind(), maypole::error::Kind::Decode);
    /// # Ok::<(), maypole::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Kind::Decode`] for an empty body, with the response in it as with [`error_for_status`](Self::error_for_status);
    /// those of reading.
    #[doc(alias = "EmptyResponse")]
    pub fn error_for_empty(mut self) -> Result<Self, Error> {
        if !self.answer.flow.fill_buf()?.is_empty() {
            return Ok(self);
        }
        let error = Error::new(Kind::Decode, "the body is empty").with_url(self.url().without_userinfo());
        Err(error.with_payload(Box::new(self)))
    }
}
