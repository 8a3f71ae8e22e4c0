//! Curves as SVG: one picture a question, with nothing in it that does not answer it.

use std::fmt::Write;

use crate::{Effort, report};

pub(crate) struct Plot {
    pub(crate) title: &'static str,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
}

pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

pub(crate) struct Axis {
    label: &'static str,
    log: bool,
}

impl Axis {
    pub(crate) fn log(label: &'static str) -> Self {
        Self { label, log: true }
    }

    /// From zero.
    pub(crate) fn linear(label: &'static str) -> Self {
        Self { label, log: false }
    }

    /// The ends of the axis: all values lie between.
    fn ends(&self, values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
        let most = values.clone().fold(f64::MIN, f64::max);
        let least = values.fold(f64::MAX, f64::min);
        if !self.log {
            return (0.0, most * 1.15);
        }
        (least / 1.1, most * 1.1)
    }

    /// Where a value lies between the ends, from 0 to 1.
    fn place(&self, value: f64, (from, to): (f64, f64)) -> f64 {
        if self.log { (value / from).ln() / (to / from).ln() } else { (value - from) / (to - from) }
    }

    fn ticks(&self, (from, to): (f64, f64)) -> Vec<f64> {
        if self.log {
            let decades = (from.log10().floor() as i32)..=(to.log10().ceil() as i32);
            let steps: &[f64] = if to / from < 100.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
            let all = decades.flat_map(|decade| steps.iter().map(move |step| step * 10f64.powi(decade)));
            return all.filter(|tick| (from..=to).contains(tick)).collect();
        }
        let rough = to / 5.0;
        let unit = 10f64.powf(rough.log10().floor());
        let step =
            [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * unit).find(|step| *step >= rough).unwrap_or(unit);
        (0..=5).map(|index| f64::from(index) * step).filter(|tick| *tick <= to).collect()
    }
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 220.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;

/// Told apart by people who see few colours (Okabe and Ito).
const COLOURS: [&str; 8] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#000000", "#999999"];

impl Plot {
    /// Writes `results/NAME.svg`. A quick run is no result and leaves the files alone.
    pub(crate) fn save(&self, name: &str, effort: Effort) {
        if effort == Effort::Full {
            report::write(&format!("{name}.svg"), &self.svg());
        }
    }

    fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|series| series.points.iter().copied());
        let (xs, ys) = (self.x.ends(points().map(|point| point.0)), self.y.ends(points().map(|point| point.1)));
        let x = |value: f64| LEFT + self.x.place(value, xs) * (WIDTH - LEFT - RIGHT);
        let y = |value: f64| HEIGHT - BOTTOM - self.y.place(value, ys) * (HEIGHT - TOP - BOTTOM);
        let mut svg = String::new();
        let mut put = |text: std::fmt::Arguments<'_>| {
            let _ = svg.write_fmt(text);
            svg.push('\n');
        };
        put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" font-size=\"12\">"
        ));
        put(format_args!("<rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#ffffff\"/>"));
        put(format_args!("<text x=\"{LEFT}\" y=\"22\" font-size=\"15\">{}</text>", self.title));
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for tick in self.x.ticks(xs) {
            let at = x(tick);
            put(format_args!("<path d=\"M{at:.1} {TOP}V{bottom}\" stroke=\"#dddddd\"/>"));
            put(format_args!(
                "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                bottom + 18.0,
                short(tick)
            ));
        }
        for tick in self.y.ticks(ys) {
            let at = y(tick);
            put(format_args!("<path d=\"M{LEFT} {at:.1}H{right}\" stroke=\"#dddddd\"/>"));
            put(format_args!(
                "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 6.0,
                at + 4.0,
                short(tick)
            ));
        }
        put(format_args!("<path d=\"M{LEFT} {TOP}V{bottom}H{right}\" fill=\"none\" stroke=\"#333333\"/>"));
        put(format_args!(
            "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
            (LEFT + right) / 2.0,
            HEIGHT - 12.0,
            self.x.label
        ));
        put(format_args!(
            "<text transform=\"translate(18 {:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            (TOP + bottom) / 2.0,
            self.y.label
        ));
        for ((series, colour), index) in self.series.iter().zip(COLOURS.iter().cycle()).zip(0u32..) {
            let path: Vec<String> =
                series.points.iter().map(|point| format!("{:.1} {:.1}", x(point.0), y(point.1))).collect();
            put(format_args!("<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", path.join("L")));
            for point in &path {
                let (cx, cy) = point.split_once(' ').unwrap_or_default();
                put(format_args!("<circle cx=\"{cx}\" cy=\"{cy}\" r=\"3\" fill=\"{colour}\"/>"));
            }
            // One curve is what the title says.
            if self.series.len() > 1 {
                let at = TOP + 14.0 + f64::from(index) * 20.0;
                put(format_args!(
                    "<path d=\"M{} {}h18\" stroke=\"{colour}\" stroke-width=\"2\"/>",
                    right + 14.0,
                    at - 4.0
                ));
                put(format_args!("<text x=\"{}\" y=\"{at}\">{}</text>", right + 38.0, series.name));
            }
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", value / 1e6),
        value if value >= 1e3 => format!("{}k", value / 1e3),
        value => format!("{}", (value * 1e6).round() / 1e6),
    }
}
