//! Paths through ureq for the tests of stacks.

use std::io::Read;
use std::time::Duration;

use ::ureq::tls::{Certificate, RootCerts, TlsConfig};
use ::ureq::{Agent, Proxy, SendBody};

use crate::{certs, plain, relay};

fn agent() -> Agent {
    maypole::compat::ureq::agent(Agent::config_builder().proxy(None).build())
}

fn all(agent: &Agent, base: &str) {
    for path in ["", "json", "lines", "large"] {
        let mut response = agent.get(format!("{base}/{path}")).header("Accept", "text/plain").call().unwrap();
        assert_eq!(response.status(), 200);
        assert!(response.body_mut().read_to_vec().unwrap().len() > 4);
    }
}

pub(crate) fn get() {
    all(&agent(), &format!("http://{}", plain::serve(None)));
}

pub(crate) fn post() {
    let url = format!("http://{}/echo", plain::serve(None));
    let mut large = std::io::repeat(b'x').take(300_000);
    let response = agent().post(&*url).send(SendBody::from_reader(&mut large)).unwrap();
    let mut echo = Vec::new();
    response.into_body().into_reader().read_to_end(&mut echo).unwrap();
    assert_eq!(echo.len(), 300_000);
    assert_eq!(agent().post(&*url).send("short").unwrap().body_mut().read_to_string().unwrap(), "short");
}

pub(crate) fn tls() {
    let certified = certs::good();
    let address = plain::serve(Some(&certified));
    let roots = RootCerts::new_with_certs(&[Certificate::from_pem(&certified.authority_pem).unwrap()]);
    let tls = TlsConfig::builder().root_certs(roots).build();
    let config = Agent::config_builder().proxy(None).tls_config(tls).timeout_global(Some(Duration::from_secs(20)));
    all(&maypole::compat::ureq::agent(config.build()), &format!("https://{address}"));
}

pub(crate) fn connect() {
    let address = plain::serve(None);
    let proxy = relay(address, &[(b"\r\n\r\n", 0, b"HTTP/1.1 200 Yes\r\n\r\n")]);
    let config = Agent::config_builder().proxy(Some(Proxy::new(&format!("http://{proxy}")).unwrap())).build();
    all(&maypole::compat::ureq::agent(config), &format!("http://{address}"));
}

pub(crate) fn fails() {
    let address = plain::serve(None);
    let quick = Agent::config_builder().proxy(None).timeout_recv_response(Some(Duration::from_millis(20))).build();
    let quick = maypole::compat::ureq::agent(quick);
    let (silent, short) = (format!("http://{address}/silent"), format!("http://{address}/short"));
    for url in ["http://127.0.0.1:1/", "http://no-such-host.invalid/", "nothing", &silent] {
        let error = quick.get(url).call().unwrap_err();
        assert!(!format!("{error} {error:?}").is_empty());
    }
    let cut = agent().get(short).call().unwrap().body_mut().read_to_vec().unwrap_err();
    assert!(!format!("{cut} {cut:?}").is_empty());
}
