//! The slots. Each is one word, read and written whole; the tables below say what its four 64-bit limbs hold.
//!
//! | word | limb 0 | limb 1 | limb 2 | limb 3 |
//! |---|---|---|---|---|
//! | `traits` | fee tier | quote scale (10^(18−decimals)) | base scale | feed scale; bit 63: base is token0 |
//! | `head` | lock, paused, nodes, slices (8 bits each), last flow (32 bits) | – | flow variance low | high |
//! | `money` | cash (quote atoms) low | high | base atoms low | high |
//! | `reserves` | set aside for holders (quote atoms) low | high | owed beyond that (atoms) low | high |
//! | `trade_ledger` | fees ever taken (atoms) low | high | premiums net (atoms, signed) low | high |
//! | `hedge_ledger` | cash flow of hedging (atoms, signed) low | high | its cost (atoms, signed) low | high |
//! | `parameters[0]` | depth low | high | strike tick low | high |
//! | `parameters[1..]` | eight 32-bit values each, see [`parameters`] | | | |
//! | `slices[i]` | expiry, posted at (32 bits each) | ATM vol | left wing | right wing |
//! | `nodes[i]` | two nodes of 128 bits: calls (48, signed lots), puts (48), slice (4), strike tick (28) | | | |
//! | `settlements[expiry]` | price (WAD) low | high | owed (atoms) low | high |

pub mod book;
pub mod configuration;
pub mod head;
pub mod money;
pub mod parameters;
pub mod settlement;
