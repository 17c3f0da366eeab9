//! What a transaction pays for its data on L1: its encoding is compressed, and what that costs at the price of L1 data is paid in gas
//! that nothing executes with.

use std::sync::LazyLock;

use alloy_primitives::{keccak256, Address, U256};
use alloy_rlp::{Encodable, Header};

use crate::machine::Machine;
use crate::precompile::figure::{
    minimum_base_fee, BROTLI_LEVEL, L1_FEES, L1_PRICE, L1_UNITS, MINIMUM_BASE_FEE,
};
use crate::transaction::Transaction;

/// Units of a compressed byte.
const BYTE_UNITS: u64 = 16;
/// What the units of a transaction that was not seen yet are padded with: so many, then so many ten-thousandths.
const PADDING_UNITS: u64 = 16 * 16;
const PADDING: u64 = 10_100;
/// What the price of L1 data may rise to while an estimate is good, in ten-thousandths.
const PRICE_PADDING: u64 = 11_000;
const ONE: u64 = 10_000;

/// What stands in for the fields of a transaction that was not seen yet.
static UNSEEN: LazyLock<Unseen> = LazyLock::new(|| Unseen {
    nonce: u64::from_be_bytes(first(b"Nonce")),
    tip: u32::from_be_bytes(first(b"GasTipCap")),
    fee: u32::from_be_bytes(first(b"GasFeeCap")),
    gas: u32::from_be_bytes(first(b"Gas")),
    r: keccak256(b"R").into(),
    s: keccak256(b"S").into(),
});
/// Three times the id of Arbitrum One.
const UNSEEN_V: u64 = 3 * 42_161;

struct Unseen {
    nonce: u64,
    tip: u32,
    fee: u32,
    gas: u32,
    r: U256,
    s: U256,
}

fn first<const N: usize>(name: &[u8]) -> [u8; N] {
    let hash = keccak256(name);
    *hash.first_chunk().expect("a hash is longer")
}

/// Bytes of an encoding once it is compressed as batches are.
fn compressed_length(encoding: &[u8], level: u64) -> u64 {
    let params = brotli::enc::BrotliEncoderParams {
        quality: i32::try_from(level).unwrap_or(11),
        lgwin: 22,
        ..Default::default()
    };
    let mut stream = Vec::new();
    brotli::BrotliCompress(&mut &*encoding, &mut stream, &params)
        .expect("writing to memory does not fail");
    stream.len() as u64
}

/// A transaction like one that was not seen yet, of type 2.
fn unseen_encoding(tx: &Transaction) -> Vec<u8> {
    let mut fields = Vec::new();
    0u64.encode(&mut fields);
    UNSEEN.nonce.encode(&mut fields);
    UNSEEN.tip.encode(&mut fields);
    UNSEEN.fee.encode(&mut fields);
    UNSEEN.gas.encode(&mut fields);
    match &tx.to {
        Some(to) => to.encode(&mut fields),
        None => b"".as_slice().encode(&mut fields),
    }
    tx.value.encode(&mut fields);
    tx.input.as_ref().encode(&mut fields);
    let mut listed = Vec::new();
    for (address, slots) in &tx.access_list {
        let mut entry = Vec::new();
        Address::encode(address, &mut entry);
        slots.encode(&mut entry);
        put_list(&entry, &mut listed);
    }
    put_list(&listed, &mut fields);
    UNSEEN_V.encode(&mut fields);
    UNSEEN.r.encode(&mut fields);
    UNSEEN.s.encode(&mut fields);
    let mut encoding = vec![0x02];
    put_list(&fields, &mut encoding);
    encoding
}

fn put_list(payload: &[u8], out: &mut Vec<u8>) {
    let header = Header {
        list: true,
        payload_length: payload.len(),
    };
    header.encode(out);
    out.extend(payload);
}

impl Machine {
    /// Gas that a transaction pays for its data, at the block's base fee, rounded down; remembered for whoever asks in it.
    pub(super) fn post(&mut self, tx: &Transaction) -> u64 {
        let (price, fee) = (L1_PRICE.get(self), U256::from(self.config.base_fee));
        (self.l1_units, self.l1_gas) = (0, 0);
        if price.is_zero() || fee.is_zero() {
            return 0;
        }
        let units = self.units(tx);
        let cost = price.saturating_mul(U256::from(units));
        (self.l1_units, self.l1_gas) = (units, (cost / fee).saturating_to());
        self.l1_gas
    }

    /// Gas to allow for the data of a transaction to come: for a price that rises by a tenth, and for an estimate also for a base fee
    /// that falls by an eighth, down to the minimum.
    pub(crate) fn padded_l1_gas(&mut self, tx: &Transaction, for_estimate: bool) -> u64 {
        let unseen = Transaction {
            encoding: None,
            ..tx.clone()
        };
        let cost = L1_PRICE.get(self) * U256::from(self.units(&unseen));
        let padded = cost * U256::from(PRICE_PADDING) / U256::from(ONE);
        let mut fee = U256::from(self.config.base_fee);
        if for_estimate {
            let minimum = minimum_base_fee(MINIMUM_BASE_FEE.get(self)).unwrap_or(fee);
            fee = (fee * U256::from(7) / U256::from(8)).max(minimum);
        }
        match padded.checked_div(fee) {
            Some(gas) => gas.saturating_to(),
            None => 0,
        }
    }

    fn units(&mut self, tx: &Transaction) -> u64 {
        let level = BROTLI_LEVEL.get(self).saturating_to();
        match &tx.encoding {
            Some(encoding) => BYTE_UNITS * compressed_length(encoding, level),
            None => {
                let units = BYTE_UNITS * compressed_length(&unseen_encoding(tx), level);
                (units + PADDING_UNITS) * PADDING / ONE
            }
        }
    }

    /// What was paid for the data, in wei.
    pub(super) fn l1_fee(&self) -> U256 {
        U256::from(self.config.base_fee) * U256::from(self.l1_gas)
    }

    /// Keeps account of data that was paid for.
    pub(super) fn count_l1_data(&mut self) {
        let fee = L1_FEES.get(self).saturating_add(self.l1_fee());
        L1_FEES.set(self, fee);
        let units = L1_UNITS.get(self).saturating_add(U256::from(self.l1_units));
        L1_UNITS.set(self, units);
    }
}
