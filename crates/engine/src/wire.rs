//! A request to assess a pool and its answer as flat bytes, so that the engine can run in the pool's own
//! program or in a second one without storage that the pool calls.
//!
//! Everything is a 64-bit little-endian word or two of them, low word first; signed values are two's
//! complement. A request is: flags (1 order, 2 scenario gate), counts of slices and nodes, the snapshot's and
//! the parameters' fields in the order of their declaration, the order's four fields (zero without an order;
//! call 0, put 1; buy 0, sell 1), then slices and nodes. An answer is: a status and three numbers, then on
//! success the fields of the [`Assessment`] in the order of their declaration.

use crate::assess::{assess, AssessError, Assessment};
use crate::quote::QuoteError;
use crate::state::{
    BookMark, HedgePlan, Kind, Node, Order, Parameters, Quote, Side, Slice, Snapshot, Stress,
    MAX_EXPIRIES, MAX_NODES,
};

/// Bytes of a request with as many slices and nodes.
pub const fn request_size(slices: usize, nodes: usize) -> usize {
    8 * (3 + 11 + 21 + 4 + slices * 5 + nodes * 5)
}

/// Bytes of the longest answer.
pub const ANSWER_SIZE: usize = 8 * (4 + 18 + 17 + 18 + 8 + 15);

const WITH_ORDER: u64 = 1;
const WITH_STRESS: u64 = 2;

/// One direction of travel between values and words; layouts are written once for both.
pub(crate) trait Channel {
    fn word(&mut self, value: &mut u64);

    #[inline(never)]
    fn wide(&mut self, value: &mut u128) {
        let (mut low, mut high) = (*value as u64, (*value >> 64) as u64);
        self.word(&mut low);
        self.word(&mut high);
        *value = (high as u128) << 64 | low as u128;
    }

    #[inline(never)]
    fn signed(&mut self, value: &mut i128) {
        let mut bits = *value as u128;
        self.wide(&mut bits);
        *value = bits as i128;
    }

    /// As many words in a row, which a reader takes at once; past the end they stay as they are.
    fn words<const N: usize>(&mut self, values: &mut [u64; N]) {
        for value in values {
            self.word(value);
        }
    }

    fn signed_word(&mut self, value: &mut i64) {
        let mut bits = *value as u64;
        self.word(&mut bits);
        *value = bits as i64;
    }
}

/// Reads; past the end it yields zeros and `None` remains.
pub(crate) struct Reader<'a>(pub(crate) Option<&'a [u8]>);

impl Channel for Reader<'_> {
    #[inline(never)]
    fn word(&mut self, value: &mut u64) {
        let split = self.0.and_then(|bytes| bytes.split_first_chunk::<8>());
        *value = split.map_or(0, |(word, _)| u64::from_le_bytes(*word));
        self.0 = split.map(|(_, rest)| rest);
    }

    #[inline]
    fn words<const N: usize>(&mut self, values: &mut [u64; N]) {
        let split = self.0.and_then(|bytes| bytes.split_at_checked(8 * N));
        let (chunks, _) = split.map_or(&[][..], |(words, _)| words).as_chunks::<8>();
        for (value, chunk) in values.iter_mut().zip(chunks) {
            *value = u64::from_le_bytes(*chunk);
        }
        self.0 = split.map(|(_, rest)| rest);
    }
}

/// Writes; past the end it drops words and `None` remains.
pub(crate) struct Writer<'a>(pub(crate) Option<&'a mut [u8]>);

impl Channel for Writer<'_> {
    #[inline(never)]
    fn word(&mut self, value: &mut u64) {
        self.0 = self.0.take().and_then(|bytes| {
            let (word, rest) = bytes.split_first_chunk_mut::<8>()?;
            *word = value.to_le_bytes();
            Some(rest)
        });
    }
}

fn parameters(channel: &mut impl Channel, p: &mut Parameters) {
    channel.wide(&mut p.depth);
    for field in [
        &mut p.coupling,
        &mut p.wing_depth,
        &mut p.short_term,
        &mut p.shift_cap,
        &mut p.half_spread,
        &mut p.fee_floor,
        &mut p.hedge_fee,
        &mut p.anchor_fresh,
        &mut p.anchor_limit,
        &mut p.risk_aversion,
        &mut p.edge_slack,
        &mut p.venue_fee,
        &mut p.hedge_gas,
        &mut p.band_cap,
        &mut p.exposure_cap,
        &mut p.equity_floor,
        &mut p.upside_slope,
        &mut p.nav_spread,
        &mut p.nav_price_spread,
    ] {
        channel.word(field);
    }
}

/// Everything of a snapshot but its lists and its parameters.
fn pool(channel: &mut impl Channel, snapshot: &mut Snapshot) {
    channel.wide(&mut snapshot.spot);
    channel.word(&mut snapshot.now);
    channel.signed(&mut snapshot.cash);
    channel.signed(&mut snapshot.hedge_position);
    channel.wide(&mut snapshot.venue_depth);
    channel.wide(&mut snapshot.flow_variance);
}

pub(crate) fn slice(channel: &mut impl Channel, slice: &mut Slice) {
    channel.word(&mut slice.expiry);
    channel.word(&mut slice.atm_vol);
    channel.word(&mut slice.left_wing);
    channel.word(&mut slice.right_wing);
    channel.word(&mut slice.posted_at);
}

fn node(channel: &mut impl Channel, node: &mut Node) {
    let mut words = [
        node.slice as u64,
        node.strike as u64,
        (node.strike >> 64) as u64,
        node.calls as u64,
        node.puts as u64,
    ];
    channel.words(&mut words);
    let [slice, low, high, calls, puts] = words;
    node.slice = slice as u8;
    node.strike = (high as u128) << 64 | low as u128;
    node.calls = calls as i64;
    node.puts = puts as i64;
}

fn order(channel: &mut impl Channel, order: &mut Order) {
    let (mut index, mut put, mut sell) = (
        order.node as u64,
        (order.kind == Kind::Put) as u64,
        (order.side == Side::Sell) as u64,
    );
    channel.word(&mut index);
    channel.word(&mut put);
    channel.word(&mut sell);
    channel.word(&mut order.lots);
    order.node = usize::try_from(index).unwrap_or(usize::MAX);
    order.kind = if put == 0 { Kind::Call } else { Kind::Put };
    order.side = if sell == 0 { Side::Buy } else { Side::Sell };
}

fn book_mark(channel: &mut impl Channel, mark: &mut BookMark) {
    for field in [
        &mut mark.value,
        &mut mark.net_delta,
        &mut mark.net_gamma,
        &mut mark.net_vega,
        &mut mark.net_theta,
    ] {
        channel.signed(field);
    }
    channel.wide(&mut mark.gross_log_vega);
    for field in [&mut mark.nav, &mut mark.nav_low, &mut mark.nav_high] {
        channel.signed(field);
    }
}

fn quote(channel: &mut impl Channel, quote: &mut Quote) {
    for field in [&mut quote.premium, &mut quote.fee, &mut quote.mark] {
        channel.wide(field);
    }
    for field in [
        &mut quote.vol_before,
        &mut quote.vol_after,
        &mut quote.shift,
    ] {
        channel.word(field);
    }
    for field in [
        &mut quote.delta,
        &mut quote.gamma,
        &mut quote.vega,
        &mut quote.theta,
    ] {
        channel.signed(field);
    }
}

fn assessment(channel: &mut impl Channel, value: &mut Assessment) {
    book_mark(channel, &mut value.before);
    quote(channel, &mut value.quote);
    book_mark(channel, &mut value.after);
    plan(channel, &mut value.hedge);
    stress(channel, &mut value.stress);
}

fn plan(channel: &mut impl Channel, plan: &mut HedgePlan) {
    channel.signed(&mut plan.exposure);
    channel.wide(&mut plan.band);
    channel.wide(&mut plan.limit);
    channel.signed(&mut plan.trade);
}

fn stress(channel: &mut impl Channel, stress: &mut Stress) {
    channel.signed(&mut stress.equity);
    channel.wide(&mut stress.worst_loss);
    channel.wide(&mut stress.worst_spot);
    channel.signed_word(&mut stress.worst_vol_move);
    channel.wide(&mut stress.floor);
    channel.signed(&mut stress.upside_slope);
    channel.signed(&mut stress.upside_slope_limit);
    channel.signed(&mut stress.value_at_zero);
}

/// Status and numbers of an error; the inverse of [`error`].
fn error_words(error: AssessError) -> [u64; 4] {
    match error {
        AssessError::BookTooLarge { nodes, slices } => [1, nodes as u64, slices as u64, 0],
        AssessError::Malformed { length } => [2, length as u64, 0, 0],
        AssessError::Quote(QuoteError::UnknownNode { node, count }) => {
            [3, node as u64, count as u64, 0]
        }
        AssessError::Quote(QuoteError::Expired { expiry, now }) => [4, expiry, now, 0],
        AssessError::Quote(QuoteError::PositionOverflow { position, lots }) => {
            [5, position as u64, lots, 0]
        }
        AssessError::Quote(QuoteError::ShiftAboveCap { shift, cap }) => [6, shift, cap, 0],
        AssessError::Quote(QuoteError::NotConverged { step, limit }) => [7, step, limit, 0],
    }
}

/// The error that [`error_words`] described; any other status is malformed.
fn error([status, a, b, _]: [u64; 4], length: usize) -> AssessError {
    let (node, count) = (a as usize, b as usize);
    AssessError::Quote(match status {
        1 => {
            return AssessError::BookTooLarge {
                nodes: node,
                slices: count,
            }
        }
        2 => return AssessError::Malformed { length: node },
        3 => QuoteError::UnknownNode { node, count },
        4 => QuoteError::Expired { expiry: a, now: b },
        5 => QuoteError::PositionOverflow {
            position: a as i64,
            lots: b,
        },
        6 => QuoteError::ShiftAboveCap { shift: a, cap: b },
        7 => QuoteError::NotConverged { step: a, limit: b },
        _ => return AssessError::Malformed { length },
    })
}

const NO_PARAMETERS: Parameters = Parameters {
    depth: 0,
    coupling: 0,
    wing_depth: 0,
    short_term: 0,
    shift_cap: 0,
    half_spread: 0,
    fee_floor: 0,
    hedge_fee: 0,
    anchor_fresh: 0,
    anchor_limit: 0,
    risk_aversion: 0,
    edge_slack: 0,
    venue_fee: 0,
    hedge_gas: 0,
    band_cap: 0,
    exposure_cap: 0,
    equity_floor: 0,
    upside_slope: 0,
    nav_spread: 0,
    nav_price_spread: 0,
};

const NO_ORDER: Order = Order {
    node: 0,
    kind: Kind::Call,
    side: Side::Buy,
    lots: 0,
};

/// Writes a request; its length, or `None` when `bytes` is too short.
pub fn encode_request(
    snapshot: &Snapshot,
    asked: Option<&Order>,
    with_stress: bool,
    bytes: &mut [u8],
) -> Option<usize> {
    let length = request_size(snapshot.slices.len(), snapshot.nodes.len());
    let channel = &mut Writer(bytes.get_mut(..length));
    let order_flag = if asked.is_some() { WITH_ORDER } else { 0 };
    channel.word(&mut (order_flag | if with_stress { WITH_STRESS } else { 0 }));
    channel.word(&mut (snapshot.slices.len() as u64));
    channel.word(&mut (snapshot.nodes.len() as u64));
    pool(channel, &mut snapshot.clone());
    parameters(channel, &mut snapshot.parameters.clone());
    order(channel, &mut asked.copied().unwrap_or(NO_ORDER));
    for entry in snapshot.slices {
        slice(channel, &mut entry.clone());
    }
    for entry in snapshot.nodes {
        node(channel, &mut entry.clone());
    }
    channel.0.as_ref().map(|_| length)
}

/// Evaluates a request and writes the answer; the answer's length, zero when `answer` is too short.
pub fn serve(request: &[u8], answer: &mut [u8]) -> usize {
    let result = with_request(request, |snapshot, asked, with_stress| {
        assess(snapshot, asked, with_stress)
    });
    encode_answer(&result.and_then(|assessed| assessed), answer)
}

/// Writes an answer; its length, zero when `answer` is too short.
pub(crate) fn encode_answer(result: &Result<Assessment, AssessError>, answer: &mut [u8]) -> usize {
    let mut words = match result {
        Ok(_) => [0; 4],
        Err(error) => error_words(*error),
    };
    let channel = &mut Writer(Some(answer));
    for word in &mut words {
        channel.word(word);
    }
    let mut length = 8 * words.len();
    if let Ok(value) = result {
        assessment(channel, &mut value.clone());
        length = ANSWER_SIZE;
    }
    channel.0.as_ref().map_or(0, |_| length)
}

/// Reads a request and hands it on: snapshot, order, whether the scenario gate is asked for.
pub fn with_request<T>(
    request: &[u8],
    answer: impl FnOnce(&mut Snapshot<'_>, Option<&Order>, bool) -> T,
) -> Result<T, AssessError> {
    let malformed = AssessError::Malformed {
        length: request.len(),
    };
    let channel = &mut Reader(Some(request));
    let (mut flags, mut slice_count, mut node_count) = (0, 0, 0);
    channel.word(&mut flags);
    channel.word(&mut slice_count);
    channel.word(&mut node_count);
    let mut own_parameters = NO_PARAMETERS;
    let mut snapshot = Snapshot {
        spot: 0,
        now: 0,
        slices: &[],
        nodes: &[],
        cash: 0,
        hedge_position: 0,
        venue_depth: 0,
        flow_variance: 0,
        parameters: &NO_PARAMETERS,
    };
    let mut own_order = NO_ORDER;
    pool(channel, &mut snapshot);
    parameters(channel, &mut own_parameters);
    order(channel, &mut own_order);
    let mut slices = [Slice::default(); MAX_EXPIRIES];
    let mut nodes = [Node::default(); MAX_NODES];
    let too_large = AssessError::BookTooLarge {
        nodes: node_count as usize,
        slices: slice_count as usize,
    };
    let slices = slices.get_mut(..slice_count as usize).ok_or(too_large)?;
    let nodes = nodes.get_mut(..node_count as usize).ok_or(too_large)?;
    for entry in slices.iter_mut() {
        slice(channel, entry);
    }
    for entry in nodes.iter_mut() {
        node(channel, entry);
    }
    if channel.0 != Some(&[]) {
        return Err(malformed);
    }
    let mut snapshot = Snapshot {
        slices,
        nodes,
        parameters: &own_parameters,
        ..snapshot
    };
    let asked = (flags & WITH_ORDER != 0).then_some(&own_order);
    Ok(answer(&mut snapshot, asked, flags & WITH_STRESS != 0))
}

/// Reads an answer of [`serve`].
pub fn decode_answer(bytes: &[u8]) -> Result<Assessment, AssessError> {
    let malformed = AssessError::Malformed {
        length: bytes.len(),
    };
    let channel = &mut Reader(Some(bytes));
    let mut words = [0; 4];
    for word in &mut words {
        channel.word(word);
    }
    if channel.0.is_none() {
        return Err(malformed);
    }
    if words[0] != 0 {
        return Err(error(words, bytes.len()));
    }
    let mut value = Assessment::default();
    assessment(channel, &mut value);
    channel.0.map(|_| value).ok_or(malformed)
}
