//! Smirk world.
