//! Conformance of the devnet with what an Arbitrum node does. Names that begin with `fact_` check the numbered facts of the
//! specification that the devnet was written from.

mod absent;
mod activation;
mod activation_gas;
mod chain;
mod common;
mod debug;
mod demand;
mod dump;
mod evm;
mod fees;
mod figures;
mod fork;
mod fragments;
mod fuzz;
mod hostio_account;
mod hostio_call;
mod hostio_create;
mod hostio_environment;
mod hostio_io;
mod hostio_math;
mod hostio_storage;
mod l1_data;
mod large;
mod lifecycle;
mod messages;
mod metering;
mod owner;
mod precompile;
mod recent;
mod rejection;
mod rooms;
mod stylus_version_3;
mod tools;
mod trace;
mod upgrade;
