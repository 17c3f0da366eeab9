//! Options as an exchange had them: snapshots of its chain, in the columns that `smirk fit` reads. SMIRK_KEEPER_CHAINS names their
//! folder (`scripts/bench --keeper --chains`).

use std::{collections::BTreeMap, io::Read, path::Path};

use smirk_fit::{
    option_chain::{chain_files, open},
    time::parse_utc,
};

use crate::exchange::Listed;

const CURRENCY: &str = "ETH";

/// One snapshot.
struct Snapshot {
    index: f64,
    options: Vec<Listed>,
}

/// Snapshots by their times.
pub struct Recorded(BTreeMap<u64, Snapshot>);

impl Recorded {
    /// Those of the folder that the environment names, if it names one.
    pub fn named() -> Option<Recorded> {
        let folder = std::env::var_os("SMIRK_KEEPER_CHAINS")?;
        let files = chain_files(Path::new(&folder)).expect("a folder of chains");
        let snapshots = files.iter().filter_map(|file| Snapshot::read(file));
        Some(Recorded(snapshots.collect()))
    }

    /// The options of the last snapshot at a time, with their forwards moved as far as spot has moved since.
    pub fn options(&self, time: u64, spot: f64) -> Vec<Listed> {
        let before = self.0.range(..=time).next_back();
        let (_, snapshot) = before
            .or_else(|| self.0.first_key_value())
            .expect("a snapshot");
        let live = snapshot
            .options
            .iter()
            .filter(|option| option.expiry > time);
        live.map(|option| Listed {
            forward: option.forward * spot / snapshot.index,
            ..option.clone()
        })
        .collect()
    }
}

impl Snapshot {
    fn read(file: &Path) -> Option<(u64, Snapshot)> {
        let mut text = String::new();
        let mut input = open(file).expect("a file");
        input.read_to_string(&mut text).expect("text");
        let mut lines = text.lines();
        let head: Vec<&str> = lines.next()?.split(',').collect();
        let column = |name: &str| head.iter().position(|other| *other == name).expect(name);
        let (currency, time, index) = (
            column("currency"),
            column("timestamp_utc"),
            column("index_price"),
        );
        let rows = lines.map(|line| line.split(',').collect::<Vec<_>>());
        let rows: Vec<_> = rows.filter(|row| row[currency] == CURRENCY).collect();
        let first = rows.first()?;
        let read = |row: &[&str]| {
            let text = |name: &str| row[column(name)];
            let number = |name: &str| text(name).parse::<f64>().ok();
            Some(Listed {
                expiry: parse_utc(text("expiry_utc")).expect("a time"),
                strike: number("strike")? as u64,
                is_call: text("option_type") == "C",
                forward: number("underlying_price")?,
                vol: number("mark_iv")? / 100.0,
                bid: number("bid_price"),
                ask: number("ask_price"),
                mark: number("mark_price")?,
            })
        };
        let snapshot = Snapshot {
            index: first[index].parse().expect("an index"),
            options: rows.iter().filter_map(|row| read(row)).collect(),
        };
        Some((parse_utc(first[time]).expect("a time"), snapshot))
    }
}
