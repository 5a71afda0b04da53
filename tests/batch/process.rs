//! aquests' own calls, on the batch of the process; the only test here that uses it.

use std::collections::BTreeSet;

use maypole::queue::batch::{NullLogger, aquests};

use crate::site::{Kept, Site};

#[test]
fn q157_a_second_configure_loses_nothing() {
    let (site, kept) = (Site::echo(), Kept::default());
    let (first, second) = (kept.clone(), kept.clone());
    aquests::configure(|options| options.workers(1).logger(NullLogger).on_response(first.callback())).unwrap();
    for n in 0..3 {
        aquests::get(site.url(&format!("/{n}"))).unwrap().queue().unwrap();
    }
    aquests::configure(|options| options.workers(2).logger(NullLogger).on_response(second.callback())).unwrap();
    aquests::post_form(site.url("/3"), [("a", "1")]).unwrap().queue().unwrap();
    aquests::put_json(site.url("/4"), &[1]).unwrap().queue().unwrap();
    aquests::patch_xml(site.url("/5"), "<a/>").unwrap().queue().unwrap();
    let report = aquests::fetch_all().unwrap();
    assert_eq!((report.requests, report.statuses[&200], report.failed()), (6, 6, 0));
    let ids: BTreeSet<_> = kept.take().iter().map(|outcome| (outcome.req_id(), outcome.text())).collect();
    assert_eq!(ids, (0..6).map(|n| (n, format!("/{n}"))).collect());
    aquests::delete(site.url("/6")).unwrap().queue().unwrap();
    assert_eq!(aquests::fetch_all().unwrap().requests, 1);
    assert_eq!(kept.one().req_id(), 6, "numbers count on");
    assert!(aquests::configure(|options| options.workers(0)).is_err());
    aquests::get(site.url("/7")).unwrap().queue().unwrap();
    assert_eq!((aquests::fetch_all().unwrap().requests, kept.one().req_id()), (1, 7), "the options from before stay");
    aquests::current().unwrap().client().close();
    site.server.wait_open(0);
}
