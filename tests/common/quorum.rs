//! Signers of the surface and what they sign.

#![allow(non_snake_case)] // Locals that become fields of calls keep their Solidity names.

use alloy_primitives::{keccak256, Address, B256, U256};
use smirk_world::{abi::IPool, price::wad, Actor};

use super::{Market, DAY};

/// One expiry of a report, as floats.
#[derive(Clone, Debug)]
pub struct Anchor {
    pub expiry: u64,
    pub atm_vol: f64,
    pub left_wing: f64,
    pub right_wing: f64,
    pub carry: f64,
}

/// A number in steps of 1e-9, WAD.
pub fn fine(value: f64) -> U256 {
    U256::from((value * 1e9).round() as u64) * U256::from(1_000_000_000)
}

impl Anchor {
    /// As a word of a report.
    pub fn packed(&self) -> U256 {
        let steps = |value: f64| U256::from((value * 1e9).round() as u64);
        let carry = U256::from((self.carry * 1e9).round() as i32 as u32);
        U256::from(self.expiry)
            | steps(self.atm_vol) << 64
            | steps(self.left_wing) << 96
            | steps(self.right_wing) << 128
            | carry << 160
    }
}

/// Addresses as a proposal has them.
pub fn padded(addresses: &[Address]) -> [Address; 8] {
    let mut padded = [Address::ZERO; 8];
    padded[..addresses.len()].copy_from_slice(addresses);
    padded
}

/// A post of reports.
pub fn post(reports: Vec<IPool::SurfaceReport>) -> IPool::postSurfaceCall {
    IPool::postSurfaceCall { reports }
}

/// Signs a report in a domain.
pub fn sign_in(
    separator: B256,
    signer: &Actor,
    report: IPool::SurfaceReport,
) -> IPool::SurfaceReport {
    let kind = keccak256("SurfaceReport(uint256 time,uint256 spot,uint256[12] slices)");
    let slices: Vec<u8> = report
        .slices
        .iter()
        .flat_map(|word| word.to_be_bytes::<32>())
        .collect();
    let mut body = kind.to_vec();
    body.extend(report.time.to_be_bytes::<32>());
    body.extend(report.spot.to_be_bytes::<32>());
    body.extend(keccak256(slices));
    let mut message = vec![0x19, 0x01];
    message.extend(separator);
    message.extend(keccak256(body));
    let signature = signer.sign(keccak256(message));
    IPool::SurfaceReport {
        v: signature.v,
        r: signature.r,
        s: signature.s,
        ..report
    }
}

impl Market {
    /// Makes `count` new signers, of whom `threshold` have to sign, the quorum: proposed, and accepted a day later.
    pub fn appoint(&mut self, threshold: u64, count: usize) -> Vec<Actor> {
        let mut signers: Vec<Actor> = (0..count)
            .map(|place| Actor::named(&format!("signer {place}")))
            .collect();
        signers.sort_by_key(|signer| signer.address);
        let addresses: Vec<Address> = signers.iter().map(|signer| signer.address).collect();
        let newSigners = padded(&addresses);
        let threshold = U256::from(threshold);
        let owner = self.world.actors.owner.address;
        let anyone = self.world.actors.carol.address;
        for signer in &signers {
            let ether = wad("1");
            self.world.chain.fund(signer.address, ether);
        }
        self.send(
            owner,
            IPool::proposeSignersCall {
                threshold,
                newSigners,
            },
        )
        .expect("proposed");
        let price = self.world.feed_price().expect("a price");
        self.world.chain.advance(DAY);
        self.world.push_price(price).expect("pushed");
        self.send(
            anyone,
            IPool::acceptSignersCall {
                threshold,
                newSigners,
            },
        )
        .expect("accepted");
        signers
    }

    /// The listed expiries with the usual wings, the first at this vol, the others some points lower as they are at first.
    pub fn usual(&self, vol: f64) -> Vec<Anchor> {
        let anchor = |(expiry, less): (&u64, f64)| Anchor {
            expiry: *expiry,
            atm_vol: vol - less,
            left_wing: 0.40,
            right_wing: 0.28,
            carry: 0.0,
        };
        self.expiries
            .iter()
            .zip([0.0, 0.05, 0.07])
            .map(anchor)
            .collect()
    }

    /// An unsigned report of these anchors, made now at the feed's price.
    pub fn report(&self, anchors: &[Anchor]) -> IPool::SurfaceReport {
        let mut slices = [U256::ZERO; 12];
        for (word, anchor) in slices.iter_mut().zip(anchors) {
            *word = anchor.packed();
        }
        IPool::SurfaceReport {
            time: U256::from(self.world.chain.now()),
            spot: self.world.clone().feed_price().expect("a price"),
            slices,
            v: 0,
            r: B256::ZERO,
            s: B256::ZERO,
        }
    }

    /// Signs a report for this pool.
    pub fn sign(&self, signer: &Actor, report: IPool::SurfaceReport) -> IPool::SurfaceReport {
        sign_in(self.domain(0, None), signer, report)
    }

    /// Signed reports of usual surfaces, a vol for each signer.
    pub fn reports(&self, signers: &[Actor], vols: &[f64]) -> Vec<IPool::SurfaceReport> {
        signers
            .iter()
            .zip(vols)
            .map(|(signer, vol)| self.sign(signer, self.report(&self.usual(*vol))))
            .collect()
    }

    /// The domain separator of this pool, or of another on a chain whose id is this much higher.
    pub fn domain(&self, higher: u64, pool: Option<Address>) -> B256 {
        let kind = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
        );
        let chain = U256::from(self.world.chain.config().chain_id + higher);
        let mut body = kind.to_vec();
        body.extend(keccak256("Smirk Pool Share"));
        body.extend(keccak256("1"));
        body.extend(chain.to_be_bytes::<32>());
        body.extend(pool.unwrap_or(self.pool.address).into_word());
        keccak256(body)
    }
}
