//! Accounts with a name and a key.

use alloy_primitives::{keccak256, Address, B256, U256};
use k256::ecdsa::SigningKey;

/// An account whose private key follows from its name, so that every run has the same addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    name: String,
    key: SigningKey,
    /// Address that the key controls.
    pub address: Address,
}

impl Actor {
    /// The actor of this name. The key is a hash of the name: for local chains only.
    pub fn named(name: &str) -> Self {
        let secret = keccak256(format!("smirk actor: {name}"));
        let key = SigningKey::from_slice(secret.as_slice())
            .expect("a hash outside the group order has no known name");
        let public = key.verifying_key().to_encoded_point(false);
        let address = Address::from_slice(&keccak256(&public.as_bytes()[1..])[12..]);
        Self {
            name: name.to_owned(),
            key,
            address,
        }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The private key.
    pub fn key(&self) -> B256 {
        B256::from_slice(&self.key.to_bytes())
    }

    /// Signs a 32-byte digest.
    pub fn sign(&self, digest: B256) -> Signature {
        let (signature, recovery) = self
            .key
            .sign_prehash_recoverable(digest.as_slice())
            .expect("a 32-byte digest can be signed");
        Signature {
            v: 27 + recovery.to_byte(),
            r: B256::from_slice(&signature.r().to_bytes()),
            s: B256::from_slice(&signature.s().to_bytes()),
        }
    }

    /// Address of the contract that the actor's first transaction creates.
    pub(crate) fn first_contract(&self) -> Address {
        // RLP of [address, 0].
        let mut preimage = vec![0xd6, 0x94];
        preimage.extend(self.address);
        preimage.push(0x80);
        Address::from_slice(&keccak256(preimage)[12..])
    }
}

/// A secp256k1 signature as `ecrecover` takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// 27 or 28.
    pub v: u8,
    /// First half.
    pub r: B256,
    /// Second half, in the lower half of the group order.
    pub s: B256,
}

/// An EIP-2612 approval to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permit {
    /// Who is allowed to spend.
    pub spender: Address,
    /// How much, in token units.
    pub value: U256,
    /// The owner's permit nonce at the token.
    pub nonce: U256,
    /// Last moment of validity, Unix seconds.
    pub deadline: U256,
}

impl Permit {
    /// EIP-712 digest of the permit given by `owner` at the token with this domain separator.
    pub fn digest(&self, domain_separator: B256, owner: Address) -> B256 {
        let type_hash = keccak256(
            "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)",
        );
        let mut body = Vec::with_capacity(6 * 32);
        body.extend(type_hash);
        body.extend(owner.into_word());
        body.extend(self.spender.into_word());
        for number in [self.value, self.nonce, self.deadline] {
            body.extend(number.to_be_bytes::<32>());
        }
        let mut message = vec![0x19, 0x01];
        message.extend(domain_separator);
        message.extend(keccak256(body));
        keccak256(message)
    }
}

/// The accounts of a world. All hold ether; [`crate::World`] says which tokens they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actors {
    /// Deploys everything.
    pub deployer: Actor,
    /// Owns the pool.
    pub owner: Actor,
    /// May pause the pool.
    pub guardian: Actor,
    /// Posts the pool's anchors.
    pub keeper: Actor,
    /// Trades options.
    pub alice: Actor,
    /// Trades options.
    pub bob: Actor,
    /// Trades options.
    pub carol: Actor,
    /// Provides liquidity to the pool.
    pub provider: Actor,
    /// Keeps the venue at the feed's price.
    pub arbitrageur: Actor,
    /// Provides the venue's liquidity.
    pub market_maker: Actor,
    /// Writes the feeds.
    pub oracle: Actor,
}

impl Default for Actors {
    fn default() -> Self {
        Self {
            deployer: Actor::named("deployer"),
            owner: Actor::named("owner"),
            guardian: Actor::named("guardian"),
            keeper: Actor::named("keeper"),
            alice: Actor::named("alice"),
            bob: Actor::named("bob"),
            carol: Actor::named("carol"),
            provider: Actor::named("provider"),
            arbitrageur: Actor::named("arbitrageur"),
            market_maker: Actor::named("market maker"),
            oracle: Actor::named("oracle"),
        }
    }
}

impl Actors {
    /// Every actor.
    pub fn all(&self) -> [&Actor; 11] {
        [
            &self.deployer,
            &self.owner,
            &self.guardian,
            &self.keeper,
            &self.alice,
            &self.bob,
            &self.carol,
            &self.provider,
            &self.arbitrageur,
            &self.market_maker,
            &self.oracle,
        ]
    }

    /// Those who trade options or provide the pool's liquidity.
    pub fn customers(&self) -> [&Actor; 4] {
        [&self.alice, &self.bob, &self.carol, &self.provider]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    #[test]
    fn address_follows_from_the_key() {
        // The key 1 has a well-known address.
        let key = SigningKey::from_slice(&U256::from(1).to_be_bytes::<32>()).unwrap();
        let public = key.verifying_key().to_encoded_point(false);
        let known = Address::from_slice(&keccak256(&public.as_bytes()[1..])[12..]);
        assert_eq!(known, address!("7e5f4552091a69125d5dfcb7b8c2659029395bdf"));
        assert_ne!(Actor::named("alice").address, Actor::named("bob").address);
    }
}
