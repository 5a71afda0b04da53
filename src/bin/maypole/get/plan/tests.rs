use super::headers::USER_AGENT;
use super::*;
use crate::get::args;
use crate::get::exit::Code;
use clap::{Command, FromArgMatches};

fn plan(preset: Option<&str>, arguments: &[&str]) -> Result<Plan, Failure> {
    let command = args::on(Command::new("get").no_binary_name(true));
    let matches = command.get_matches_from(arguments);
    Plan::new(preset, &GetArgs::from_arg_matches(&matches).unwrap(), &matches)
}

fn method(preset: Option<&str>, arguments: &[&str]) -> String {
    let plan = plan(preset, arguments).unwrap();
    plan.method_of(&plan.transfers[0]).to_owned()
}

#[test]
fn the_method_is_what_the_body_needs_unless_named() {
    assert_eq!(method(None, &["h"]), "GET");
    assert_eq!(method(None, &["h", "-d", "x"]), "POST");
    assert_eq!(method(None, &["h", "-d", "x", "-G"]), "GET");
    assert_eq!(method(None, &["h", "-F", "a=b"]), "POST");
    assert_eq!(method(None, &["h", "-T", "f"]), "PUT");
    assert_eq!(method(None, &["h", "-I"]), "HEAD");
    assert_eq!(method(Some("PATCH"), &["h", "-d", "x"]), "PATCH");
    assert_eq!(method(Some("POST"), &["h", "-X", "PURGE"]), "PURGE");
    assert_eq!(method(None, &["h", "-X", "A", "-X", "B"]), "B");
    assert_eq!(method(Some("HEAD"), &["h"]), "HEAD");
}

#[test]
fn urls_get_a_scheme_a_query_and_the_name_of_the_upload() {
    let url = |arguments: &[&str]| plan(None, arguments).unwrap().transfers[0].url.to_string();
    assert_eq!(url(&["h:81/x"]), "http://h:81/x");
    assert_eq!(url(&["h/?a=1#f", "-G", "-d", "b=2"]), "http://h/?a=1&b=2");
    assert_eq!(url(&["h/d/", "-T", "/tmp/f.txt"]), "http://h/d/f.txt");
    assert_eq!(plan(None, &["ftp://h/"]).unwrap_err().code, Code::SCHEME);
    assert_eq!(plan(None, &["h", "--proto", "=https"]).unwrap_err().code, Code::SCHEME);
    assert_eq!(plan(None, &["http://"]).unwrap_err().code, Code::URL);
}

#[test]
fn bodies_go_where_the_nth_flag_says() {
    let targets = |arguments: &[&str]| {
        let transfers = plan(None, arguments).unwrap().transfers;
        transfers.into_iter().map(|transfer| transfer.target).collect::<Vec<_>>()
    };
    let files = targets(&["h/a", "h/b", "h/c", "h/d", "-o", "x", "-O", "-o", "-"]);
    assert_eq!(files, [Target::File("x".into()), Target::File("b".into()), Target::Stdout, Target::Stdout]);
    assert_eq!(targets(&["h/a", "-OJ"]), [Target::Named("a".into())]);
    assert_eq!(targets(&["h/a", "-J", "-o", "x"]), [Target::File("x".into())]);
}

#[test]
fn headers_are_added_emptied_and_removed() {
    let plan = plan(None, &["h", "-H", "A: b: c", "-H", "Empty;", "-H", "accept:", "-e", "http://r/;auto"]).unwrap();
    let add = |name: &str, value: &str| HeaderEdit::Add(name.into(), value.into());
    let remove = |name: &str| HeaderEdit::Remove(name.into());
    let defaults = [add("User-Agent", USER_AGENT), add("Referer", "http://r/"), remove("Content-Type")];
    assert_eq!(plan.headers[..3], defaults);
    assert_eq!(plan.headers[3..], [add("A", "b: c"), add("Empty", ""), remove("accept")]);
    assert!(plan.edits("Accept") && !plan.edits("Host"));
}

#[test]
fn cookies_of_the_command_line_make_one_line() {
    let value = |arguments: &[&str]| {
        let plan = plan(None, arguments).unwrap();
        plan.headers.iter().filter(|edit| edit.name() == "Cookie").cloned().collect::<Vec<_>>()
    };
    let add = |value: &str| HeaderEdit::Add("Cookie".into(), value.into());
    assert_eq!(value(&["h", "-b", "a=b", "-b", "file", "-b", "c=d"]), [add("a=b; c=d")]);
    assert_eq!(value(&["h", "-b", "a=b", "-H", "Cookie: x=y"]), [add("x=y")]);
    assert_eq!(value(&["h", "-b", ""]), []);
}

#[test]
fn what_contradicts_itself_or_means_nothing_is_a_usage_error() {
    for arguments in [
        &["h", "-I", "-d", "x"][..],
        &["h", "-T", "f", "-d", "x"],
        &["h", "-F", "a=b", "-d", "x"],
        &["h", "-F", "a=b", "-I"],
        &["h", "-F", "a"],
        &["h", "-H", "no colon"],
        &["h", "-H", ": x"],
        &["h", "-OJi"],
        &["h", "-OJ", "-C", "1"],
        &["h", "-T", "f", "-C", "-"],
        &["h", "--http2"],
        &["h", "--http2-prior-knowledge"],
    ] {
        assert_eq!(plan(None, arguments).unwrap_err().code, Code::USAGE, "{arguments:?}");
    }
}
