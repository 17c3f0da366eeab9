//! Attacks on the pool through its real programs. Each test would fail without the defence that its first lines name.

#[path = "../common/mod.rs"]
mod common;

mod accounts;
mod actions;
mod bench;
mod decimals;
mod exits;
mod first_anchor;
mod full_book;
mod hedge;
mod lender;
mod lending;
mod loan;
mod oracle;
mod orders;
mod prices;
mod profits;
mod quorum;
mod reentry;
mod search;
mod settlement;
mod shares;
mod table;
mod tokens;
