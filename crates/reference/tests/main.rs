//! The embedded chain beside the reference.

mod compare;
mod dice;
mod differential;
mod generate;
mod host_functions;
mod vectors;
