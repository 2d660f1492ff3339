//! A trade-off curve, drawn: in characters for a terminal, as SVG for everything else.

use std::fmt::Write;

use super::terminal::{counted, shown, table};
use crate::diagnostic::printable;
use crate::frontier::Frontier;

/// Columns and rows of the drawing in a terminal.
const WIDE: i64 = 60;
const HIGH: i64 = 16;
/// Points beyond which a terminal shows the first and the last alone.
const MANY: usize = 24;

/// Where values lie between the least and the most of them.
struct Scale {
    least: i64,
    most: i64,
}

impl Scale {
    fn of(values: impl Iterator<Item = i64> + Clone) -> Self {
        Self { least: values.clone().min().unwrap_or(0), most: values.max().unwrap_or(0) }
    }

    /// From 0 to `length`; in the middle where all are alike.
    fn at(&self, value: i64, length: i64) -> i64 {
        match self.most - self.least {
            0 => length / 2,
            range => (value - self.least).saturating_mul(length) / range,
        }
    }

    /// What stands at the low end, in the middle and at the high end of an axis.
    fn labels(&self) -> [String; 3] {
        match self.most - self.least {
            0 => [String::new(), self.most.to_string(), String::new()],
            _ => [self.least.to_string(), String::new(), self.most.to_string()],
        }
    }
}

/// The curve as a table and a drawing: the first level goes up, the second to the right.
#[must_use]
pub fn terminal(curve: &Frontier) -> String {
    let [a, b] = curve.between.each_ref().map(|name| printable(name));
    let completeness = if curve.complete { "these are all" } else { "there may be more" };
    let count = counted(curve.points.len(), "point");
    if curve.points.is_empty() {
        return format!("{a} against {b}: {count}; {completeness}\n");
    }
    let mut table = table(&[a.as_str(), b.as_str(), ""], &[0, 1]);
    for (position, point) in curve.points.iter().enumerate() {
        if curve.points.len() > MANY && position >= MANY / 2 && position + MANY / 2 < curve.points.len() {
            if position == MANY / 2 {
                table.add_row(["...".to_owned(), "...".to_owned(), String::new()]);
            }
            continue;
        }
        let proven = if point.proven { "proven" } else { "open" };
        table.add_row([point.a.to_string(), point.b.to_string(), proven.to_owned()]);
    }
    format!("{a} against {b}: {count}; {completeness}\n\n{}\n\n{}\n", shown(&table), drawing(curve, &a, &b))
}

fn drawing(curve: &Frontier, a: &str, b: &str) -> String {
    let up = Scale::of(curve.points.iter().map(|point| point.a));
    let right = Scale::of(curve.points.iter().map(|point| point.b));
    let size = |length: i64| usize::try_from(length).unwrap_or(0);
    let mut canvas = vec![vec![' '; size(WIDE) + 1]; size(HIGH) + 1];
    for point in &curve.points {
        let (y, x) = (HIGH - up.at(point.a, HIGH), right.at(point.b, WIDE));
        canvas[size(y)][size(x)] = '●';
    }
    let mut text = format!("  {a}\n");
    let [low, middle, high] = up.labels();
    for (y, row) in canvas.iter().enumerate() {
        let label = match size(HIGH) - y {
            0 => low.as_str(),
            up if up == size(HIGH) => high.as_str(),
            up if up == size(HIGH) / 2 => middle.as_str(),
            _ => "",
        };
        let dots: String = row.iter().collect();
        text.push_str(format!("{label:>10} │{dots}").trim_end());
        text.push('\n');
    }
    let axis = "─".repeat(size(WIDE) + 1);
    let [low, middle, high] = right.labels();
    let ends = format!("{low:<20}{middle:^21}{high:>20}");
    let _ = write!(text, "{:>10} └{axis}\n{:>12}{ends}  {b}", "", "");
    text
}

/// The curve as a picture of its own: readable in light and dark, without any other file.
#[must_use]
pub fn svg(curve: &Frontier) -> String {
    const LEFT: i64 = 90;
    const TOP: i64 = 40;
    const WIDTH: i64 = 560;
    const HEIGHT: i64 = 320;
    let [a, b] = curve.between.each_ref().map(|name| escaped(name));
    let up = Scale::of(curve.points.iter().map(|point| point.a));
    let right = Scale::of(curve.points.iter().map(|point| point.b));
    let place = |point: &crate::frontier::Point| {
        (LEFT + right.at(point.b, WIDTH), TOP + HEIGHT - up.at(point.a, HEIGHT))
    };
    let mut steps = String::new();
    let mut dots = String::new();
    for (position, point) in curve.points.iter().enumerate() {
        let (x, y) = place(point);
        let _ = if position == 0 { write!(steps, "M{x} {y}") } else { write!(steps, "V{y}H{x}") };
        let _ = writeln!(
            dots,
            "  <circle cx=\"{x}\" cy=\"{y}\" r=\"4\"><title>{a} {}, {b} {}</title></circle>",
            point.a, point.b
        );
    }
    let (bottom, end) = (TOP + HEIGHT, LEFT + WIDTH);
    let (width, height) = (end + 40, bottom + 60);
    let middle = LEFT + WIDTH / 2;
    let ([a_least, a_middle, a_most], [b_least, b_middle, b_most]) = (up.labels(), right.labels());
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
font-family=\"sans-serif\" font-size=\"14\">
  <title>{a} against {b}</title>
  <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>
  <path d=\"M{LEFT} {TOP}V{bottom}H{end}\" fill=\"none\" stroke=\"#555555\"/>
  <path d=\"{steps}\" fill=\"none\" stroke=\"#9bb7d4\" stroke-width=\"2\"/>
  <g fill=\"#1f5a94\">
{dots}  </g>
  <g fill=\"#222222\">
    <text x=\"{LEFT}\" y=\"{title}\" font-weight=\"bold\">{a}</text>
    <text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\" font-weight=\"bold\">{b}</text>
    <text x=\"{label}\" y=\"{high}\" text-anchor=\"end\">{a_most}</text>
    <text x=\"{label}\" y=\"{half}\" text-anchor=\"end\">{a_middle}</text>
    <text x=\"{label}\" y=\"{bottom}\" text-anchor=\"end\">{a_least}</text>
    <text x=\"{LEFT}\" y=\"{ticks}\">{b_least}</text>
    <text x=\"{middle}\" y=\"{ticks}\" text-anchor=\"middle\">{b_middle}</text>
    <text x=\"{end}\" y=\"{ticks}\" text-anchor=\"end\">{b_most}</text>
  </g>
</svg>
",
        title = TOP - 16,
        below = bottom + 44,
        label = LEFT - 10,
        high = TOP + 5,
        half = TOP + HEIGHT / 2 + 5,
        ticks = bottom + 20,
    )
}

fn escaped(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
