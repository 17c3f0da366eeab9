//! Two exchanges in one server: the demo's week as Deribit writes it over HTTP and WebSocket and OKX over HTTP, with quotes among it
//! that no keeper should take. Its options are of the week's smiles, or as they were recorded ([`Recorded`]).

use std::{
    collections::HashSet,
    io::{BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc, Mutex,
    },
    time::{Duration, Instant},
};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{json, Value};
use smirk_engine::{
    black_scholes::Contract,
    decimal::price_wad,
    state::{Slice, YEAR},
};
use smirk_fit::{
    fit::anchor_vol,
    time::{format_utc, parse_utc},
};

use tokio_tungstenite::tungstenite::{self, Message, WebSocket};

use smirk_devnet_process::read_request;

use crate::recorded::Recorded;

/// Between two questions whether a WebSocket's other end lives, and until it is hung up on.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// How far bid and ask are from the mark, vol.
pub const HALF_SPREAD: f64 = 0.01;

#[derive(Default)]
struct State {
    time: u64,
    failing: Vec<String>,
}

impl State {
    fn fails(&self, name: &str) -> bool {
        self.failing.iter().any(|failing| failing == name)
    }
}

struct Week {
    /// (time, price).
    index: Vec<(u64, f64)>,
    /// (time, forward, slice).
    slices: Vec<(u64, f64, Slice)>,
    /// What there is instead of options of the slices.
    recorded: Option<Recorded>,
}

/// An option as a market has it. Prices are in coin.
#[derive(Clone)]
pub struct Listed {
    /// Unix seconds.
    pub expiry: u64,
    /// Dollars.
    pub strike: u64,
    /// Or a put.
    pub is_call: bool,
    /// Of its expiry, dollars.
    pub forward: f64,
    /// 0.65 = 65 %.
    pub vol: f64,
    /// Best bid, if there is one.
    pub bid: Option<f64>,
    /// Best ask, if there is one.
    pub ask: Option<f64>,
    /// Mark.
    pub mark: f64,
}

type Encrypted = StreamOwned<ServerConnection, TcpStream>;

/// Where it is over TLS.
pub struct Secure {
    /// Over HTTP.
    pub url: String,
    /// Its WebSocket.
    pub socket_url: String,
    reached: Arc<AtomicUsize>,
}

impl Secure {
    /// How often somebody has taken its certificate.
    pub fn reached(&self) -> usize {
        self.reached.load(Ordering::Relaxed)
    }
}

/// A running server.
#[derive(Clone)]
pub struct Exchange {
    address: String,
    week: Arc<Week>,
    state: Arc<Mutex<State>>,
    heartbeats: Arc<AtomicUsize>,
}

impl Exchange {
    /// Starts it.
    pub fn start() -> Exchange {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let exchange = Exchange {
            address: listener.local_addr().expect("an address").to_string(),
            week: Arc::new(Week::read()),
            state: Arc::default(),
            heartbeats: Arc::default(),
        };
        let (week, state) = (exchange.week.clone(), exchange.state.clone());
        let heartbeats = exchange.heartbeats.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (week, state) = (week.clone(), state.clone());
                let heartbeats = heartbeats.clone();
                std::thread::spawn(move || {
                    if wants_socket(&stream) {
                        Subscriber::serve(stream, |stream| stream, &week, &state, &heartbeats);
                    } else {
                        answer(stream, &week, &state);
                    }
                });
            }
        });
        exchange
    }

    /// Serves the same over TLS: over HTTP on one port, over WebSocket on another.
    pub fn secure(&self, config: Arc<ServerConfig>) -> Secure {
        let reached = Arc::new(AtomicUsize::new(0));
        let listen = |attend: fn(Encrypted, &Exchange)| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("an address").to_string();
            let (own, config, reached) = (self.clone(), config.clone(), reached.clone());
            std::thread::spawn(move || {
                for mut stream in listener.incoming().flatten() {
                    let (own, reached) = (own.clone(), reached.clone());
                    let mut session = ServerConnection::new(config.clone()).expect("a session");
                    std::thread::spawn(move || {
                        // A client that does not trust the certificate ends this.
                        if session.complete_io(&mut stream).is_ok() && !session.is_handshaking() {
                            reached.fetch_add(1, Ordering::Relaxed);
                            attend(StreamOwned::new(session, stream), &own);
                        }
                    });
                }
            });
            address
        };
        let https = listen(|mut stream, own| {
            answer(&mut stream, &own.week, &own.state);
            stream.conn.send_close_notify();
            let _ = stream.flush();
        });
        let wss = listen(|stream, own| {
            let (week, state, heartbeats) = (&own.week, &own.state, &own.heartbeats);
            Subscriber::serve(stream, |stream| &stream.sock, week, state, heartbeats);
        });
        Secure {
            url: format!("https://{https}"),
            socket_url: format!("wss://{wss}/ws/api/v2"),
            reached,
        }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where its WebSocket is.
    pub fn socket_url(&self) -> String {
        format!("ws://{}/ws/api/v2", self.address)
    }

    /// How often somebody on a WebSocket has shown to live.
    pub fn heartbeats(&self) -> usize {
        self.heartbeats.load(Ordering::Relaxed)
    }

    /// What time the market is at.
    pub fn set_time(&self, time: u64) {
        self.state.lock().unwrap().time = time;
    }

    /// Has `deribit`, `deribit-websocket` or `okx` fail, or work again.
    pub fn fail(&self, name: &str, fails: bool) {
        let mut state = self.state.lock().unwrap();
        state.failing.retain(|failing| failing != name);
        if fails {
            state.failing.push(name.to_owned());
        }
    }

    /// Its options now.
    pub fn options(&self) -> Vec<Listed> {
        let time = self.state.lock().unwrap().time;
        self.week.options(time)
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
            recorded: Recorded::named(),
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

    /// Every option at a time, from the last snapshot.
    fn options(&self, time: u64) -> Vec<Listed> {
        let spot = self.index(time);
        if let Some(recorded) = &self.recorded {
            return recorded.options(time, spot);
        }
        let times = self.slices.iter().map(|(at, _, _)| *at);
        let last = times.filter(|at| *at <= time).max().expect("a snapshot");
        let mut options = Vec::new();
        for (_, _, slice) in self
            .slices
            .iter()
            .filter(|(at, _, slice)| *at == last && slice.expiry > time)
        {
            let tau = (slice.expiry - time) as f64 / YEAR as f64;
            let forward = spot * (slice.carry as f64 / 1e18 * tau).exp();
            for strike in (1_000..3_000).step_by(50) {
                let vol = anchor_vol(slice, tau, (strike as f64 / forward).ln());
                for is_call in [true, false] {
                    let price = |vol: f64| coin(forward, strike, is_call, slice.expiry - time, vol);
                    options.push(Listed {
                        expiry: slice.expiry,
                        strike,
                        is_call,
                        forward,
                        vol,
                        bid: Some(price(vol - HALF_SPREAD)).filter(|bid| *bid > 0.0),
                        ask: Some(price(vol + HALF_SPREAD)),
                        mark: price(vol),
                    });
                }
            }
        }
        options
    }
}

/// What an option is worth in coin.
fn coin(forward: f64, strike: u64, is_call: bool, seconds: u64, vol: f64) -> f64 {
    let contract = Contract {
        spot: (forward * 1e18) as u128,
        strike: u128::from(strike) * 1_000_000_000_000_000_000,
        seconds,
        vol: (vol * 1e18) as u64,
        rate: 0,
    };
    let prices = price_wad(&contract).expect("an option");
    let price = if is_call { prices.call } else { prices.put };
    price as f64 / 1e18 / forward
}

/// Answers one request over HTTP.
fn answer(stream: impl Read + Write, week: &Week, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let Some((first, _)) = read_request(&mut reader) else {
        return;
    };
    let path = first.split(' ').nth(1).unwrap_or_default();
    let (status, body) = respond(path, week, &state.lock().unwrap());
    let text = body.to_string();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    let stream = reader.get_mut();
    // Whoever hangs up early is no concern of ours.
    let _ = stream.write_all((head + &text).as_bytes());
    let _ = stream.flush();
}

fn respond(path: &str, week: &Week, state: &State) -> (&'static str, Value) {
    let exchange = if path.starts_with("/api/v2") {
        "deribit"
    } else {
        "okx"
    };
    if state.fails(exchange) {
        return ("503 Service Unavailable", json!({}));
    }
    let milliseconds = state.time * 1_000;
    let index = week.index(state.time);
    let kind = |is_call: bool| if is_call { "C" } else { "P" };
    let body = if path.contains("get_index_price") {
        deribit(json!({ "index_price": index, "estimated_delivery_price": index }))
    } else if path.contains("get_book_summary_by_currency") {
        let quotes = deribit_options(week, state.time).into_iter();
        deribit(quotes.map(|option| json!({
            "instrument_name": option.name, "creation_timestamp": milliseconds - option.age, "underlying_price": option.forward,
            "mark_iv": 100.0 * option.vol, "mark_price": option.mark, "bid_price": option.bid, "ask_price": option.ask, "mid_price": null,
            "base_currency": "ETH", "quote_currency": "ETH", "open_interest": 12.0, "interest_rate": 0.0, "volume": 0.0
        })).collect())
    } else if path.contains("index-tickers") {
        okx(vec![
            json!({ "instId": "ETH-USD", "idxPx": index.to_string(), "ts": milliseconds.to_string() }),
        ])
    } else if path.contains("opt-summary") {
        let quotes = week.options(state.time).into_iter();
        okx(quotes.map(|option| json!({
            "instType": "OPTION", "uly": "ETH-USD",
            "instId": format!("ETH-USD-{}-{}-{}", okx_date(option.expiry), option.strike, kind(option.is_call)),
            "markVol": option.vol.to_string(), "bidVol": (option.vol - HALF_SPREAD).to_string(), "askVol": (option.vol + HALF_SPREAD).to_string(),
            "fwdPx": option.forward.to_string(), "ts": milliseconds.to_string()
        })).collect())
    } else {
        return ("404 Not Found", json!({}));
    };
    ("200 OK", body)
}

/// An option as Deribit quotes it.
struct Quoted {
    name: String,
    age: u64,
    forward: f64,
    vol: f64,
    bid: Option<f64>,
    ask: Option<f64>,
    mark: f64,
}

fn deribit_options(week: &Week, time: u64) -> Vec<Quoted> {
    let options = week.options(time).into_iter().enumerate();
    let quoted = options.map(|(place, option)| {
        // One of seven is stale, crossed or absurd.
        let (age, bid, vol) = match place % 21 {
            0 => (3_600_000, option.bid, option.vol),
            7 => (0, Some(2.0 * option.ask.unwrap_or(1.0)), option.vol),
            14 => (0, option.bid, 9.0),
            _ => (0, option.bid, option.vol),
        };
        let kind = if option.is_call { "C" } else { "P" };
        Quoted {
            name: format!(
                "ETH-{}-{}-{kind}",
                deribit_date(option.expiry),
                option.strike
            ),
            age,
            forward: option.forward,
            vol,
            bid,
            ask: option.ask,
            mark: option.mark,
        }
    });
    quoted.collect()
}

/// Whether a connection begins with the handshake of a WebSocket.
fn wants_socket(stream: &TcpStream) -> bool {
    let mut head = [0; 2_048];
    loop {
        match stream.peek(&mut head) {
            Ok(0) | Err(_) => return false,
            Ok(length) => {
                let text = String::from_utf8_lossy(&head[..length]).to_ascii_lowercase();
                if text.contains("\r\n\r\n") || length == head.len() {
                    return text.contains("upgrade: websocket");
                }
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The other end of a WebSocket, and what it wants to be told.
struct Subscriber<'a, S> {
    socket: WebSocket<S>,
    week: &'a Week,
    channels: HashSet<String>,
    told: u64,
    /// When it was asked whether it lives, once it wanted to be.
    asked: Option<Instant>,
    heartbeats: &'a AtomicUsize,
}

impl<S: Read + Write> Subscriber<'_, S> {
    /// Attends to who is at the other end of a stream, which `connection` finds the connection of.
    fn serve(
        stream: S,
        connection: impl Fn(&S) -> &TcpStream,
        week: &Week,
        state: &Mutex<State>,
        heartbeats: &AtomicUsize,
    ) {
        let Ok(socket) = tungstenite::accept(stream) else {
            return;
        };
        let wait = Some(Duration::from_millis(20));
        let connection = connection(socket.get_ref());
        connection.set_read_timeout(wait).expect("set");
        let mut own = Subscriber {
            socket,
            week,
            channels: HashSet::new(),
            told: 0,
            asked: None,
            heartbeats,
        };
        // Whoever hangs up early is no concern of ours.
        let _ = own.attend(state);
    }

    fn attend(&mut self, state: &Mutex<State>) -> Result<(), Box<tungstenite::Error>> {
        let mut waits = false;
        loop {
            let (time, fails) = {
                let state = state.lock().unwrap();
                (state.time, state.fails("deribit-websocket"))
            };
            if fails {
                return Ok(());
            }
            match self.socket.read() {
                Ok(Message::Text(text)) => {
                    waits &= !text.contains("public/test");
                    let request = serde_json::from_str(&text).expect("JSON");
                    self.answer(&request, time)?;
                }
                Ok(_) => {}
                Err(tungstenite::Error::Io(error))
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(Box::new(error)),
            }
            if self.asked.is_some_and(|asked| asked.elapsed() > HEARTBEAT) {
                // As the exchange does with who does not answer.
                if waits {
                    return Ok(());
                }
                (self.asked, waits) = (Some(Instant::now()), true);
                self.send(&json!({ "jsonrpc": "2.0", "method": "heartbeat", "params": { "type": "test_request" } }))?;
            }
            if time != self.told && self.channels.len() > 1 {
                self.told = time;
                self.tell(time)?;
            }
        }
    }

    fn answer(&mut self, request: &Value, time: u64) -> Result<(), Box<tungstenite::Error>> {
        let result = match request["method"].as_str().expect("a method") {
            "public/get_instruments" => {
                let options = deribit_options(self.week, time).into_iter();
                options
                    .map(|option| json!({ "instrument_name": option.name, "kind": "option", "is_active": true }))
                    .collect()
            }
            "public/subscribe" => {
                let channels = request["params"]["channels"].as_array().expect("channels");
                let names = channels
                    .iter()
                    .map(|name| name.as_str().expect("text").to_owned());
                self.channels.extend(names);
                // What is new is told at once.
                self.told = 0;
                request["params"]["channels"].clone()
            }
            "public/set_heartbeat" => {
                self.asked = Some(Instant::now());
                json!("ok")
            }
            "public/test" => {
                self.heartbeats.fetch_add(1, Ordering::Relaxed);
                json!({ "version": "1.2.26" })
            }
            other => panic!("no such method: {other}"),
        };
        self.send(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": result, "usIn": 1, "usOut": 2, "usDiff": 1 }))
    }

    fn tell(&mut self, time: u64) -> Result<(), Box<tungstenite::Error>> {
        let index = self.week.index(time);
        let mut told = vec![(
            "deribit_price_index.eth_usd".to_owned(),
            json!({ "timestamp": time * 1_000, "price": index, "index_name": "eth_usd" }),
        )];
        for option in deribit_options(self.week, time) {
            let ticker = json!({
                "instrument_name": option.name, "timestamp": time * 1_000 - option.age, "state": "open",
                "underlying_price": option.forward, "index_price": index, "mark_iv": 100.0 * option.vol, "mark_price": option.mark,
                "best_bid_price": option.bid.unwrap_or_default(), "best_bid_amount": 5.0,
                "best_ask_price": option.ask.unwrap_or_default(), "best_ask_amount": 5.0,
                "open_interest": 12.0, "interest_rate": 0.0
            });
            told.push((format!("ticker.{}.agg2", option.name), ticker));
        }
        for (channel, data) in told {
            if self.channels.contains(&channel) {
                let params = json!({ "channel": channel, "data": data });
                let note = json!({ "jsonrpc": "2.0", "method": "subscription", "params": params });
                self.socket
                    .write(Message::text(note.to_string()))
                    .map_err(Box::new)?;
            }
        }
        self.socket.flush().map_err(Box::new)
    }

    fn send(&mut self, message: &Value) -> Result<(), Box<tungstenite::Error>> {
        let text = Message::text(message.to_string());
        self.socket.send(text).map_err(Box::new)
    }
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
