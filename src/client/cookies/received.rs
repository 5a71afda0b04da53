//! The cookies of one response.

use std::time::SystemTime;

use super::accept::{Place, read};
use super::caps::Caps;
use super::cookie::Cookie;
use super::set_cookie::SetCookie;
use crate::client::Response;

impl Response {
    /// The cookies of its `Set-Cookie` lines, in order, with what a line leaves out taken from the URL.
    ///
    /// This is what the server said, with or without a jar: also a cookie that a jar would refuse, and one whose expiry
    /// is in the past, which is how a server removes one. Lines that are no cookie, or not UTF-8, are passed over.
    ///
    /// ```
    /// # use maypole::client::{Inbound, Outbound, Transport};
    /// # struct Site;
    /// # impl Transport for Site {
    /// #     fn exchange(&self, _: Outbound<'_>) -> maypole::Result<Inbound> {
    /// #         Inbound::new(200, [("Set-Cookie", "session=5f3a; HttpOnly")], ())
    /// #     }
    /// # }
    /// # let client = maypole::HttpClient::builder().transport(Site).build()?;
    /// let response = client.get("http://127.0.0.1:8080/login").send()?;
    /// let session = response.cookies().find(|cookie| cookie.name() == "session").unwrap();
    /// assert_eq!((session.value(), session.is_http_only()), ("5f3a", true));
    /// # Ok::<(), maypole::Error>(())
    /// ```
    pub fn cookies(&self) -> impl Iterator<Item = Cookie> + '_ {
        let (caps, now) = (Caps::default(), SystemTime::now());
        let parsed = self.headers().get_all_bytes("Set-Cookie").filter_map(|line| SetCookie::parse(line).ok());
        parsed.map(move |line| read(&line, Place::of(self.url(), &caps), now, caps.lifetime))
    }
}
