//! What is around the parts of a page.

use super::chart::Chart;
use super::escape::escape;

const STYLE: &str = include_str!("style.css");

/// A whole page. `body` is HTML, `title` is text.
pub(super) fn page(title: &str, body: &str) -> String {
    let (title, version) = (escape(title), env!("CARGO_PKG_VERSION"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\
         <meta name=\"color-scheme\" content=\"light dark\"/>\
         <meta name=\"generator\" content=\"maypole {version}\"/><title>{title} · maypole load</title>\
         <style>\n{STYLE}</style></head>\n<body><main>\n{body}<footer>maypole {version}</footer>\n</main></body></html>\n"
    )
}

/// A heading and what stands below it; nothing without that.
pub(super) fn section(title: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("<section><h2>{}</h2>{body}</section>\n", escape(title)) }
}

pub(super) fn charts(charts: &[Chart]) -> String {
    if charts.is_empty() {
        return String::new();
    }
    let all: String = charts.iter().map(|chart| chart.render() + "\n").collect();
    format!("<div class=\"charts\">\n{all}</div>\n")
}
