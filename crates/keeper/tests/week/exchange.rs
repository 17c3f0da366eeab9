//! Two exchanges in one server: the demo's week as Deribit and OKX write it, with quotes among it that no keeper should take.

use std::{
    io::{BufReader, Write},
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
};

use serde_json::{json, Value};
use smirk_engine::state::{Slice, YEAR};
use smirk_fit::{
    fit::anchor_vol,
    time::{format_utc, parse_utc},
};

use crate::rpc::read_request;

#[derive(Default)]
struct State {
    time: u64,
    failing: Vec<String>,
}

struct Week {
    /// (time, price).
    index: Vec<(u64, f64)>,
    /// (time, forward, slice).
    slices: Vec<(u64, f64, Slice)>,
}

/// A running server.
pub struct Exchange {
    address: String,
    week: Arc<Week>,
    state: Arc<Mutex<State>>,
}

impl Exchange {
    /// Starts it.
    pub fn start() -> Exchange {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let exchange = Exchange {
            address: listener.local_addr().expect("an address").to_string(),
            week: Arc::new(Week::read()),
            state: Arc::default(),
        };
        let (week, state) = (exchange.week.clone(), exchange.state.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (week, state) = (week.clone(), state.clone());
                std::thread::spawn(move || {
                    let mut reader = BufReader::new(stream);
                    let Some((first, _)) = read_request(&mut reader) else {
                        return;
                    };
                    let path = first.split(' ').nth(1).unwrap_or_default();
                    let (status, body) = respond(path, &week, &state.lock().unwrap());
                    let text = body.to_string();
                    let head = format!(
                        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                        text.len()
                    );
                    let _ = reader.get_mut().write_all((head + &text).as_bytes());
                });
            }
        });
        exchange
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What time the market is at.
    pub fn set_time(&self, time: u64) {
        self.state.lock().unwrap().time = time;
    }

    /// Has one of the two fail, or work again.
    pub fn fail(&self, name: &str, fails: bool) {
        let mut state = self.state.lock().unwrap();
        state.failing.retain(|failing| failing != name);
        if fails {
            state.failing.push(name.to_owned());
        }
    }

    /// The index at a time, log-linear between observations.
    pub fn index(&self, time: u64) -> f64 {
        self.week.index(time)
    }
}

impl Week {
    fn read() -> Week {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/week");
        let lines = |name: &str| -> Vec<Vec<String>> {
            let text = std::fs::read_to_string(folder.join(name)).expect(name);
            let rows = text.lines().skip(1);
            rows.map(|row| row.split(',').map(str::to_owned).collect())
                .collect()
        };
        let time = |text: &str| parse_utc(text).expect("a time");
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let wad = |text: &str| (number(text) * 1e18) as u64;
        Week {
            index: lines("index.csv")
                .iter()
                .map(|row| (time(&row[0]), number(&row[1])))
                .collect(),
            slices: lines("anchors.csv")
                .iter()
                .map(|row| {
                    let slice = Slice {
                        expiry: time(&row[2]),
                        atm_vol: wad(&row[4]),
                        left_wing: wad(&row[5]),
                        right_wing: wad(&row[6]),
                        carry: (number(&row[7]) * 1e18) as i64,
                        ..Slice::default()
                    };
                    (time(&row[0]), number(&row[3]), slice)
                })
                .collect(),
        }
    }

    fn index(&self, time: u64) -> f64 {
        let split = self.index.partition_point(|(at, _)| *at <= time);
        let (t0, a) = self.index[split.saturating_sub(1)];
        let (t1, b) = self.index[split.min(self.index.len() - 1)];
        if t1 <= t0 {
            return a;
        }
        let share = time.saturating_sub(t0) as f64 / (t1 - t0) as f64;
        (a.ln() + share * (b.ln() - a.ln())).exp()
    }

    /// (expiry, strike, whether it is a call, forward, vol) of every option at a time, from the last snapshot.
    fn options(&self, time: u64) -> Vec<(u64, u64, bool, f64, f64)> {
        let times = self.slices.iter().map(|(at, _, _)| *at);
        let last = times.filter(|at| *at <= time).max().expect("a snapshot");
        let spot = self.index(time);
        let mut options = Vec::new();
        for (_, _, slice) in self
            .slices
            .iter()
            .filter(|(at, _, slice)| *at == last && slice.expiry > time)
        {
            let tau = (slice.expiry - time) as f64 / YEAR as f64;
            let forward = spot * (slice.carry as f64 / 1e18 * tau).exp();
            for strike in (1_000..3_000).step_by(25) {
                let vol = anchor_vol(slice, tau, (strike as f64 / forward).ln());
                for is_call in [true, false] {
                    options.push((slice.expiry, strike, is_call, forward, vol));
                }
            }
        }
        options
    }
}

fn respond(path: &str, week: &Week, state: &State) -> (&'static str, Value) {
    let exchange = if path.starts_with("/api/v2") {
        "deribit"
    } else {
        "okx"
    };
    if state.failing.iter().any(|failing| failing == exchange) {
        return ("503 Service Unavailable", json!({}));
    }
    let milliseconds = state.time * 1_000;
    let index = week.index(state.time);
    let kind = |is_call: bool| if is_call { "C" } else { "P" };
    let body = if path.contains("get_index_price") {
        deribit(json!({ "index_price": index, "estimated_delivery_price": index }))
    } else if path.contains("get_book_summary_by_currency") {
        let quotes = week.options(state.time).into_iter().enumerate();
        deribit(quotes.map(|(place, (expiry, strike, is_call, forward, vol))| {
            // One of seven is stale, crossed or absurd.
            let (age, bid, vol) = match place % 21 {
                0 => (3_600_000, 0.0099, vol),
                7 => (0, 0.0200, vol),
                14 => (0, 0.0099, 9.0),
                _ => (0, 0.0099, vol),
            };
            json!({
                "instrument_name": format!("ETH-{}-{strike}-{}", deribit_date(expiry), kind(is_call)),
                "creation_timestamp": milliseconds - age, "underlying_price": forward, "mark_iv": 100.0 * vol,
                "mark_price": 0.01, "bid_price": bid, "ask_price": 0.0101, "mid_price": null, "base_currency": "ETH",
                "quote_currency": "ETH", "open_interest": 12.0, "interest_rate": 0.0, "volume": 0.0
            })
        }).collect())
    } else if path.contains("index-tickers") {
        okx(vec![
            json!({ "instId": "ETH-USD", "idxPx": index.to_string(), "ts": milliseconds.to_string() }),
        ])
    } else if path.contains("opt-summary") {
        let quotes = week.options(state.time).into_iter();
        okx(quotes.map(|(expiry, strike, is_call, forward, vol)| json!({
            "instType": "OPTION", "uly": "ETH-USD", "instId": format!("ETH-USD-{}-{strike}-{}", okx_date(expiry), kind(is_call)),
            "markVol": vol.to_string(), "bidVol": (vol - 0.01).to_string(), "askVol": (vol + 0.01).to_string(),
            "fwdPx": forward.to_string(), "ts": milliseconds.to_string()
        })).collect())
    } else {
        return ("404 Not Found", json!({}));
    };
    ("200 OK", body)
}

fn deribit(result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "result": result, "usIn": 1, "usOut": 2, "usDiff": 1, "testnet": false })
}

fn okx(data: Vec<Value>) -> Value {
    json!({ "code": "0", "msg": "", "data": data })
}

/// `6FEB26`.
fn deribit_date(expiry: u64) -> String {
    let text = format_utc(expiry);
    let month: usize = text[5..7].parse().expect("a month");
    let names = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    format!(
        "{}{}{}",
        text[8..10].trim_start_matches('0'),
        names[month - 1],
        &text[2..4]
    )
}

/// `260206`.
fn okx_date(expiry: u64) -> String {
    let text = format_utc(expiry);
    format!("{}{}{}", &text[2..4], &text[5..7], &text[8..10])
}
