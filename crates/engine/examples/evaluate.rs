//! Evaluates the engine on contracts read from standard input, for comparison with a high-precision reference.
//!
//! Each line is `spot strike seconds vol rate` (WAD integers and seconds); each output line has the ten values in
//! the order of [`Valuation`], exactly, as `sign·mantissa·2^exponent` written `mantissa:exponent`, and call and put in
//! WAD, written the same way with an exponent of zero, or the error.

use smirk_engine::black_scholes::{price, value, Contract, Valuation};
use smirk_engine::decimal::price_wad;
use smirk_engine::real::Real;
use std::io::{BufRead, Write};

fn show(x: Real) -> String {
    let sign = if x.is_negative() { "-" } else { "" };
    format!(
        "{sign}{}:{}",
        x.mantissa(),
        if x.is_zero() { 0 } else { x.exponent() }
    )
}

fn main() {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("readable input");
        let field: Vec<&str> = line.split_whitespace().collect();
        let contract = Contract {
            spot: field[0].parse().expect("spot"),
            strike: field[1].parse().expect("strike"),
            seconds: field[2].parse().expect("seconds"),
            vol: field[3].parse().expect("vol"),
            rate: field[4].parse().expect("rate"),
        };
        let text = match value(&contract) {
            Err(error) => format!("{error:?}"),
            Ok(v) => {
                let p = price(&contract).expect("same domain");
                assert_eq!(
                    (p.call, p.put),
                    (v.call, v.put),
                    "price and greeks agree on the value"
                );
                let exact = price_wad(&contract).expect("same domain");
                let Valuation {
                    call,
                    put,
                    delta_call,
                    delta_put,
                    gamma,
                    vega,
                    theta_call,
                    theta_put,
                    rho_call,
                    rho_put,
                } = v;
                [
                    call, put, delta_call, delta_put, gamma, vega, theta_call, theta_put, rho_call,
                    rho_put,
                ]
                .map(show)
                .join(" ")
                    + &format!(" {}:0 {}:0", exact.call, exact.put)
            }
        };
        writeln!(out, "{text}").expect("writable output");
    }
}
