//! What every connection asks for, again and again.

use bytes::Bytes;
use maypole::HttpClient;
use maypole::error::{Error, Kind};
use maypole::load::{Sample, Scenario, Turn};
use maypole::message::{Headers, Method, Request, Url};

use super::args::Plan;

/// One request, sent anew in each iteration.
pub(super) struct Target {
    client: HttpClient,
    method: String,
    url: Url,
    body: Option<Bytes>,
}

impl Target {
    pub(super) fn new(plan: &Plan, url: Url, client: HttpClient) -> Self {
        Self { client, method: plan.method.clone(), url, body: plan.body.clone() }
    }
}

impl Scenario for Target {
    fn run(&self, _: &mut Turn<'_>) -> Result<Sample, Error> {
        let mut request = self.client.request(&self.method, &self.url);
        if let Some(body) = &self.body {
            request = request.body(body.clone());
        }
        Sample::of(request.send()?)
    }
}

/// Puts one request together to see that it can be: what is wrong with it is told before anything is sent.
pub(super) fn check(plan: &Plan, url: &str) -> Result<Url, Error> {
    let url = Url::parse(url)?;
    if url.credentials().is_some() {
        let what = "the URL has a user name; give an Authorization header with -H instead";
        return Err(Error::new(Kind::InvalidUrl, what));
    }
    let mut request = Request::new(Method::new(&plan.method)?, url.clone());
    for (name, value) in &plan.headers {
        request.append_header(name, value)?;
    }
    if let Some(body) = &plan.body {
        request.body = body.clone().into();
    }
    request.assemble(&Headers::new())?;
    Ok(url)
}
