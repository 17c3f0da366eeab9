//! What signers sign: EIP-712 reports in the pool's domain, as the pool reads them, and as JSON between signers and operators.

use alloy_primitives::{keccak256, Address, Signature, B256, U256};
use alloy_signer::SignerSync;
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::SolStruct;
use anyhow::{ensure, Context, Result};
use serde::{Deserialize, Serialize};
use smirk_engine::state::Slice;

use crate::chain::IPool;

/// WAD per stored step of a vol, a wing and a carry.
pub const STEP: u64 = 1_000_000_000;
/// Places for expiries in a report.
pub const PLACES: usize = 12;

mod typed {
    alloy_sol_types::sol! {
        struct SurfaceReport {
            uint256 time;
            uint256 spot;
            uint256[12] slices;
        }
    }
}

/// A report as it travels.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Report {
    /// Unix seconds.
    pub time: u64,
    /// WAD.
    pub spot: U256,
    /// Packed slices, in full.
    pub slices: Vec<U256>,
    /// The signature: r, s, v.
    pub r: B256,
    /// Second half.
    pub s: B256,
    /// 27 or 28.
    pub v: u8,
}

/// A slice as a word of a report; vols rounded down to the step as the pool stores them.
pub fn pack(slice: &Slice) -> U256 {
    let steps = |wad: u64| U256::from(wad / STEP);
    let carry = (slice.carry / STEP as i64) as i32 as u32;
    U256::from(slice.expiry)
        | steps(slice.atm_vol) << 64
        | steps(slice.left_wing) << 96
        | steps(slice.right_wing) << 128
        | U256::from(carry) << 160
}

/// The inverse of [`pack`].
pub fn unpack(word: U256) -> Slice {
    let field = |shift: usize| (word >> shift).as_limbs()[0] as u32;
    let wad = |shift: usize| field(shift) as u64 * STEP;
    Slice {
        expiry: field(0) as u64,
        atm_vol: wad(64),
        left_wing: wad(96),
        right_wing: wad(128),
        carry: field(160) as i32 as i64 * STEP as i64,
        ..Slice::default()
    }
}

impl Report {
    /// Signs a surface.
    pub fn sign(
        key: &PrivateKeySigner,
        domain: B256,
        time: u64,
        spot: U256,
        surface: &[Slice],
    ) -> Result<Report> {
        ensure!(surface.len() <= PLACES, "{} expiries", surface.len());
        let mut slices: Vec<U256> = surface.iter().map(pack).collect();
        slices.resize(PLACES, U256::ZERO);
        let mut report = Report {
            time,
            spot,
            slices,
            r: B256::ZERO,
            s: B256::ZERO,
            v: 0,
        };
        let signature = key.sign_hash_sync(&report.digest(domain)?)?;
        report.r = signature.r().into();
        report.s = signature.s().into();
        report.v = 27 + signature.v() as u8;
        Ok(report)
    }

    /// Who signed it.
    pub fn signer(&self, domain: B256) -> Result<Address> {
        ensure!(self.v == 27 || self.v == 28, "v is {}", self.v);
        let signature = Signature::from_scalars_and_parity(self.r, self.s, self.v == 28);
        signature
            .recover_address_from_prehash(&self.digest(domain)?)
            .context("nobody signed this")
    }

    /// The expiries and their anchors.
    pub fn surface(&self) -> Vec<Slice> {
        let used = self.slices.iter().filter(|word| !word.is_zero());
        used.map(|word| unpack(*word)).collect()
    }

    /// As an argument of `postSurface`.
    pub fn argument(&self) -> Result<IPool::SurfaceReport> {
        Ok(IPool::SurfaceReport {
            time: U256::from(self.time),
            spot: self.spot,
            slices: self.places()?,
            v: self.v,
            r: self.r,
            s: self.s,
        })
    }

    fn places(&self) -> Result<[U256; PLACES]> {
        let slices = self.slices.as_slice();
        slices.try_into().context("a report has twelve places")
    }

    fn digest(&self, domain: B256) -> Result<B256> {
        let typed = typed::SurfaceReport {
            time: U256::from(self.time),
            spot: self.spot,
            slices: self.places()?,
        };
        let mut message = vec![0x19, 0x01];
        message.extend(domain);
        message.extend(typed.eip712_hash_struct());
        Ok(keccak256(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_its_signers_and_nobody_elses_when_changed() {
        let key = PrivateKeySigner::from_bytes(&B256::repeat_byte(7)).unwrap();
        let slice = Slice {
            expiry: 1_770_000_000,
            atm_vol: 650_000_000_000_000_000,
            left_wing: 400_000_001_000_000_000,
            right_wing: 300_000_000_000_000_000,
            carry: -20_000_000_000_000_000,
            ..Slice::default()
        };
        assert_eq!(unpack(pack(&slice)), slice);
        let (domain, spot) = (B256::repeat_byte(1), U256::from(2_500));
        let report = Report::sign(&key, domain, 9, spot, &[slice]).unwrap();
        assert_eq!(report.signer(domain).unwrap(), key.address());
        assert_eq!(report.surface(), [slice]);
        let text = serde_json::to_string(&report).unwrap();
        let mut again: Report = serde_json::from_str(&text).unwrap();
        assert_eq!(again, report);
        again.time += 1;
        assert_ne!(again.signer(domain).ok(), Some(key.address()));
        assert_ne!(report.signer(B256::ZERO).ok(), Some(key.address()));
    }
}
