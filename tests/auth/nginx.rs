//! A real nginx with `auth_basic`.

use maypole::client::{Auth, Netrc};

use crate::peer::{Nginx, on_both};
use crate::{builder, client};

#[test]
fn a_real_server_lets_in_who_has_the_password() {
    let users = "J\u{E4}s:{PLAIN}p\u{E4} ss\u{20AC}\n";
    let files = [("index.html", "inside"), ("users", users)].map(|(name, text)| (name, text.as_bytes()));
    let guarded = "auth_basic \"in, side\"; auth_basic_user_file ROOT/www/users;";
    let Some(nginx) = Nginx::start(&files, "", guarded) else { return };
    let url = nginx.url("/");
    on_both(move || {
        let (user, password) = ("J\u{E4}s", "p\u{E4} ss\u{20AC}");
        let refused = client().get(&url).send().unwrap();
        assert_eq!(refused.status(), 401);
        assert_eq!(refused.headers().get("www-authenticate"), Some("Basic realm=\"in, side\""));
        assert_eq!(client().get(&url).basic_auth(user, "wrong").send().unwrap().status(), 401);
        assert_eq!(client().get(&url).basic_auth(user, password).send().unwrap().text().unwrap(), "inside");
        let any = builder().auth(Auth::any(user, password)).build().unwrap();
        for _ in 0..3 {
            assert_eq!(any.get(&url).send().unwrap().text().unwrap(), "inside");
        }
        assert_eq!(client().get(&url).digest_auth(user, password).send().unwrap().status(), 401);
        let with_user = url.replace("http://", "http://J%C3%A4s:p%C3%A4%20ss%E2%82%AC@");
        assert_eq!(client().get(with_user).send().unwrap().text().unwrap(), "inside");
        let netrc = Netrc::parse(format!("machine 127.0.0.1 login {user} password \"{password}\"")).unwrap();
        let netrc = builder().netrc(netrc).build().unwrap();
        assert_eq!(netrc.get(&url).send().unwrap().text().unwrap(), "inside");
    });
}
