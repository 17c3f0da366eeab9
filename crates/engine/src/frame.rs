//! What every formula needs from a snapshot, computed once: time, smile, log-moneyness, anchor vol.

use crate::curve::MONEYNESS_BITS;
use crate::real::Real;
use crate::special::ln::ln;
use crate::state::{Node, Snapshot, MAX_EXPIRIES, MAX_NODES};
use crate::surface::{years, Smile};

/// A live expiry at the time of the snapshot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Term {
    pub smile: Smile,
    /// τ in years.
    pub tau: Real,
    /// √τ.
    pub root_tau: Real,
}

/// One node at the time of the snapshot. Everything but the strike is zero once it has expired.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Point {
    pub strike: Real,
    /// ln(K/F).
    pub log_moneyness: Real,
    /// √w on the anchor.
    pub total_vol: Real,
    /// y on the anchor, [`MONEYNESS_BITS`] fraction bits.
    pub moneyness: i64,
}

/// A snapshot prepared for the formulas.
pub(crate) struct Frame<'a> {
    pub snapshot: &'a Snapshot<'a>,
    /// Spot carried to expiry: spot itself, there being no carry.
    pub forward: Real,
    pub terms: [Option<Term>; MAX_EXPIRIES],
    pub points: [Point; MAX_NODES],
}

impl<'a> Frame<'a> {
    pub fn new(snapshot: &'a Snapshot<'a>) -> Frame<'a> {
        let forward = Real::from_wad_u128(snapshot.spot);
        let mut frame = Frame {
            snapshot,
            forward,
            terms: [None; MAX_EXPIRIES],
            points: [Point::default(); MAX_NODES],
        };
        for (term, slice) in frame.terms.iter_mut().zip(snapshot.slices) {
            *term = Smile::at(slice, snapshot.now).map(|smile| {
                let tau = years(slice.expiry - snapshot.now);
                Term {
                    smile,
                    tau,
                    root_tau: tau.sqrt(),
                }
            });
        }
        let log_forward = ln(forward);
        for index in 0..snapshot.nodes.len().min(MAX_NODES) {
            frame.points[index] = frame.point(&snapshot.nodes[index], log_forward);
        }
        frame
    }

    pub fn term(&self, node: &Node) -> Option<&Term> {
        self.terms.get(node.slice as usize)?.as_ref()
    }

    fn point(&self, node: &Node, log_forward: Real) -> Point {
        let strike = Real::from_wad_u128(node.strike);
        let Some(term) = self.term(node) else {
            return Point {
                strike,
                ..Point::default()
            };
        };
        let log_moneyness = ln(strike) - log_forward;
        let moneyness = term.smile.moneyness(log_moneyness);
        Point {
            strike,
            log_moneyness,
            total_vol: term.smile.total_vol(moneyness),
            moneyness: moneyness.to_fixed(MONEYNESS_BITS),
        }
    }

    /// The nodes of a book with the same strikes and expiries as the snapshot's, beside their points.
    pub fn pairs<'b>(
        &'b self,
        nodes: &'b [Node],
    ) -> impl Iterator<Item = (&'b Node, &'b Point)> + 'b {
        nodes.iter().zip(&self.points)
    }
}

/// A number of lots as a number of options.
pub(crate) fn options(lots: i64) -> Real {
    Real::from_int(lots) / Real::from_int(1_000_000)
}
