//! The cookies of a jar: put in, looked up, pushed out (RFC 6265bis §5.7 and §5.8.3). The time is an argument.

use std::collections::HashMap;
use std::time::SystemTime;

use super::accept::Place;
use super::caps::Caps;
use super::cookie::Cookie;
use super::refused::Refused;
use super::scope;

/// By [site](scope::site): a request looks at the cookies of its own site only, however many there are.
#[derive(Debug, Default)]
pub(super) struct Store {
    sites: HashMap<Box<str>, Vec<Kept>>,
    held: usize,
    /// Counts puts and sends, for the order of creation and of use: clocks jump and stand still.
    ticks: u64,
}

#[derive(Debug)]
struct Kept {
    cookie: Cookie,
    created: u64,
    used: u64,
}

impl Store {
    /// Takes a cookie, or removes the one of its name if its life is over. `secure` tells how it came.
    pub(super) fn put(&mut self, cookie: Cookie, secure: bool, now: SystemTime, caps: &Caps) -> Result<(), Refused> {
        let site = scope::site(&cookie.domain);
        let group = self.sites.get(site).map_or(&[][..], Vec::as_slice);
        if !secure && !cookie.secure && group.iter().any(|kept| is_shadowed(&cookie, &kept.cookie, now)) {
            return Err(Refused::LeaveSecureAlone);
        }
        self.ticks += 1;
        let tick = self.ticks;
        let before = group.iter().position(|kept| kept.cookie.is_same_as(&cookie));
        if cookie.is_over(now) {
            if let Some(at) = before {
                let site = site.to_owned();
                self.remove(&site, at);
            }
            return Ok(());
        }
        let site: Box<str> = site.into();
        let group = self.sites.entry(site.clone()).or_default();
        match before {
            // §5.7, step 23: it keeps its place in the order.
            Some(at) => (group[at].cookie, group[at].used) = (cookie, tick),
            None => {
                group.push(Kept { cookie, created: tick, used: tick });
                self.held += 1;
                self.make_room(&site, now, caps);
            }
        }
        Ok(())
    }

    /// What goes to this place, longest path first, then oldest first (RFC 6265bis §5.8.3).
    pub(super) fn matching(&self, to: Place<'_>, now: SystemTime) -> Vec<&Cookie> {
        let group = self.sites.get(scope::site(to.host)).map_or(&[][..], Vec::as_slice);
        self.sorted(group, to, now).into_iter().map(|at| &group[at].cookie).collect()
    }

    /// The value of a `Cookie` line for this place.
    pub(super) fn line(&mut self, to: Place<'_>, now: SystemTime, caps: &Caps) -> Option<String> {
        let site = scope::site(to.host);
        let order = self.sorted(self.sites.get(site)?, to, now);
        self.ticks += 1;
        let (group, mut line, mut sent) = (self.sites.get_mut(site)?, String::new(), 0);
        for at in order {
            let between = if line.is_empty() { "" } else { "; " };
            let length = "Cookie: ".len() + line.len() + between.len() + group[at].cookie.pair_bytes();
            if sent == caps.sent {
                break;
            }
            if length <= caps.line_bytes {
                line.push_str(between);
                group[at].cookie.pair(&mut line);
                group[at].used = self.ticks;
                sent += 1;
            }
        }
        (sent > 0).then_some(line)
    }

    fn sorted(&self, group: &[Kept], to: Place<'_>, now: SystemTime) -> Vec<usize> {
        let mut order: Vec<_> = (0..group.len()).filter(|&at| goes(&group[at].cookie, to, now)).collect();
        order.sort_unstable_by_key(|&at| (std::cmp::Reverse(group[at].cookie.path.len()), group[at].created));
        order
    }

    /// Every cookie that lives, oldest first.
    pub(super) fn all(&self, now: SystemTime) -> Vec<Cookie> {
        let mut all: Vec<_> = self.sites.values().flatten().filter(|kept| !kept.cookie.is_over(now)).collect();
        all.sort_unstable_by_key(|kept| kept.created);
        all.into_iter().map(|kept| kept.cookie.clone()).collect()
    }

    pub(super) fn len(&self, now: SystemTime) -> usize {
        self.sites.values().flatten().filter(|kept| !kept.cookie.is_over(now)).count()
    }

    /// Keeps what `keep` says.
    pub(super) fn retain(&mut self, keep: impl Fn(&Cookie) -> bool) {
        self.retain_kept(|kept| keep(&kept.cookie));
    }

    fn retain_kept(&mut self, keep: impl Fn(&Kept) -> bool) {
        self.sites.retain(|_, group| {
            group.retain(&keep);
            !group.is_empty()
        });
        self.held = self.sites.values().map(Vec::len).sum();
    }

    /// Removes the cookies of this name that would go to this place, and says how many.
    pub(super) fn forget(&mut self, to: Place<'_>, name: &str, now: SystemTime) -> usize {
        let Some(group) = self.sites.get_mut(scope::site(to.host)) else { return 0 };
        let before = group.len();
        group.retain(|kept| kept.cookie.name != name || !goes(&kept.cookie, to, now));
        let removed = before - group.len();
        self.held -= removed;
        self.forget_empty(scope::site(to.host));
        removed
    }

    fn remove(&mut self, site: &str, at: usize) {
        if let Some(group) = self.sites.get_mut(site) {
            group.remove(at);
            self.held -= 1;
        }
        self.forget_empty(site);
    }

    fn forget_empty(&mut self, site: &str) {
        if self.sites.get(site).is_some_and(Vec::is_empty) {
            self.sites.remove(site);
        }
    }

    /// RFC 6265bis §5.7: expired ones go first, then those of a site that has too many, then any.
    fn make_room(&mut self, site: &str, now: SystemTime, caps: &Caps) {
        if let Some(group) = self.sites.get_mut(site).filter(|group| group.len() > caps.per_site) {
            let before = group.len();
            group.retain(|kept| !kept.cookie.is_over(now));
            while group.len() > caps.per_site {
                // A plain http page, or another host of the site, cannot push out what only https could have set.
                let victim = (0..group.len()).min_by_key(|&at| (group[at].cookie.secure, group[at].used));
                group.remove(victim.unwrap_or_default());
            }
            self.held -= before - group.len();
            self.forget_empty(site);
        }
        if self.held > caps.total {
            self.retain(|cookie| !cookie.is_over(now));
            // A sixteenth at once: a crawler's jar is always full, and each new cookie would look at all the others.
            self.retain_used_last(caps.total - caps.total / 16);
        }
    }

    fn retain_used_last(&mut self, target: usize) {
        let mut ages: Vec<_> = self.sites.values().flatten().map(Kept::age).collect();
        let Some(last) = ages.len().checked_sub(target + 1) else { return };
        let (_, &mut last, _) = ages.select_nth_unstable(last);
        self.retain_kept(|kept| kept.age() > last);
    }
}

impl Kept {
    /// Smaller for what was used longer ago; no two are the same.
    fn age(&self) -> (u64, u64) {
        (self.used, self.created)
    }
}

fn goes(cookie: &Cookie, to: Place<'_>, now: SystemTime) -> bool {
    let host = if cookie.host_only { to.host == cookie.domain } else { scope::domain_matches(to.host, &cookie.domain) };
    host && (to.secure || !cookie.secure) && scope::path_matches(to.path, &cookie.path) && !cookie.is_over(now)
}

/// RFC 6265bis §5.7, step 16, "leave Secure cookies alone": whether `new`, which came by http, would stand before or in
/// place of a `Secure` cookie.
fn is_shadowed(new: &Cookie, old: &Cookie, now: SystemTime) -> bool {
    old.secure
        && !old.is_over(now)
        && old.name == new.name
        && (scope::domain_matches(&new.domain, &old.domain) || scope::domain_matches(&old.domain, &new.domain))
        && scope::path_matches(&new.path, &old.path)
}
