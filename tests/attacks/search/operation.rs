//! What an attacker with several identities may do next, drawn at random and changed at random.

use crate::common::rng::Rng;

/// Series by index, options.
pub type Legs = Vec<(usize, f64)>;

/// Series that are traded.
pub const SERIES: usize = 20;
/// Identities that write on an account of their own, and hold longs in a wallet.
pub const WRITERS: usize = 2;

/// One operation. `who` is one of the writers.
#[derive(Clone, Debug)]
pub enum Operation {
    /// An order in the wallet: sales are of what is held.
    Order {
        who: usize,
        legs: Legs,
    },
    /// An order on the account.
    OnAccount {
        who: usize,
        legs: Legs,
    },
    /// Every leg of the account is closed by one order.
    Close {
        who: usize,
    },
    /// Every long in the wallet is sold by one order.
    Sell {
        who: usize,
    },
    /// Longs of the wallet go into the account.
    In {
        who: usize,
    },
    /// Longs of the account go to the wallet.
    Out {
        who: usize,
    },
    /// Margin is put in, quote.
    Fund {
        who: usize,
        amount: f64,
    },
    /// Margin is taken out as far as the requirement lets it, or this part of it.
    Take {
        who: usize,
        part: f64,
    },
    Flag {
        who: usize,
    },
    Liquidate {
        who: usize,
    },
    Touch {
        who: usize,
    },
    Settle,
    Claim {
        who: usize,
    },
    /// Quote goes in for shares.
    Deposit {
        amount: f64,
    },
    /// This part of the shares goes back.
    Redeem {
        part: f64,
    },
    /// The venue is traded this far beside the feed's price.
    Push {
        ratio: f64,
    },
    /// The venue is traded to the true price.
    Undo,
    Poke,
    /// The feed says the true price, where it was behind.
    Report,
    /// Vols follow what has happened, ten minutes later.
    Follow,
    /// Time passes and others do their work.
    Wait {
        seconds: u64,
    },
    /// The market moves, and feed and venue with it.
    Move {
        ratio: f64,
    },
    /// The first expiry passes.
    Expire,
}

use Operation::*;

/// What a search may draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// Everything.
    All,
    /// What one ahead of the feed does, without accounts and with.
    AheadInWallets,
    Ahead,
    /// The same by one who holds the venue where it was brought until the second is over, against everybody.
    AheadAndHolding,
}

impl Kinds {
    fn is_ahead(self) -> bool {
        self != Kinds::All
    }
}

fn legs(rng: &mut Rng) -> Legs {
    let count = rng.pick(&[1, 1, 2, 2, 3, 4, 8]);
    let mut legs: Legs = Vec::new();
    for _ in 0..count {
        let id = rng.below(SERIES as u64) as usize;
        let size = rng.pick(&[0.5, 2.0, 10.0, 10.0, 40.0, 90.0]);
        let size = if rng.one_in(2) { size } else { -size };
        if legs.iter().all(|leg| leg.0 != id) {
            legs.push((id, size));
        }
    }
    legs
}

/// A trade at the feed's old price with the venue brought there, and what comes after.
fn ahead(rng: &mut Rng, is_on_account: bool, is_holding: bool) -> Vec<Operation> {
    let who = rng.below(WRITERS as u64) as usize;
    let ratio = rng.pick(&[0.0, 0.0, 0.003, -0.003, 0.006, -0.006]);
    let (id, size) = (
        rng.below(SERIES as u64) as usize,
        rng.pick(&[10.0, 40.0, 90.0, -10.0, -40.0, -90.0]),
    );
    let legs = match rng.below(3) {
        // A forward: no vega, nothing shifts.
        0 if is_on_account => vec![(id, size), (id ^ 1, -size)],
        1 => vec![(id, size)],
        _ => legs(rng),
    };
    let trade = if is_on_account {
        OnAccount { who, legs }
    } else {
        Order { who, legs }
    };
    match rng.below(8) {
        0..=2 if is_holding => vec![Push { ratio }, Wait { seconds: 1 }, trade, Undo],
        0..=2 => vec![Push { ratio }, trade, Undo],
        3 => vec![trade],
        4 => vec![Report],
        5 => vec![Report, Follow],
        6 => vec![Close { who }, Sell { who }],
        _ => vec![Push { ratio }, Poke, Undo],
    }
}

/// A piece of a sequence: one operation, or a few that lead somewhere.
fn piece(rng: &mut Rng, kinds: Kinds) -> Vec<Operation> {
    let who = rng.below(WRITERS as u64) as usize;
    if kinds.is_ahead() {
        let is_on_account = kinds == Kinds::Ahead && rng.one_in(2);
        return ahead(rng, is_on_account, kinds == Kinds::AheadAndHolding);
    }
    if rng.one_in(2) {
        on_accounts(rng, who)
    } else {
        elsewhere(rng, who)
    }
}

const RATIOS: [f64; 6] = [0.03, 0.06, 0.08, -0.03, -0.06, -0.08];
const AMOUNTS: [f64; 3] = [1_000.0, 20_000.0, 200_000.0];

/// A piece on an account.
fn on_accounts(rng: &mut Rng, who: usize) -> Vec<Operation> {
    let size = rng.pick(&[2.0, 10.0, 40.0]);
    let id = rng.below(SERIES as u64) as usize;
    let ratio = rng.pick(&RATIOS);
    let amount = rng.pick(&AMOUNTS);
    let part = rng.pick(&[0.3, 1.0, 1.0]);
    let short = OnAccount {
        who,
        legs: vec![(id, -size)],
    };
    match rng.below(16) {
        0..=2 => vec![OnAccount {
            who,
            legs: legs(rng),
        }],
        3 => vec![Close { who }],
        4 => vec![In { who }],
        5 => vec![Out { who }],
        6 => vec![Fund { who, amount }],
        7 => vec![Take { who, part }],
        8 => vec![Flag { who }],
        9 => vec![Liquidate { who }],
        10 => vec![Touch { who }],
        11 | 12 => vec![
            short,
            Take { who, part: 1.0 },
            Move { ratio },
            Move { ratio },
            Flag { who },
            Liquidate { who },
        ],
        13 => vec![
            Order {
                who,
                legs: vec![(id, size)],
            },
            In { who },
            short,
            Out { who },
        ],
        14 => vec![
            short,
            Order {
                who: 1 - who,
                legs: vec![(id, size)],
            },
        ],
        _ => vec![short, Expire, Settle, Touch { who }],
    }
}

/// A piece in a wallet, with shares, at the venue, or of time.
fn elsewhere(rng: &mut Rng, who: usize) -> Vec<Operation> {
    let ratio = rng.pick(&RATIOS);
    let amount = rng.pick(&AMOUNTS);
    let part = rng.pick(&[0.3, 1.0, 1.0]);
    match rng.below(16) {
        0..=3 => vec![Order {
            who,
            legs: legs(rng),
        }],
        4 | 5 => vec![Sell { who }],
        6 => vec![Settle],
        7 => vec![Claim { who }],
        8 => vec![Deposit {
            amount: amount * 10.0,
        }],
        9 => vec![Redeem { part }],
        10 => vec![Push {
            ratio: rng.pick(&[0.0004, 0.003, 0.006, 0.01, -0.0004, -0.003, -0.006, -0.01]),
        }],
        11 => vec![Undo],
        12 => vec![Poke],
        13 => vec![Report],
        14 => vec![match rng.below(4) {
            0 => Move { ratio },
            1 => Expire,
            _ => Wait {
                seconds: rng.pick(&[2, 60, 700, 2_000, 15_000]),
            },
        }],
        _ => vec![Wait {
            seconds: rng.pick(&[2, 30, 120]),
        }],
    }
}

/// Three to twelve operations, a few more where the last piece goes on.
pub fn sequence(rng: &mut Rng, kinds: Kinds) -> Vec<Operation> {
    let count = 3 + rng.below(10) as usize;
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(piece(rng, kinds));
    }
    all
}

/// The same with one or two changes: something new, something dropped, exchanged, or of another size.
pub fn changed(sequence: &[Operation], rng: &mut Rng, kinds: Kinds) -> Vec<Operation> {
    let mut all = sequence.to_vec();
    for _ in 0..1 + rng.below(2) {
        let at = rng.below(all.len() as u64 + 1) as usize;
        let here = at.min(all.len().saturating_sub(1));
        match rng.below(5) {
            0 | 1 => drop(all.splice(at..at, piece(rng, kinds))),
            2 if all.len() > 2 => drop(all.remove(here)),
            3 if !all.is_empty() => {
                let other = rng.below(all.len() as u64) as usize;
                all.swap(here, other);
            }
            _ if !all.is_empty() => scale(&mut all[here], rng),
            _ => {}
        }
    }
    all.truncate(16);
    all
}

/// The same bets in wallets: longs are bought there, and for what is written on an account its twin, which has the same side.
pub fn in_wallets(sequence: &[Operation]) -> Vec<Operation> {
    let twin = |leg: &(usize, f64)| match leg.1 < 0.0 {
        true => (leg.0 ^ 1, -leg.1),
        false => *leg,
    };
    let translated = |operation: &Operation| match operation {
        OnAccount { who, legs } => {
            let mut all = Legs::new();
            for (id, size) in legs.iter().map(twin) {
                match all.iter_mut().find(|leg| leg.0 == id) {
                    Some(leg) => leg.1 += size,
                    None => all.push((id, size)),
                }
            }
            Order {
                who: *who,
                legs: all,
            }
        }
        Close { who } => Sell { who: *who },
        other => other.clone(),
    };
    sequence.iter().map(translated).collect()
}

fn scale(operation: &mut Operation, rng: &mut Rng) {
    let by = rng.pick(&[-1.0, 0.5, 0.5, 2.0, 2.0]);
    match operation {
        Order { legs, .. } | OnAccount { legs, .. } => {
            let one = rng.below(legs.len() as u64) as usize;
            legs[one].1 *= by;
        }
        Move { ratio } => *ratio = (*ratio * by).clamp(-0.08, 0.08),
        Push { ratio } => *ratio = (*ratio * by).clamp(-0.02, 0.02),
        Fund { amount, .. } | Deposit { amount } => *amount *= f64::abs(by),
        Wait { seconds } => *seconds = 1 + (*seconds as f64 * f64::abs(by)) as u64,
        _ => {}
    }
}
