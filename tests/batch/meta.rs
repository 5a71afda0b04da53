//! What a request carries along.

use maypole::error::Kind;
use maypole::queue::batch::Meta;

use crate::site::{Site, batch};

#[test]
fn q147_own_values_number_and_method() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    batch.get(site.url("/0")).meta("page", 7u32).meta("who", "ada".to_owned()).queue().unwrap();
    batch.post_form(site.url("/1"), [("a", "1")]).queue().unwrap();
    batch.fetch_all();
    let [first, second] = &kept.take()[..] else { panic!("two outcomes") };
    assert_eq!(first.meta().get::<u32>("page"), Some(&7));
    assert_eq!(first.meta().get::<String>("who").map(String::as_str), Some("ada"));
    assert_eq!(first.meta().get::<u64>("page"), None, "another type");
    assert_eq!((first.meta().req_id(), first.meta().req_method().unwrap().as_str()), (Some(0), "GET"));
    assert_eq!((second.meta().req_id(), second.meta().req_method().unwrap().as_str()), (Some(1), "POST"));
    assert_eq!(first.meta().keys().collect::<Vec<_>>(), ["page", "who"]);
    site.end(batch, &kept);
}

#[test]
fn q148_one_map_for_two_requests() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    let mut meta = Meta::new();
    meta.insert("list", vec![1, 2]).unwrap();
    for _ in 0..2 {
        batch.get(site.url("/")).with_meta(&meta).meta("own", 1u8).queue().unwrap();
    }
    assert_eq!((meta.req_id(), meta.keys().collect::<Vec<_>>()), (None, vec!["list"]));
    batch.fetch_all();
    let outcomes = kept.take();
    assert_eq!(outcomes.iter().map(|outcome| outcome.req_id()).collect::<Vec<_>>(), [0, 1]);
    assert!(outcomes.iter().all(|outcome| outcome.meta().get("list") == Some(&vec![1, 2])));
    site.end(batch, &kept);
}

#[test]
fn reserved_names_are_refused_before_anything_is_sent() {
    let site = Site::echo();
    let (batch, kept) = batch(1);
    batch.get(site.url("/")).meta("req_id", 7u64).queue().unwrap();
    let report = batch.fetch_all();
    let outcome = kept.one();
    assert_eq!((outcome.error().unwrap().kind(), outcome.req_id()), (Kind::InvalidRequest, 0));
    assert!(outcome.error().unwrap().to_string().contains("`req_id`"));
    assert_eq!((report.failed(), site.server.requests()), (1, 0));
    site.end(batch, &kept);
}
