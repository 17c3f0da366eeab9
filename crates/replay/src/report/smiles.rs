//! The pool's surface against the market's own vols: one small panel per expiry, one frame per market snapshot.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::format::signed;
use super::plot::{padded_range, Plot};
use super::record::{Frame, MarketVol, Smile};
use crate::time::{format_day, format_utc, DAY};

const WIDTH: f64 = 330.0;
const HEIGHT: f64 = 240.0;

const KEYS: &str = r#"<div class="card"><div class="legend"><span class="key"><i class="swatch pool"></i>pool's anchor surface</span><span class="key"><svg class="key" viewBox="0 0 12 12"><path class="whisker" d="M3 1h6M6 1V11M3 11h6"/><circle class="market" cx="6" cy="6" r="2.6"/></svg>market: mark between bid and ask</span></div>"#;

/// The panels with a slider over the snapshots; `shown` is the frame shown first.
pub fn smile_panels(frames: &[Frame], shown: usize) -> String {
    let expiries: BTreeSet<u64> = frames
        .iter()
        .flat_map(|frame| frame.smiles.iter().map(|smile| smile.expiry))
        .collect();
    let mut html = slider(frames, shown);
    html.push_str(KEYS);
    html.push_str(r#"<div class="smiles">"#);
    for expiry in expiries {
        html.push_str(&panel(frames, shown, expiry));
    }
    html.push_str("</div></div>");
    html
}

/// The frame whose market vols are highest: the most telling one.
pub fn most_stressed(frames: &[Frame]) -> usize {
    let level = |frame: &Frame| {
        let nearest = frame
            .smiles
            .iter()
            .flat_map(|smile| smile.curve.iter().map(|&(_, vol)| vol));
        let (count, sum) = nearest.fold((0, 0.0), |(n, sum), vol| (n + 1, sum + vol));
        sum / f64::from(count.max(1))
    };
    let levels = frames.iter().map(level).enumerate();
    levels
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(0, |(i, _)| i)
}

fn slider(frames: &[Frame], shown: usize) -> String {
    let labels: Vec<String> = frames
        .iter()
        .map(|frame| {
            let clock = &format_utc(frame.time)[11..16];
            format!(
                "\"{} {clock} UTC, spot {:.0}\"",
                format_day(frame.time),
                frame.spot
            )
        })
        .collect();
    format!(
        r#"<div class="slider"><output id="frame-label"></output><input id="frame" type="range" min="0" max="{}" value="{shown}" aria-label="market snapshot"><script type="application/json" id="frames">[{}]</script></div>"#,
        frames.len() - 1,
        labels.join(",")
    )
}

fn panel(frames: &[Frame], shown: usize, expiry: u64) -> String {
    let of = |frame: &'_ Frame| frame.smiles.iter().position(|smile| smile.expiry == expiry);
    let live: Vec<&Smile> = frames
        .iter()
        .filter_map(|frame| of(frame).map(|i| &frame.smiles[i]))
        .collect();
    let vols = live.iter().flat_map(|smile| {
        let quoted = smile
            .market
            .iter()
            .flat_map(|vol| [Some(vol.mark), vol.bid, vol.ask])
            .flatten();
        smile.curve.iter().map(|&(_, vol)| vol).chain(quoted)
    });
    let strikes = live
        .iter()
        .flat_map(|smile| smile.curve.iter().map(|&(moneyness, _)| moneyness));
    let [low, high] = padded_range(vols.map(|vol| vol * 100.0));
    let plot = Plot {
        left: 46.0,
        top: 22.0,
        width: WIDTH - 56.0,
        height: HEIGHT - 62.0,
        x: padded_range(strikes.map(|moneyness| moneyness * 100.0)),
        y: [low.max(0.0), high],
    };
    let mut html = format!(
        r#"<figure class="smile"><h3>{}</h3><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="smile of the {} expiry">"#,
        format_day(expiry),
        format_day(expiry)
    );
    html.push_str(&plot.y_axis(6, ["", " %"]));
    html.push_str(&strike_axis(&plot));
    for (i, frame) in frames.iter().enumerate() {
        let hidden = if i == shown { "" } else { " hidden" };
        let _ = write!(html, r#"<g class="frame{hidden}" data-frame="{i}">"#);
        match of(frame) {
            Some(at) => html.push_str(&smile_svg(&plot, &frame.smiles[at], frame)),
            None => html.push_str(&absent(&plot, frame.time, expiry)),
        }
        html.push_str("</g>");
    }
    html.push_str("</svg></figure>");
    html
}

fn strike_axis(plot: &Plot) -> String {
    let mut svg = String::new();
    for value in super::format::ticks(plot.x[0], plot.x[1], 4) {
        let x = plot.px(value);
        let class = if value == 100.0 { "grid zero" } else { "grid" };
        let _ = write!(
            svg,
            r#"<path class="{class}" d="M{x:.1} {:.1}V{:.1}"/><text class="tick" text-anchor="middle" x="{x:.1}" y="{:.1}">{value:.0} %</text>"#,
            plot.top,
            plot.bottom(),
            plot.bottom() + 16.0
        );
    }
    let _ = write!(
        svg,
        r#"<text class="tick" text-anchor="middle" x="{:.1}" y="{:.1}">strike over forward</text>"#,
        plot.left + plot.width / 2.0,
        plot.bottom() + 33.0
    );
    svg
}

fn smile_svg(plot: &Plot, smile: &Smile, frame: &Frame) -> String {
    let (now, spot) = (frame.time, frame.spot);
    let points = smile
        .curve
        .iter()
        .map(|&(moneyness, vol)| (moneyness * 100.0, vol * 100.0));
    let mut svg = plot.line("pool", points);
    for vol in &smile.market {
        svg.push_str(&quoted_svg(plot, vol));
    }
    let mut words = format!(
        "{:.1} days",
        smile.expiry.saturating_sub(now) as f64 / DAY as f64
    );
    let _ = write!(
        words,
        ", forward {} bp",
        signed((smile.forward / spot - 1.0) * 1e4, 0)
    );
    if let Some(gap) = mean_gap(smile) {
        let _ = write!(words, ", gap {:.1} pt", gap * 100.0);
    }
    let age = now.saturating_sub(smile.posted_at) / 3_600;
    if age > 0 {
        let _ = write!(words, ", anchor {age} h old");
    }
    let _ = write!(
        svg,
        r#"<text class="note" text-anchor="end" x="{:.1}" y="{:.1}">{words}</text>"#,
        plot.left + plot.width,
        plot.top - 9.0
    );
    svg
}

/// Mean distance between the pool's vol and the market's mark, the pool's read off its curve.
fn mean_gap(smile: &Smile) -> Option<f64> {
    let on_curve = |moneyness: f64| {
        let after = smile
            .curve
            .iter()
            .position(|point| point.0 >= moneyness)
            .filter(|&i| i > 0)?;
        let ((x0, y0), (x1, y1)) = (smile.curve[after - 1], smile.curve[after]);
        Some(y0 + (y1 - y0) * (moneyness - x0) / (x1 - x0))
    };
    let gaps: Vec<f64> = smile
        .market
        .iter()
        .filter_map(|vol| Some((on_curve(vol.moneyness)? - vol.mark).abs()))
        .collect();
    (!gaps.is_empty()).then(|| gaps.iter().sum::<f64>() / gaps.len() as f64)
}

fn quoted_svg(plot: &Plot, vol: &MarketVol) -> String {
    let x = plot.px(vol.moneyness * 100.0);
    let y = |vol: f64| plot.py(vol * 100.0);
    let mut svg = String::new();
    if let (Some(bid), Some(ask)) = (vol.bid, vol.ask) {
        let (bottom, top) = (y(bid), y(ask));
        let _ = write!(
            svg,
            r#"<path class="whisker" d="M{:.1} {bottom:.1}h6M{x:.1} {bottom:.1}V{top:.1}M{:.1} {top:.1}h6"/>"#,
            x - 3.0,
            x - 3.0
        );
    }
    let _ = write!(
        svg,
        r#"<circle class="market" cx="{x:.1}" cy="{:.1}" r="2.6"/>"#,
        y(vol.mark)
    );
    svg
}

fn absent(plot: &Plot, now: u64, expiry: u64) -> String {
    let words = if now >= expiry {
        "expired"
    } else {
        "not listed yet"
    };
    format!(
        r#"<text class="note" text-anchor="middle" x="{:.1}" y="{:.1}">{words}</text>"#,
        plot.left + plot.width / 2.0,
        plot.top + plot.height / 2.0
    )
}
