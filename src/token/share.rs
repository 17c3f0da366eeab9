//! The liquidity share: ERC-20 with EIP-2612 permit. Decimals are the quote token's plus three, the virtual offset.

use alloy_primitives::{address, Address, B256, U256};

use super::balance;
use crate::{
    error::{refuse, too_large, Refusal},
    event::emit,
    guard,
    io::host,
    storage::{
        exits,
        slots::{self, entry, NONCES, SHARES, SHARE_ALLOWANCES, SHARE_SUPPLY},
    },
    words::{self, halves, Word, Words},
    Pool,
};

/// EIP-20 name.
pub const NAME: &str = "Smirk Pool Share";
/// EIP-20 symbol.
pub const SYMBOL: &str = "SMIRK";

/// The ecrecover precompile.
const ECRECOVER: Address = address!("0000000000000000000000000000000000000001");

/// Decimals of the share: the quote token's plus three.
pub fn decimals(quote_scale: u128) -> u64 {
    21 - quote_scale.ilog10() as u64
}

/// Shares in existence.
pub fn supply(pool: &Pool) -> u128 {
    // Minting keeps it within 128 bits.
    words::halves(slots::load(pool, SHARE_SUPPLY)).0
}

/// Shares of a holder.
pub fn balance(pool: &Pool, holder: Address) -> U256 {
    host::load(pool, slot(pool, holder))
}

/// Shares that `spender` may move for `owner`.
pub fn allowance(pool: &Pool, owner: Address, spender: Address) -> U256 {
    host::load(pool, allowance_slot(pool, owner, spender))
}

#[inline(never)]
fn allowance_slot(pool: &Pool, owner: Address, spender: Address) -> U256 {
    let keys = Words::none().with(owner).with(spender);
    entry(pool, SHARE_ALLOWANCES, keys)
}

#[inline(never)]
fn slot(pool: &Pool, holder: Address) -> U256 {
    entry(pool, SHARES, Words::none().with(holder))
}

/// Next permit nonce.
pub fn nonce(pool: &Pool, owner: Address) -> U256 {
    host::load(pool, entry(pool, NONCES, Words::none().with(owner)))
}

/// Creates shares.
pub fn mint(pool: &mut Pool, receiver: Address, shares: u128) -> Result<(), Refusal> {
    let Some(supply) = supply(pool).checked_add(shares) else {
        return Err(too_large(shares.word()));
    };
    slots::store(pool, SHARE_SUPPLY, supply.word());
    add(pool, receiver, shares.word());
    log(pool, Address::ZERO, receiver, shares.word());
    Ok(())
}

/// Destroys shares of `holder`.
pub fn burn(pool: &mut Pool, holder: Address, shares: u128) -> Result<(), Refusal> {
    take(pool, holder, shares.word())?;
    let supply = supply(pool) - shares;
    slots::store(pool, SHARE_SUPPLY, supply.word());
    log(pool, holder, Address::ZERO, shares.word());
    Ok(())
}

/// Moves shares from `sender` to `receiver`.
pub fn transfer(
    pool: &mut Pool,
    sender: Address,
    receiver: Address,
    shares: U256,
) -> Result<(), Refusal> {
    guard::receiver(pool, receiver)?;
    take(pool, sender, shares)?;
    add(pool, receiver, shares);
    // Not beyond the supply, which has 128 bits.
    exits::carry(pool, sender, receiver, halves(shares).0, host::now(pool));
    log(pool, sender, receiver, shares);
    Ok(())
}

/// Uses up an allowance, unless the spender is the owner or the allowance is unlimited.
pub fn spend_allowance(
    pool: &mut Pool,
    owner: Address,
    spender: Address,
    shares: U256,
) -> Result<(), Refusal> {
    if owner == spender {
        return Ok(());
    }
    let slot = allowance_slot(pool, owner, spender);
    balance::spend(pool, slot, spender, shares)
}

/// Sets an allowance.
pub fn approve(pool: &mut Pool, owner: Address, spender: Address, shares: U256) {
    let slot = allowance_slot(pool, owner, spender);
    host::store(pool, slot, shares);
    emit!(pool, Approval_0, [owner, spender], [shares]);
}

/// EIP-712 domain separator; follows the chain id.
pub fn domain_separator(pool: &Pool) -> B256 {
    let name = host::keccak(pool, NAME.as_bytes());
    let fields = Words::none()
        // keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
        .with(words::hash!(
            "8b73c3c69bb8fe3d512ecc4cf759cc79239f7b179b0ffacaa9a75d522b39400f"
        ))
        .bytes(&name.0)
        // keccak256("1")
        .with(words::hash!(
            "c89efdaa54c0f20c7adf612882df0950f5a951637e0307cdcb4c672f298b8bc6"
        ))
        .with(host::chain_id(pool))
        .with(host::this(pool));
    host::keccak(pool, &fields)
}

/// The same domain as ERC-5267 has it: which fields it has, and what they are.
pub fn domain(pool: &Pool) -> Words {
    // All but a salt, and no extensions: bits 0 to 3.
    let fields = U256::from(0x0f) << 248;
    let (name, version) = (NAME.as_bytes(), b"1");
    let heads = 7 * 32;
    let version_at = heads + 32 + name.len() + words::padding(name.len());
    let extensions_at = version_at + 64;
    Words::none()
        .with(fields)
        .with(heads as u64)
        .with(version_at as u64)
        .with(host::chain_id(pool))
        .with(host::this(pool))
        .with(U256::ZERO)
        .with(extensions_at as u64)
        .text(name)
        .text(version)
        .with(0u64)
}

/// A signed approval and its signature.
pub struct Permit {
    /// Who signed.
    pub owner: Address,
    /// Who may spend.
    pub spender: Address,
    /// How much.
    pub value: U256,
    /// Until when, unix seconds.
    pub deadline: U256,
    /// Its signature.
    pub signature: Signature,
}

/// A signature as `ecrecover` takes it: recovery id 27 or 28, first half, second half in the lower half of the curve order.
pub type Signature = [U256; 3];

/// Whether s lies in the lower half of the order of secp256k1; the other half holds each signature's twin.
fn is_low(s: U256) -> bool {
    let [l0, l1, l2, l3] = *s.as_limbs();
    let (high, low) = (
        (l3 as u128) << 64 | l2 as u128,
        (l1 as u128) << 64 | l0 as u128,
    );
    let half = u128::MAX >> 1;
    high < half || high == half && low <= 0x5d576e7357a4501d_dfe92f46681b20a0
}

/// Sets an allowance by signature.
///
/// # Errors
/// `PermitExpired`, `PermitInvalid` with the address the signature recovers to (zero for none).
pub fn permit(pool: &mut Pool, permit: &Permit) -> Result<(), Refusal> {
    let now = host::now(pool);
    if now.word() > permit.deadline {
        return Err(refuse!(PermitExpired, permit.deadline, now));
    }
    let slot = entry(pool, NONCES, Words::none().with(permit.owner));
    let nonce = host::load(pool, slot);
    host::store(pool, slot, nonce.wrapping_add(U256::from(1)));
    let message = [
        // keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)")
        words::hash!("6e71edae12b1b97f4d1f60370fef10105fa2faae0126114a169c64845d6126c9"),
        permit.owner.word(),
        permit.spender.word(),
        permit.value,
        nonce,
        permit.deadline,
    ];
    let signer = signer(pool, &message, &permit.signature);
    if signer.is_zero() || signer != permit.owner {
        return Err(refuse!(PermitInvalid, signer, permit.owner));
    }
    approve(pool, permit.owner, permit.spender, permit.value);
    Ok(())
}

/// Who signed a message in the pool's EIP-712 domain, given the words of its encoding, the type's hash first; zero for nobody.
#[inline(never)]
pub fn signer(pool: &Pool, message: &[U256], signature: &Signature) -> Address {
    let [v, r, s] = *signature;
    if !is_low(s) {
        return Address::ZERO;
    }
    let message = host::keccak(pool, &Words::none().all(message));
    let signed = Words::none()
        .bytes(&[0x19, 0x01])
        .bytes(&domain_separator(pool).0)
        .bytes(&message.0);
    let digest = host::keccak(pool, &signed);
    let input = Words::none().bytes(&digest.0).with(v).with(r).with(s);
    host::ask(pool, ECRECOVER, input).map_or(Address::ZERO, words::address)
}

fn take(pool: &mut Pool, holder: Address, shares: U256) -> Result<(), Refusal> {
    let slot = slot(pool, holder);
    balance::take(pool, slot, holder, shares)
}

fn add(pool: &mut Pool, holder: Address, shares: U256) {
    // Balances sum to the supply, which fits 128 bits.
    let slot = slot(pool, holder);
    balance::add(pool, slot, shares);
}

fn log(pool: &Pool, sender: Address, receiver: Address, shares: U256) {
    emit!(pool, Transfer_0, [sender, receiver], [shares]);
}
