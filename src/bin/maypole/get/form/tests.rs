use super::*;

fn one(text: &str) -> Item {
    let Field { items, .. } = field(text, false).unwrap();
    items.into_iter().next().unwrap()
}

fn text(item: &Item) -> &str {
    match &item.content {
        Content::Bytes(bytes) => std::str::from_utf8(bytes).unwrap(),
        Content::File(path) => path,
    }
}

#[test]
fn contents_end_at_semicolons_unless_quoted() {
    assert_eq!(text(&one("a=b")), "b");
    assert_eq!(text(&one("a=b=c")), "b=c");
    assert_eq!(text(&one(r#"a="x;y" "#)), "x;y");
    assert_eq!(text(&one(r#"a="x\"\\y\z""#)), r#"x"\y\z"#);
    assert_eq!(text(&one("a=b ;type=t/u")), "b");
    assert_eq!(text(&one(r#"a="open;type=t/u"#)), "\"open");
    assert_eq!(text(&field("j=@k;type=l", true).unwrap().items[0]), "@k;type=l");
}

#[test]
fn parameters_follow_in_any_order() {
    let item = one(r#"a=v;filename="q\"w;e.txt";type=text/x;charset=utf-8;headers="X-A: 1";headers=X-B: 2"#);
    assert_eq!(item.media_type.as_deref(), Some("text/x;charset=utf-8"));
    assert_eq!(item.file_name.as_deref(), Some("q\"w;e.txt"));
    assert_eq!(item.headers, [("X-A".into(), "1".into()), ("X-B".into(), "2".into())]);
    assert_eq!(one("a=v;headers=content-type: x/y").media_type.as_deref(), Some("x/y"));
}

#[test]
fn files_have_names_and_types_as_in_curl() {
    let field = field("f=@/dir/one.TXT,two.bin;type=x/y,three", false).unwrap();
    let found: Vec<_> = field
        .items
        .iter()
        .map(|item| (text(item), item.file_name.as_deref().unwrap(), item.media_type.as_deref().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("/dir/one.TXT", "one.TXT", "text/plain"),
            ("two.bin", "two.bin", "x/y"),
            ("three", "three", "application/octet-stream")
        ]
    );
    assert_eq!(one("f=@x;filename=y.png").media_type.as_deref(), Some("image/png"));
    assert_eq!(one("f=v;filename=y.png").media_type.as_deref(), Some("image/png"));
    assert_eq!(one("f=v;filename=y").media_type, None);
}

#[test]
fn what_means_nothing_is_a_usage_error() {
    for text in ["a", "a=v;type=x", "a=v;nope=1", "=(;type=multipart/x", "a=v;encoder=base64", "a=v;headers=none"] {
        assert_eq!(field(text, false).unwrap_err().code, Code::USAGE, "{text}");
    }
    assert_eq!(body(&[field("a=@/nowhere", false).unwrap()]).unwrap_err().code, Code::READ);
}
