//! Smirk devnet.
