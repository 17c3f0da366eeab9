//! The engine behind one message: what the pool asks of it when it runs as a program of its own.
//!
//! A message is 64-bit little-endian words. The first names the question:
//!
//! | first word | question | then | answer |
//! |---|---|---|---|
//! | 0 | assess | venue state (8 words), last flow time, a request of [`crate::wire`] | venue price and depth, new flow variance (2 words each), an answer of [`crate::wire`] |
//! | 1 | check an anchor | now, presence of neighbours (bit 0 before, bit 1 after), three slices (5 words each) | status and four numbers, see [`SurfaceWords`] |
//! | 2 | mark nodes | as for 0, of which only the request's snapshot counts | the node marks, 12 words each |

use crate::{
    assess::{assess, AssessError, Assessment},
    book, hedge,
    state::{Mark, Order, Slice, Snapshot, MAX_EXPIRIES, MAX_NODES},
    surface::{self, SurfaceError},
    venue::{self, VenueReading, VenueState},
    wire::{self, Channel, Reader, Writer},
};

const ASSESS: u64 = 0;
const CHECK_ANCHOR: u64 = 1;
const MARK: u64 = 2;

const HEADER: usize = 8 * 10;
const MARK_SIZE: usize = 8 * 12;
/// Bytes of the longest message.
pub const REQUEST_SIZE: usize = HEADER + wire::request_size(MAX_EXPIRIES, MAX_NODES);
/// Bytes of the longest answer.
pub const ANSWER_SIZE: usize = MARK_SIZE * MAX_NODES;

/// A pool's answer to everything a flow asks at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// The venue's own price and depth.
    pub venue: VenueReading,
    /// Variance rate of trade-induced delta after the order, base² per year, WAD.
    pub flow_variance: u128,
    /// Marks, quote, hedge and gate.
    pub assessment: Assessment,
}

/// Evaluates one message; the answer's length, zero when the message can't be read.
pub fn serve(request: &[u8], answer: &mut [u8]) -> usize {
    let Some((question, rest)) = request.split_first_chunk::<8>() else {
        return 0;
    };
    match u64::from_le_bytes(*question) {
        question @ (ASSESS | MARK) => serve_book(question == MARK, rest, answer),
        CHECK_ANCHOR => serve_check_anchor(rest, answer),
        _ => 0,
    }
}

/// Writes the assess message; its length, or `None` when `bytes` is too short.
pub fn encode_assess(
    venue: &VenueState,
    last_flow: u64,
    snapshot: &Snapshot,
    order: Option<&Order>,
    with_stress: bool,
    bytes: &mut [u8],
) -> Option<usize> {
    encode_book(
        ASSESS,
        venue,
        last_flow,
        snapshot,
        order,
        with_stress,
        bytes,
    )
}

fn encode_book(
    mut question: u64,
    venue: &VenueState,
    mut last_flow: u64,
    snapshot: &Snapshot,
    order: Option<&Order>,
    with_stress: bool,
    bytes: &mut [u8],
) -> Option<usize> {
    let (head, body) = bytes.split_at_mut_checked(HEADER)?;
    let channel = &mut Writer(Some(head));
    channel.word(&mut question);
    venue_state(channel, &mut venue.clone());
    channel.word(&mut last_flow);
    channel.0.as_ref()?;
    let length = wire::encode_request(snapshot, order, with_stress, body)?;
    Some(HEADER + length)
}

/// Reads the answer to [`encode_assess`].
pub fn decode_evaluation(bytes: &[u8]) -> Result<Evaluation, AssessError> {
    let malformed = AssessError::Malformed {
        length: bytes.len(),
    };
    let (head, body) = bytes.split_at_checked(8 * 6).ok_or(malformed)?;
    let channel = &mut Reader(Some(head));
    let (mut venue, mut flow_variance) = (VenueReading::default(), 0);
    channel.wide(&mut venue.price);
    channel.wide(&mut venue.depth);
    channel.wide(&mut flow_variance);
    let assessment = wire::decode_answer(body)?;
    Ok(Evaluation {
        venue,
        flow_variance,
        assessment,
    })
}

/// Answers what is asked of a book: its marks, or an assessment.
fn serve_book(is_mark: bool, request: &[u8], answer: &mut [u8]) -> usize {
    let Some((head, body)) = request.split_at_checked(HEADER - 8) else {
        return 0;
    };
    let channel = &mut Reader(Some(head));
    let (mut state, mut last_flow) = (VenueState::default(), 0);
    venue_state(channel, &mut state);
    channel.word(&mut last_flow);
    let reading = venue::read(&state);
    let written = wire::with_request(body, |snapshot, order, with_stress| {
        if is_mark {
            return write_marks(snapshot, answer);
        }
        let elapsed = snapshot.now.saturating_sub(last_flow);
        snapshot.venue_depth = reading.depth;
        snapshot.flow_variance = hedge::flow_variance(snapshot.flow_variance, 0, elapsed);
        let result = assess(snapshot, order, with_stress);
        let delta = result
            .as_ref()
            .map_or(0, |assessment| assessment.quote.delta);
        let flow_variance = hedge::flow_variance(snapshot.flow_variance, delta, 0);
        write_evaluation(&reading, flow_variance, &result, answer)
    });
    match written {
        Ok(length) => length,
        Err(_) if is_mark => 0,
        Err(error) => write_evaluation(&reading, 0, &Err(error), answer),
    }
}

fn write_evaluation(
    reading: &VenueReading,
    mut flow_variance: u128,
    result: &Result<Assessment, AssessError>,
    answer: &mut [u8],
) -> usize {
    let Some((head, body)) = answer.split_at_mut_checked(8 * 6) else {
        return 0;
    };
    let channel = &mut Writer(Some(head));
    channel.wide(&mut reading.price.clone());
    channel.wide(&mut reading.depth.clone());
    channel.wide(&mut flow_variance);
    match wire::encode_answer(result, body) {
        0 => 0,
        length => 8 * 6 + length,
    }
}

fn venue_state(channel: &mut impl Channel, state: &mut VenueState) {
    for word in &mut state.sqrt_price {
        channel.word(word);
    }
    channel.wide(&mut state.liquidity);
    let mut first = state.base_is_token0 as u64;
    channel.word(&mut first);
    state.base_is_token0 = first != 0;
    channel.word(&mut state.quote_scale);
    channel.word(&mut state.base_scale);
}

/// Status and numbers of an anchor check: 0 for accepted; 1 ATM vol, 2 wing, 3 slope, 4 calendar ATM variance,
/// 5 calendar left wing, 6 calendar right wing, 7 calendar curvature, 8 expired; then the value refused (or at the
/// earlier expiry) and the bound (or at the later expiry).
pub type SurfaceWords = [u64; 3];

/// Writes the anchor message; its length, or `None` when `bytes` is too short.
pub fn encode_check_anchor(
    new: &Slice,
    previous: Option<&Slice>,
    next: Option<&Slice>,
    now: u64,
    bytes: &mut [u8],
) -> Option<usize> {
    let length = 8 * 18;
    let channel = &mut Writer(bytes.get_mut(..length));
    channel.word(&mut CHECK_ANCHOR.clone());
    channel.word(&mut now.clone());
    channel.word(&mut (previous.is_some() as u64 | (next.is_some() as u64) << 1));
    for slice in [Some(new), previous, next] {
        wire::slice(channel, &mut slice.copied().unwrap_or_default());
    }
    channel.0.as_ref().map(|_| length)
}

/// Reads the answer to [`encode_check_anchor`].
pub fn decode_check_anchor(bytes: &[u8]) -> Option<SurfaceWords> {
    let channel = &mut Reader(Some(bytes));
    let mut words = [0; 3];
    for word in &mut words {
        channel.word(word);
    }
    channel.0.map(|_| words)
}

fn serve_check_anchor(request: &[u8], answer: &mut [u8]) -> usize {
    let channel = &mut Reader(Some(request));
    let (mut now, mut present) = (0, 0);
    channel.word(&mut now);
    channel.word(&mut present);
    let mut slices = [Slice::default(); 3];
    for slice in &mut slices {
        wire::slice(channel, slice);
    }
    if channel.0 != Some(&[]) {
        return 0;
    }
    let [new, previous, next] = &slices;
    let previous = (present & 1 != 0).then_some(previous);
    let next = (present & 2 != 0).then_some(next);
    let mut words = surface_words(surface::check_anchor(new, previous, next, now));
    let channel = &mut Writer(Some(answer));
    for word in &mut words {
        channel.word(word);
    }
    channel.0.as_ref().map_or(0, |_| 8 * 3)
}

fn surface_words(result: Result<(), SurfaceError>) -> SurfaceWords {
    use SurfaceError as E;
    match result {
        Ok(()) => [0; 3],
        Err(E::AtmVolOutOfBounds { vol }) => [
            1,
            vol,
            vol.clamp(surface::MIN_ATM_VOL, surface::MAX_ATM_VOL),
        ],
        Err(E::WingOutOfBounds { wing }) => {
            [2, wing, wing.clamp(surface::MIN_WING, surface::MAX_WING)]
        }
        Err(E::SlopeTooSteep { slope }) => [3, slope, surface::MAX_SLOPE],
        Err(E::CalendarVariance { earlier, later }) => [4, earlier, later],
        Err(E::CalendarLeftWing { earlier, later }) => [5, earlier, later],
        Err(E::CalendarRightWing { earlier, later }) => [6, earlier, later],
        Err(E::CalendarCurvature { earlier, later }) => [7, earlier, later],
        Err(E::Expired { expiry, now }) => [8, expiry, now],
    }
}

/// Writes the mark message; its length, or `None` when `bytes` is too short.
pub fn encode_marks(snapshot: &Snapshot, bytes: &mut [u8]) -> Option<usize> {
    encode_book(
        MARK,
        &VenueState::default(),
        0,
        snapshot,
        None,
        false,
        bytes,
    )
}

/// Reads the mark of the node at `index` from the answer to [`encode_marks`].
pub fn decode_mark(bytes: &[u8], index: usize) -> Option<Mark> {
    let channel = &mut Reader(bytes.get(index.checked_mul(MARK_SIZE)?..));
    let mut mark = Mark::default();
    node_mark(channel, &mut mark);
    channel.0.map(|_| mark)
}

fn write_marks(snapshot: &Snapshot, answer: &mut [u8]) -> usize {
    let channel = &mut Writer(Some(answer));
    for mut mark in book::marks(snapshot) {
        node_mark(channel, &mut mark);
    }
    let length = MARK_SIZE * snapshot.nodes.len();
    channel.0.as_ref().map_or(0, |_| length)
}

fn node_mark(channel: &mut impl Channel, mark: &mut Mark) {
    channel.word(&mut mark.vol);
    channel.wide(&mut mark.call);
    channel.wide(&mut mark.put);
    channel.word(&mut mark.delta);
    channel.wide(&mut mark.gamma);
    channel.wide(&mut mark.vega);
    channel.signed(&mut mark.theta);
}
