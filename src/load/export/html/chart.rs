//! A chart: an SVG that stretches with the page, and labels beside it that do not.
//!
//! ```text
//!   figcaption   title, what is shown, legend
//!   ys │ plot    the drawing: 1000 × 1000, stretched; strokes keep their width
//!      └ xs      labels by per cent of the width, so that they have the size of the page's text on every screen
//! ```

use std::fmt::Write;

use super::axis::Axis;
use super::escape::escape;

/// Units of the drawing in each direction.
const SIZE: f64 = 1000.0;
/// More labels than these lose every other one on a phone.
const NARROW: usize = 5;

/// The look of a line, the same for one thing in all charts: `p50`, `p99`, `errors`; `a`, `b`, … for runs.
pub(super) type Class = &'static str;

pub(super) struct Chart {
    /// Unique on the page.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    /// What is shown, under the title, and for those who do not see the drawing.
    pub(super) about: String,
    pub(super) x: Axis,
    pub(super) y: Axis,
    pub(super) marks: Vec<Mark>,
    /// What is read out at the pointer: from, to, text.
    pub(super) spots: Vec<(f64, f64, String)>,
    /// The end of the warm-up, if there was one.
    pub(super) shaded_to: Option<f64>,
}

pub(super) struct Mark {
    pub(super) class: Class,
    pub(super) name: String,
    pub(super) shape: Shape,
}

pub(super) enum Shape {
    /// Points from left to right; `None` is a gap.
    Line(Vec<Option<(f64, f64)>>),
    /// The same with what is below filled.
    Area(Vec<Option<(f64, f64)>>),
    /// From, to, height.
    Bars(Vec<(f64, f64, f64)>),
}

impl Chart {
    pub(super) fn render(&self) -> String {
        let (id, title, about) = (self.id, escape(self.title), escape(&self.about));
        let mut html = format!("<figure class=\"chart\" id=\"{id}\"><figcaption><h3>{title}</h3><p>{about}</p>");
        self.legend(&mut html);
        html.push_str("</figcaption><div class=\"frame\">");
        put(&mut html, format_args!("<div class=\"yt\">{}</div><div class=\"ys\" aria-hidden=\"true\">", self.y.title));
        for (value, label) in &self.y.labels {
            put(
                &mut html,
                format_args!("<span style=\"bottom:{:.2}%\">{}</span>", self.y.position(*value) * 100.0, escape(label)),
            );
        }
        html.push_str("</div><div class=\"plot\">");
        self.drawing(&mut html, &title, &about);
        self.read_outs(&mut html);
        html.push_str("</div><div class=\"xs\" aria-hidden=\"true\">");
        let is_crowded = self.x.labels.len() > NARROW;
        for (n, (value, label)) in self.x.labels.iter().enumerate() {
            let at = self.x.position(*value) * 100.0;
            let end = if at > 96.0 {
                " e"
            } else if at < 4.0 {
                " s"
            } else {
                ""
            };
            let wide = if is_crowded && n % 2 == 1 { "w" } else { "" };
            put(
                &mut html,
                format_args!("<span class=\"{wide}{end}\" style=\"left:{at:.2}%\">{}</span>", escape(label)),
            );
        }
        put(&mut html, format_args!("</div><div class=\"xt\">{}</div></div></figure>", self.x.title));
        html
    }

    fn legend(&self, html: &mut String) {
        html.push_str("<ul class=\"legend\">");
        for mark in &self.marks {
            let key = match mark.shape {
                Shape::Line(_) => "<path class=\"line\" d=\"M0 6H24\"/>",
                Shape::Area(_) | Shape::Bars(_) => {
                    "<rect class=\"area\" width=\"24\" height=\"12\"/><path class=\"line\" d=\"M0 1H24\"/>"
                }
            };
            put(
                html,
                format_args!(
                    "<li class=\"{}\"><svg width=\"24\" height=\"12\" aria-hidden=\"true\">{key}</svg>{}</li>",
                    mark.class,
                    escape(&mark.name)
                ),
            );
        }
        html.push_str("</ul>");
    }

    fn drawing(&self, html: &mut String, title: &str, about: &str) {
        put(
            html,
            format_args!(
                "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" aria-labelledby=\"{0}-t {0}-d\">\
                 <title id=\"{0}-t\">{title}</title><desc id=\"{0}-d\">{about}</desc>",
                self.id
            ),
        );
        if let Some(end) = self.shaded_to {
            put(
                html,
                format_args!("<rect class=\"shade\" width=\"{:.1}\" height=\"1000\"/>", self.x.position(end) * SIZE),
            );
        }
        let mut grid = String::new();
        for (value, _) in &self.y.labels {
            put(&mut grid, format_args!("M0 {:.1}H1000", (1.0 - self.y.position(*value)) * SIZE));
        }
        for (value, _) in &self.x.labels {
            put(&mut grid, format_args!("M{:.1} 0V1000", self.x.position(*value) * SIZE));
        }
        put(html, format_args!("<path class=\"grid\" d=\"{grid}\"/>"));
        // The first of the legend lies on top.
        self.marks.iter().rev().for_each(|mark| self.mark(html, mark));
        html.push_str("</svg>");
    }

    fn mark(&self, html: &mut String, mark: &Mark) {
        put(html, format_args!("<g class=\"{}\">", mark.class));
        match &mark.shape {
            Shape::Line(points) => self.line(html, points, false),
            Shape::Area(points) => self.line(html, points, true),
            Shape::Bars(bars) => {
                let mut path = String::new();
                for &(from, to, height) in bars {
                    let [left, right] = [from, to].map(|at| self.x.position(at) * SIZE);
                    // What is there is to be seen, however little of it.
                    let least = if height > 0.0 { 0.004 } else { 0.0 };
                    let top = (1.0 - self.y.position(height).max(least)) * SIZE;
                    let gap = ((right - left) * 0.06).min(2.0);
                    put(&mut path, format_args!("M{:.1} 1000V{top:.1}H{:.1}V1000Z", left + gap, right - gap));
                }
                put(html, format_args!("<path class=\"bar\" d=\"{path}\"/>"));
            }
        }
        html.push_str("</g>");
    }

    fn line(&self, html: &mut String, points: &[Option<(f64, f64)>], is_filled: bool) {
        let (mut line, mut area, mut dots) = (String::new(), String::new(), String::new());
        for part in points.split(Option::is_none) {
            let part: Vec<_> = part
                .iter()
                .flatten()
                .map(|(x, y)| (self.x.position(*x) * SIZE, (1.0 - self.y.position(*y)) * SIZE))
                .collect();
            let Some((first, last)) = part.first().zip(part.last()) else { continue };
            let mut through = String::new();
            for (n, (x, y)) in part.iter().enumerate() {
                put(&mut through, format_args!("{}{x:.1} {y:.1}", if n == 0 { "M" } else { "L" }));
            }
            put(&mut area, format_args!("{through}L{:.1} 1000L{:.1} 1000Z", last.0, first.0));
            // A line of no length with round ends: a dot that stays round however the drawing is stretched.
            if part.len() == 1 {
                put(&mut dots, format_args!("{through}h0"));
            }
            line.push_str(&through);
        }
        if is_filled {
            put(html, format_args!("<path class=\"area\" d=\"{area}\"/>"));
        }
        put(html, format_args!("<path class=\"line\" d=\"{line}\"/>"));
        if !dots.is_empty() {
            put(html, format_args!("<path class=\"dot\" d=\"{dots}\"/>"));
        }
    }

    /// Without a script: a column for each point, whose text stands beside the pointer while it is over it.
    fn read_outs(&self, html: &mut String) {
        html.push_str("<div class=\"spots\" aria-hidden=\"true\">");
        for (from, to, text) in &self.spots {
            let [left, right] = [*from, *to].map(|at| self.x.position(at) * 100.0);
            let side = if left > 50.0 { "l" } else { "r" };
            put(
                html,
                format_args!(
                    "<i class=\"{side}\" style=\"left:{left:.2}%;width:{:.2}%\" data-t=\"{}\"></i>",
                    right - left,
                    escape(text)
                ),
            );
        }
        html.push_str("</div>");
    }
}

/// A `String` takes whatever is written.
pub(super) fn put(html: &mut String, text: std::fmt::Arguments<'_>) {
    html.write_fmt(text).ok();
}
