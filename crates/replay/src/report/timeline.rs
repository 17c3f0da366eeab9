//! Panels over the replay's time axis: lines, bands and marks under a legend that follows the pointer.

use std::fmt::Write;

use super::format::{escape, number};
use super::plot::{padded_range, Plot};
use crate::time::{format_day, format_utc, DAY};

/// How wide a chart is drawn. The page shows one or the other, so that a chart always fits with legible type.
struct Layout {
    /// CSS class.
    class: &'static str,
    /// SVG units.
    width: f64,
    /// Room for the values of the axis.
    left: f64,
    /// Room for half a date.
    right: f64,
    /// Days between two dates.
    days: u64,
    /// Whether events carry their full names, or the first words alone.
    named: bool,
    /// Room for the name of an event; where another one stands there, it goes without.
    apart: f64,
}

const LAYOUTS: [Layout; 2] = [
    Layout {
        class: "time wide",
        width: 1_000.0,
        left: 66.0,
        right: 14.0,
        days: 1,
        named: true,
        apart: 90.0,
    },
    Layout {
        class: "time narrow",
        width: 400.0,
        left: 58.0,
        right: 10.0,
        days: 2,
        named: false,
        apart: 46.0,
    },
];

/// How a panel's values are written.
#[derive(Clone, Copy)]
pub struct Unit {
    /// Before the number, for example `$`.
    pub prefix: &'static str,
    /// After the number, for example ` ETH`.
    pub suffix: &'static str,
    /// Decimals in the legend.
    pub decimals: usize,
}

/// One line of a panel, one value per step (NaN where there is none).
pub struct Line {
    /// Name in the legend.
    pub name: String,
    /// CSS classes that give its colour.
    pub class: &'static str,
    /// One value per step.
    pub values: Vec<f64>,
}

/// The room between two lines, below everything else.
pub struct Area {
    /// CSS class that gives its colour, here and in the legend.
    pub class: &'static str,
    /// Words in the legend.
    pub name: &'static str,
    /// Lower edge per step.
    pub low: Vec<f64>,
    /// Upper edge per step.
    pub high: Vec<f64>,
}

/// A mark at one moment.
pub struct Mark {
    /// Unix seconds.
    pub time: u64,
    /// Height.
    pub value: f64,
    /// CSS classes; `up` and `down` draw triangles, anything else a dot.
    pub class: &'static str,
    /// Shown when pointed at.
    pub title: String,
}

/// A panel.
pub struct Panel {
    /// What is drawn, in a few words.
    pub title: String,
    /// Unit of all its lines.
    pub unit: Unit,
    /// Behind the numbers of the axis.
    pub axis_unit: &'static str,
    /// Height of the plot, SVG units.
    pub height: f64,
    /// Lines, later ones on top.
    pub lines: Vec<Line>,
    /// Below the lines.
    pub areas: Vec<Area>,
    /// Vertical strokes, (time, from, to): what a mark changed.
    pub stems: Vec<(u64, f64, f64)>,
    /// Marks on top.
    pub marks: Vec<Mark>,
    /// Marks explained in the legend: (class, words).
    pub keys: Vec<(&'static str, &'static str)>,
    /// Values the axis must show besides the data.
    pub include: Vec<f64>,
    /// Bottom and top of the axis where the data must not decide.
    pub range: Option<[f64; 2]>,
}

/// The time axis that all panels of a page share.
pub struct Timeline {
    times: Vec<u64>,
    events: Vec<(u64, String)>,
}

impl Timeline {
    /// An axis over `times` with dashed lines at `events`.
    pub fn new(times: Vec<u64>, events: Vec<(u64, String)>) -> Self {
        Self { times, events }
    }

    /// The page-wide times that the pointer's script reads.
    pub fn script_data(&self) -> String {
        let times: Vec<String> = self.times.iter().map(u64::to_string).collect();
        format!(
            r#"<script type="application/json" id="times">[{}]</script>"#,
            times.join(",")
        )
    }

    /// One or more panels under each other; the last carries the dates.
    pub fn stack(&self, panels: &[Panel]) -> String {
        let mut html = String::from(
            r#"<div class="stack" role="group" tabindex="0" aria-label="Charts over time; arrow keys read each hour"><p class="spoken" aria-live="polite"></p>"#,
        );
        for (i, panel) in panels.iter().enumerate() {
            html.push_str(&self.panel(panel, i + 1 == panels.len(), i == 0));
        }
        html.push_str("</div>");
        html
    }

    fn panel(&self, panel: &Panel, dated: bool, first: bool) -> String {
        let mut html = String::from(r#"<div class="panel">"#);
        html.push_str(&legend(panel, self.end()));
        for layout in &LAYOUTS {
            html.push_str(&self.chart(panel, layout, dated, first));
        }
        html.push_str("</div>");
        html
    }

    fn chart(&self, panel: &Panel, layout: &Layout, dated: bool, first: bool) -> String {
        let plot = Plot {
            left: layout.left,
            top: if first && !self.events.is_empty() {
                20.0
            } else {
                6.0
            },
            width: layout.width - layout.left - layout.right,
            height: panel.height,
            x: [self.times[0] as f64, self.end() as f64],
            y: panel.range.unwrap_or_else(|| panel_range(panel)),
        };
        let bottom = plot.bottom() + if dated { 24.0 } else { 6.0 };
        let mut svg = format!(
            r#"<svg class="{}" viewBox="0 0 {} {bottom}" data-left="{}" data-width="{}" role="img" aria-label="{}">"#,
            layout.class,
            layout.width,
            plot.left,
            plot.width,
            escape(&panel.title)
        );
        svg.push_str(&plot.y_axis(
            (panel.height / 34.0).round().max(2.0) as usize,
            [panel.unit.prefix, panel.axis_unit],
        ));
        svg.push_str(&self.days(&plot, layout, dated));
        svg.push_str(&self.events(&plot, layout, first));
        svg.push_str(&self.drawing(panel, &plot));
        let _ = write!(
            svg,
            r#"<path class="rule" d="M0 {:.1}V{:.1}"/></svg>"#,
            plot.top,
            plot.bottom()
        );
        svg
    }

    fn end(&self) -> u64 {
        self.times[self.times.len() - 1]
    }

    fn drawing(&self, panel: &Panel, plot: &Plot) -> String {
        let mut svg = String::new();
        let over_time = || self.times.iter().map(|&time| time as f64);
        for area in &panel.areas {
            let points: Vec<_> = over_time()
                .zip(area.low.iter().zip(&area.high))
                .map(|(t, (&low, &high))| (t, low, high))
                .collect();
            svg.push_str(&plot.area(area.class, &points));
        }
        for line in &panel.lines {
            svg.push_str(&plot.line(line.class, over_time().zip(line.values.iter().copied())));
        }
        for (time, from, to) in &panel.stems {
            let (x, from, to) = (plot.px(*time as f64), plot.py(*from), plot.py(*to));
            let _ = write!(svg, r#"<path class="stem" d="M{x:.1} {from:.1}V{to:.1}"/>"#);
        }
        for mark in &panel.marks {
            svg.push_str(&mark_svg(mark, plot));
        }
        svg
    }

    fn days(&self, plot: &Plot, layout: &Layout, dated: bool) -> String {
        let mut svg = String::new();
        let mut day = self.times[0].div_ceil(DAY) * DAY;
        while day <= self.end() {
            let x = plot.px(day as f64);
            let _ = write!(
                svg,
                r#"<path class="grid" d="M{x:.1} {:.1}V{:.1}"/>"#,
                plot.top,
                plot.bottom()
            );
            if dated && (day / DAY).is_multiple_of(layout.days) {
                let y = plot.bottom() + 18.0;
                let _ = write!(
                    svg,
                    r#"<text class="tick" text-anchor="middle" x="{x:.1}" y="{y:.1}">{}</text>"#,
                    format_day(day)
                );
            }
            day += DAY;
        }
        svg
    }

    fn events(&self, plot: &Plot, layout: &Layout, named: bool) -> String {
        let mut svg = String::new();
        let mut last = f64::NEG_INFINITY;
        for (time, name) in &self.events {
            let x = plot.px(*time as f64);
            let _ = write!(
                svg,
                r#"<path class="event" d="M{x:.1} {:.1}V{:.1}"/>"#,
                plot.top,
                plot.bottom()
            );
            if named && x - last >= layout.apart {
                last = x;
                let brief = name.strip_suffix(" settles").unwrap_or(name);
                let name = if layout.named { name } else { brief };
                let _ = write!(
                    svg,
                    r#"<text class="tick" text-anchor="middle" x="{x:.1}" y="12">{}</text>"#,
                    escape(name)
                );
            }
        }
        svg
    }
}

fn panel_range(panel: &Panel) -> [f64; 2] {
    let lines = panel.lines.iter().flat_map(|line| line.values.iter());
    let areas = panel
        .areas
        .iter()
        .flat_map(|area| area.low.iter().chain(&area.high));
    let stems = panel.stems.iter().map(|(_, from, _)| from);
    let marks = panel.marks.iter().map(|mark| &mark.value);
    padded_range(
        lines
            .chain(areas)
            .chain(stems)
            .chain(marks)
            .chain(&panel.include)
            .copied(),
    )
}

fn mark_svg(mark: &Mark, plot: &Plot) -> String {
    let (x, y) = (plot.px(mark.time as f64), plot.py(mark.value));
    let shape = if mark.class.contains("up") {
        format!("M{:.1} {:.1}l4.6 8h-9.2z", x, y - 5.0)
    } else if mark.class.contains("down") {
        format!("M{:.1} {:.1}l4.6 -8h-9.2z", x, y + 5.0)
    } else {
        format!(
            "M{:.1} {y:.1}a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0z",
            x - 2.6
        )
    };
    format!(
        r#"<path class="mark {}" d="{shape}"><title>{}</title></path>"#,
        mark.class,
        escape(&mark.title)
    )
}

fn legend(panel: &Panel, end: u64) -> String {
    let mut html = format!(
        r#"<div class="legend"><span class="name">{}</span><span class="when">{}</span>"#,
        escape(&panel.title),
        clock(end)
    );
    for line in &panel.lines {
        let last = line.values.last().filter(|value| value.is_finite());
        let values: Vec<String> = line
            .values
            .iter()
            .map(|value| json_number(*value, panel.unit.decimals))
            .collect();
        let _ = write!(
            html,
            r#"<span class="key"><i class="swatch {}"></i>{} <b data-prefix="{}" data-suffix="{}" data-decimals="{}" data-values="[{}]">{}</b></span>"#,
            line.class,
            escape(&line.name),
            panel.unit.prefix,
            panel.unit.suffix,
            panel.unit.decimals,
            values.join(","),
            last.map_or("–".to_owned(), |value| written(*value, panel.unit))
        );
    }
    let areas = panel.areas.iter();
    let areas = areas.map(|area| (format!("area {}", area.class), area.name));
    let keys = panel.keys.iter();
    let keys = keys.map(|&(class, words)| (class.to_owned(), words));
    for (class, words) in areas.chain(keys) {
        let _ = write!(
            html,
            r#"<span class="key">{}{}</span>"#,
            key_svg(&class),
            escape(words)
        );
    }
    html.push_str("</div>");
    html
}

/// `8 Feb 21:27`, as the page's script writes the hour that it points at.
pub fn clock(time: u64) -> String {
    format!("{} {}", format_day(time), &format_utc(time)[11..16])
}

fn key_svg(class: &str) -> String {
    let shape = if class.contains("up") {
        "M6 1l5 9h-10z"
    } else if class.contains("down") {
        "M6 10l5 -9h-10z"
    } else if class.contains("area") {
        "M0 1h12v10h-12z"
    } else {
        "M3 6a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z"
    };
    format!(
        r#"<svg class="key" viewBox="0 0 12 12"><path class="mark {class}" d="{shape}"/></svg>"#
    )
}

fn written(value: f64, unit: Unit) -> String {
    let text = number(value, unit.decimals);
    match text.strip_prefix('−') {
        Some(digits) => format!("−{}{digits}{}", unit.prefix, unit.suffix),
        None => format!("{}{text}{}", unit.prefix, unit.suffix),
    }
}

fn json_number(value: f64, decimals: usize) -> String {
    if value.is_finite() {
        let text = format!("{value:.decimals$}");
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            text
        }
    } else {
        "null".to_owned()
    }
}
