//! The embedded chain beside the reference.

mod compare;
mod dice;
mod differential;
mod estimate;
mod evm_code;
mod generate;
mod host_functions;
mod scene;
mod script;
mod vectors;
