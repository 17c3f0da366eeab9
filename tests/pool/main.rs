//! The pool through its real programs on the embedded chain: one file per entry point.

// Locals that become fields of calls and errors keep their Solidity names.
#![allow(non_snake_case)]

#[path = "../common/mod.rs"]
mod common;

mod account_walk;
mod admin;
mod anchors;
mod buy;
mod callback;
mod checks;
mod claim;
mod construct;
mod deposit;
mod dump;
mod feed;
mod jumps;
mod layout;
mod lender;
mod liquidate;
mod margin;
mod multicall;
mod oracle;
mod orders;
mod parameters;
mod poc;
mod quorum;
mod rebalance;
mod receivers;
mod sell;
mod series;
mod settle;
mod share_status;
mod table;
mod tokens;
mod views;
mod withdraw;
mod writing;
