//! What another program has begun under the final name.

use std::fs;

use crate::site::{Site, Stage};

fn begun(stage: &Stage, bytes: usize) {
    fs::write(stage.target(), &stage.site.lock().unwrap().body[..bytes]).unwrap();
}

#[test]
fn c332_a_file_that_another_program_has_begun_is_gone_on_with_if_asked_for() {
    let stage = Stage::new(Site { etag: None, ..Site::default() });
    begun(&stage, 300_000);
    let report = stage.download().adopt(true).run().unwrap();
    stage.check(&report);
    assert_eq!((stage.ranges(), report.resumed), (vec![Some("bytes=300000-".into())], 300_000));
}

#[test]
fn c336_one_that_is_complete_is_left_as_it_is() {
    let stage = Stage::new(Site::default());
    begun(&stage, 1 << 20);
    let before = fs::metadata(stage.target()).unwrap().modified().unwrap();
    let report = stage.download().adopt(true).run().unwrap();
    stage.check(&report);
    assert_eq!((report.received, fs::metadata(stage.target()).unwrap().modified().unwrap()), (0, before));
}

#[test]
fn c333_one_that_the_server_does_not_go_on_with_stays_until_the_new_one_is_complete() {
    let stage = Stage::new(Site { ranges: false, cut: (10, 1), ..Site::default() });
    begun(&stage, 300_000);
    stage.download().adopt(true).retries(0).run().unwrap_err();
    assert_eq!(stage.files()["f"], 300_000);
    let report = stage.download().adopt(true).run().unwrap();
    stage.check(&report);
}

#[test]
fn in_a_directory_it_is_found_by_the_url_s_name() {
    let stage = Stage::new(Site::default());
    let there = stage.dir.path().join("file.bin");
    fs::write(&there, &stage.site.lock().unwrap().body[..1_000]).unwrap();
    let report = stage.of(&stage.url()).into_dir(stage.dir.path()).adopt(true).run().unwrap();
    assert_eq!((report.path.clone(), report.resumed), (there, 1_000));
    stage.check(&report);
}

#[test]
fn adopting_without_going_on_is_refused_by_both_names() {
    let stage = Stage::new(Site::default());
    let error = stage.download().resume(false).adopt(true).run().unwrap_err();
    assert_eq!(error.kind(), maypole::error::Kind::InvalidConfig);
    assert!(error.to_string().contains("resume(false) and adopt"), "{error}");
}
