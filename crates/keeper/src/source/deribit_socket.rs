//! Deribit over its WebSocket API: `public/get_instruments` names the options, `public/subscribe` to `ticker.NAME.agg2` and
//! `deribit_price_index.INDEX` keeps them up to date, `public/set_heartbeat` shows that the connection lives.
//!
//! A ticker comes when something of it has changed, so that each stands until the next one: all of a connection's are as old as
//! the newest that it brought. A connection that ends, or is silent for longer than two heartbeats, takes its quotes with it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{bail, ensure, Context, Result};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{json, Value};
use tokio::{
    net::TcpStream,
    task::AbortHandle,
    time::{sleep, timeout, Instant},
};
use tokio_tungstenite::{
    connect_async, tungstenite::protocol::Message, MaybeTlsStream, WebSocketStream,
};

use super::{deribit::instrument, Quote, Raw, Unit};

/// Seconds between heartbeats; the least that the exchange takes is ten.
const HEARTBEAT: u64 = 10;
const SILENCE: Duration = Duration::from_secs(2 * HEARTBEAT + 5);
/// How long a reader waits for a connection that has just begun.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two attempts to connect, at first; it doubles up to a minute.
const PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Between two looks at which options there are.
const INSTRUMENTS_EVERY: Duration = Duration::from_secs(300);
/// Channels of one request: the exchange takes 500.
const CHANNELS: usize = 250;
/// Most options that are followed; an exchange lists some thousand of a currency.
const MOST: usize = 20_000;
/// Share of the options that have to have a ticker before there is a chain.
const COVERAGE: f64 = 0.9;

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A currency's options, kept up to date from the first reading on.
#[derive(Clone)]
pub struct Socket {
    market: Arc<Mutex<Market>>,
    task: Arc<AbortHandle>,
}

/// What the connection has said.
#[derive(Default)]
struct Market {
    index: f64,
    quotes: HashMap<String, Quote>,
    expected: usize,
    newest: u64,
    failure: Option<String>,
}

#[derive(Deserialize)]
struct Ticker {
    instrument_name: String,
    timestamp: u64,
    underlying_price: Option<f64>,
    mark_iv: Option<f64>,
    mark_price: Option<f64>,
    best_bid_price: Option<f64>,
    best_ask_price: Option<f64>,
}

#[derive(Deserialize)]
struct PriceIndex {
    price: f64,
    timestamp: u64,
}

#[derive(Deserialize)]
struct Instrument {
    instrument_name: String,
}

impl Socket {
    /// Starts to follow a currency.
    pub fn start(url: &str, currency: &str) -> Socket {
        let market = Arc::new(Mutex::new(Market::default()));
        let follower = Follower {
            url: url.to_owned(),
            currency: currency.to_owned(),
            market: market.clone(),
        };
        let task = Arc::new(tokio::spawn(follower.run()).abort_handle());
        Socket { market, task }
    }

    /// The options as they are now; waits a little for a connection that has just begun.
    pub async fn read(&self) -> Result<Raw> {
        let begun = Instant::now();
        loop {
            let (reading, has_failed) = {
                let market = lock(&self.market);
                (market.reading(), market.failure.is_some())
            };
            match reading {
                // A connection that failed is tried again, but nobody waits for that.
                Err(_) if !has_failed && begun.elapsed() < PATIENCE => {
                    sleep(Duration::from_millis(50)).await;
                }
                reading => return reading,
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // The last handle ends the connection.
        if Arc::strong_count(&self.task) == 1 {
            self.task.abort();
        }
    }
}

impl Market {
    fn reading(&self) -> Result<Raw> {
        if let Some(failure) = &self.failure {
            bail!("{failure}");
        }
        let there = self.quotes.len();
        ensure!(
            self.index > 0.0 && there > 0 && there as f64 >= COVERAGE * self.expected as f64,
            "{there} of {} options have a ticker yet",
            self.expected
        );
        let fresh = |quote: &Quote| Quote {
            time: self.newest,
            ..quote.clone()
        };
        Ok(Raw {
            index: self.index,
            quotes: self.quotes.values().map(fresh).collect(),
        })
    }

    /// Takes a notification in.
    fn take(&mut self, params: &Value) -> Result<()> {
        let channel = params["channel"].as_str().unwrap_or_default();
        let data = &params["data"];
        let time = if channel.starts_with("ticker.") {
            let ticker = Ticker::deserialize(data).context("a ticker")?;
            let time = ticker.timestamp / 1_000;
            let name = ticker.instrument_name.as_str();
            let has_place = self.quotes.len() < MOST || self.quotes.contains_key(name);
            if let Some(quote) = quote(&ticker).filter(|_| has_place) {
                self.quotes.insert(ticker.instrument_name, quote);
            }
            time
        } else if channel.starts_with("deribit_price_index.") {
            let index = PriceIndex::deserialize(data).context("an index")?;
            self.index = index.price;
            index.timestamp / 1_000
        } else {
            return Ok(());
        };
        self.newest = self.newest.max(time);
        Ok(())
    }
}

struct Follower {
    url: String,
    currency: String,
    market: Arc<Mutex<Market>>,
}

impl Follower {
    /// Connects again and again.
    async fn run(self) {
        let mut pause = PAUSE;
        loop {
            let ended = self.follow().await;
            let why = ended.err().map(|error| format!("{error:#}"));
            let lost = Market {
                failure: Some(why.unwrap_or_else(|| "the exchange hung up".into())),
                ..Market::default()
            };
            let before = std::mem::replace(&mut *lock(&self.market), lost);
            if !before.quotes.is_empty() {
                pause = PAUSE;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// One connection, to its end.
    async fn follow(&self) -> Result<()> {
        let connecting = timeout(PATIENCE, connect_async(&self.url));
        let (mut stream, _) = connecting
            .await
            .with_context(|| format!("{} does not answer", self.url))?
            .with_context(|| format!("{} takes no connection", self.url))?;
        send(
            &mut stream,
            "public/set_heartbeat",
            json!({ "interval": HEARTBEAT }),
        )
        .await?;
        let index = format!("deribit_price_index.{}_usd", self.currency.to_lowercase());
        subscribe(&mut stream, &[index]).await?;
        let mut asked = Instant::now();
        self.ask_for_instruments(&mut stream).await?;
        loop {
            let message = timeout(SILENCE, stream.next())
                .await
                .context("the exchange is silent")?;
            let text = match message {
                None => return Ok(()),
                Some(message) => match message.context("the connection broke")? {
                    Message::Text(text) => text,
                    Message::Close(_) => return Ok(()),
                    _ => continue,
                },
            };
            let message: Value = serde_json::from_str(&text).context("no JSON")?;
            self.answer(&mut stream, &message).await?;
            if asked.elapsed() > INSTRUMENTS_EVERY {
                asked = Instant::now();
                self.ask_for_instruments(&mut stream).await?;
            }
        }
    }

    async fn ask_for_instruments(&self, stream: &mut Stream) -> Result<()> {
        let params = json!({ "currency": self.currency, "kind": "option", "expired": false });
        send(stream, "public/get_instruments", params).await
    }

    async fn answer(&self, stream: &mut Stream, message: &Value) -> Result<()> {
        if let Some(error) = message.get("error") {
            bail!("the exchange refuses: {error}");
        }
        match message["method"].as_str() {
            Some("subscription") => lock(&self.market).take(&message["params"]),
            Some("heartbeat") if message["params"]["type"] == "test_request" => {
                send(stream, "public/test", json!({})).await
            }
            Some(_) => Ok(()),
            None if message["id"] == id_of("public/get_instruments") => {
                let instruments =
                    Vec::<Instrument>::deserialize(&message["result"]).context("instruments")?;
                ensure!(instruments.len() <= MOST, "{} options", instruments.len());
                self.follow_instruments(stream, &instruments).await
            }
            None => Ok(()),
        }
    }

    /// Subscribes to what is new and forgets what is no more.
    async fn follow_instruments(
        &self,
        stream: &mut Stream,
        instruments: &[Instrument],
    ) -> Result<()> {
        let names = || instruments.iter().map(|own| own.instrument_name.as_str());
        let new: Vec<String> = {
            let mut market = lock(&self.market);
            let listed: std::collections::HashSet<&str> = names().collect();
            market
                .quotes
                .retain(|name, _| listed.contains(name.as_str()));
            market.expected = instruments.len();
            let is_new = |name: &&str| !market.quotes.contains_key(*name);
            let new = names().filter(is_new);
            new.map(|name| format!("ticker.{name}.agg2")).collect()
        };
        for channels in new.chunks(CHANNELS) {
            subscribe(stream, channels).await?;
        }
        // Only what arrives from here on counts as an answer to a failure.
        lock(&self.market).failure = None;
        Ok(())
    }
}

async fn subscribe(stream: &mut Stream, channels: &[String]) -> Result<()> {
    send(stream, "public/subscribe", json!({ "channels": channels })).await
}

async fn send(stream: &mut Stream, method: &str, params: Value) -> Result<()> {
    let id = id_of(method);
    let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let message = Message::text(request.to_string());
    stream.send(message).await.context("the connection broke")
}

/// Requests of one kind have one number: their answers are treated alike.
fn id_of(method: &str) -> u64 {
    match method {
        "public/get_instruments" => 1,
        "public/subscribe" => 2,
        "public/set_heartbeat" => 3,
        _ => 4,
    }
}

fn quote(ticker: &Ticker) -> Option<Quote> {
    let (expiry, strike, kind) = instrument(&ticker.instrument_name)?;
    let number = |value: Option<f64>| value.unwrap_or_default();
    Some(Quote {
        time: ticker.timestamp / 1_000,
        expiry,
        kind,
        strike,
        forward: number(ticker.underlying_price),
        mark_vol: number(ticker.mark_iv) / 100.0,
        bid: number(ticker.best_bid_price),
        ask: number(ticker.best_ask_price),
        mark: number(ticker.mark_price),
        unit: Unit::Coin,
    })
}

fn lock(market: &Mutex<Market>) -> std::sync::MutexGuard<'_, Market> {
    market.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_as_the_exchange_writes_them_make_a_chain() {
        let mut market = Market {
            expected: 1,
            ..Market::default()
        };
        assert!(market.reading().is_err());
        let ticker = r#"{"channel":"ticker.ETH-6FEB26-2000-C.agg2","data":{"timestamp":1770306692123,"state":"open",
            "stats":{"volume_usd":5.7,"volume":2.0,"price_change":null,"low":null,"high":null},"underlying_price":1976.5,
            "underlying_index":"ETH-6FEB26","settlement_price":0.03,"open_interest":10.0,"min_price":0.0001,"max_price":0.2,
            "mark_price":0.0312,"mark_iv":101.5,"last_price":0.03,"interest_rate":0.0,"instrument_name":"ETH-6FEB26-2000-C",
            "index_price":1975.1,"greeks":{"vega":0.4,"theta":-9.1,"rho":0.02,"gamma":0.003,"delta":0.4},
            "estimated_delivery_price":1975.1,"bid_iv":100.0,"best_bid_price":0.031,"best_bid_amount":12.0,"best_ask_price":0.0,
            "best_ask_amount":0.0,"ask_iv":0.0}}"#;
        market.take(&serde_json::from_str(ticker).unwrap()).unwrap();
        let index = r#"{"channel":"deribit_price_index.eth_usd","data":{"timestamp":1770306699000,"price":1975.25,"index_name":"eth_usd"}}"#;
        market.take(&serde_json::from_str(index).unwrap()).unwrap();
        let raw = market.reading().unwrap();
        assert_eq!(raw.index, 1_975.25);
        let quote = &raw.quotes[0];
        assert_eq!((quote.strike, quote.mark_vol), (2_000.0, 1.015));
        assert_eq!((quote.bid, quote.ask), (0.031, 0.0));
        assert_eq!(
            quote.time, 1_770_306_699,
            "as old as the connection's newest"
        );
        for strike in 1..=MOST + 10 {
            let name = format!("ETH-6FEB26-{strike}-C");
            let ticker = json!({ "channel": format!("ticker.{name}.agg2"), "data": { "instrument_name": name, "timestamp": 1_770_306_699_000u64 } });
            market.take(&ticker).unwrap();
        }
        assert_eq!(
            market.quotes.len(),
            MOST,
            "no more are kept than there can be"
        );
        market.quotes.retain(|_, quote| quote.mark_vol > 0.0);
        market.expected = 2;
        assert!(market.reading().is_err(), "half of the options are none");
        market.failure = Some("gone".into());
        let failure = market.reading().err().map(|error| error.to_string());
        assert_eq!(failure.as_deref(), Some("gone"));
    }
}
