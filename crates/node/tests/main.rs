//! The node through its wire: a real server on a free port and a client that writes the bytes itself.

mod accounts;
mod admission;
mod blocks;
mod calls;
mod cheats;
mod conventions;
mod debug;
mod delegations;
mod dump;
mod filters;
mod fork;
mod fragments;
mod fuzz;
mod load;
mod mining;
mod network;
mod node_interface;
mod prices;
mod proofs;
mod rooms;
mod simulate;
mod snapshots;
mod startup;
mod subscriptions;
mod support;
mod unread;
