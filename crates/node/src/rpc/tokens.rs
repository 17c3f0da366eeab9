//! Tokens (ERC-20) given to accounts and allowed to others. Where a token keeps that is found by trying the slots that it reads when it is
//! asked for it, its own or, behind a proxy, another contract's.

use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolCall};
use inkhorn_chain::trace::TraceAs;
use inkhorn_chain::Transaction;

use super::cheats::ANVIL;
use super::{Arguments, Method, Quantity, Reply};
use crate::call::{check_storage_of, CALL_GAS_CAP};
use crate::error::RpcError;
use crate::node::Node;

sol! {
    function balanceOf(address owner) external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
}

/// What no token answers by chance. It leaves the upper half of a word to those that keep something else there.
const UNLIKELY: U256 = U256::from_limbs([0x9e37_79b9_7f4a_7c15, 0x6a09_e667_f3bc_c908, 0, 0]);

pub(super) const METHODS: &[Method] = &[
    Method::long("anvil_dealERC20", 3, deal),
    Method::long("anvil_dealErc20", 3, deal),
    Method::long("anvil_setERC20Balance", 3, deal),
    Method::long("hardhat_dealERC20", 3, deal),
    Method::long("anvil_setERC20Allowance", 4, allow),
    Method::long("anvil_setErc20Allowance", 4, allow),
];

fn deal(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (owner, token) = (arguments.next()?, arguments.next()?);
    let amount = arguments.next::<Quantity>()?;
    let question = balanceOfCall { owner };
    answer(node, token, question.abi_encode(), amount.0)
}

fn allow(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (owner, spender, token) = (arguments.next()?, arguments.next()?, arguments.next()?);
    let amount = arguments.next::<Quantity>()?;
    let question = allowanceCall { owner, spender };
    answer(node, token, question.abi_encode(), amount.0)
}

/// Makes a token answer a question with an amount from now on.
fn answer(node: &Node, token: Address, question: Vec<u8>, amount: U256) -> Reply {
    let chain = node.chain_at(BlockId::latest())?;
    let ask = Transaction::call(Address::ZERO, token, question).with_gas(CALL_GAS_CAP);
    let (_, touched) = chain.trace_touched(&ask, TraceAs::CallInLatest);
    let is_answer_at = |account: Address, slot: B256, word: U256| {
        let mut tried = chain.clone();
        tried.set_storage(account, slot.into(), word);
        let outcome = tried.call_in_latest(ask.clone());
        outcome.is_success() && outcome.output[..] == word.to_be_bytes::<32>()
    };
    let read = touched.access_list(&ask).into_iter();
    let mut read =
        read.flat_map(|(account, slots)| slots.into_iter().map(move |slot| (account, slot)));
    let (account, slot) = read
        .find(|(account, slot)| {
            is_answer_at(*account, *slot, UNLIKELY) && is_answer_at(*account, *slot, amount)
        })
        .ok_or_else(|| {
            RpcError::refused(format!(
                "no slot that {token} reads makes it answer {amount}: use anvil_setStorageAt"
            ))
        })?;
    check_storage_of(account)?;
    node.change(|state| {
        let chain = state.ledger.chain_mut();
        chain.set_storage(account, slot.into(), amount);
    });
    ANVIL
}
