//! A real nginx with `auth_basic`.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use maypole::client::{Auth, Netrc};

use crate::peer::{on_both, wait_until};
use crate::{builder, client};

struct Nginx {
    child: Child,
    _dir: tempfile::TempDir,
    port: u16,
}

impl Nginx {
    /// `None` where nginx is not installed, which is said, and is a failure where nothing may be skipped.
    fn start() -> Option<Self> {
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
            Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        });
        let Some(program) = program else {
            assert!(std::env::var_os("MAYPOLE_NO_SKIP").is_none(), "nginx is not installed");
            eprintln!("SKIPPED: nginx is not installed (apt-get install nginx)");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().display();
        fs::create_dir(dir.path().join("www")).unwrap();
        fs::write(dir.path().join("www/index.html"), "inside").unwrap();
        fs::write(dir.path().join("users"), "J\u{E4}s:{PLAIN}p\u{E4} ss\u{20AC}\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "daemon off; worker_processes 1; pid {root}/pid; error_log {root}/error.log; events {{ }}
             http {{ access_log off; client_body_temp_path {root}/b; proxy_temp_path {root}/p;
               fastcgi_temp_path {root}/f; uwsgi_temp_path {root}/u; scgi_temp_path {root}/s;
               server {{ listen 127.0.0.1:{port}; root {root}/www;
                 auth_basic \"in, side\"; auth_basic_user_file {root}/users; }} }}"
        );
        fs::write(dir.path().join("nginx.conf"), config).unwrap();
        // Its worker is another user, who must get to the files.
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let child =
            Command::new(program).arg("-c").arg(dir.path().join("nginx.conf")).stderr(Stdio::null()).spawn().unwrap();
        wait_until("nginx listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(Self { child, _dir: dir, port })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its master ends the workers only when it is asked to.
        let quit = Command::new("kill").arg(self.child.id().to_string()).status();
        if !quit.is_ok_and(|status| status.success()) {
            self.child.kill().ok();
        }
        self.child.wait().ok();
    }
}

#[test]
fn a_real_server_lets_in_who_has_the_password() {
    let Some(nginx) = Nginx::start() else { return };
    let port = nginx.port;
    on_both(move || {
        let url = format!("http://127.0.0.1:{port}/");
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
        let with_user = url.replace("127", "J%C3%A4s:p%C3%A4%20ss%E2%82%AC@127");
        assert_eq!(client().get(with_user).send().unwrap().text().unwrap(), "inside");
        let netrc = Netrc::parse(format!("machine 127.0.0.1 login {user} password \"{password}\"")).unwrap();
        let netrc = builder().netrc(netrc).build().unwrap();
        assert_eq!(netrc.get(&url).send().unwrap().text().unwrap(), "inside");
    });
}
