#!/usr/bin/env bash
# What cargo-stylus' own smoke test does: a new project, as its template has it, is deployed to the development chain with an endpoint and
# a key (and --no-verify: else the build is docker's). Then it counts. The template's dependencies are the newest ones of the registry.
#   smoke.sh INKHORN PORT   (scripts/clients --smoke does this)
set -euo pipefail
inkhorn=${1:?usage: smoke.sh INKHORN PORT} port=${2:?usage: smoke.sh INKHORN PORT}
export FOUNDRY_DISABLE_NIGHTLY_WARNING=1
# The compiler of this repository, whatever the template asks for.
RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-$(rustup show active-toolchain 2>/dev/null | cut -d' ' -f1 || true)}
export RUSTUP_TOOLCHAIN
url=http://127.0.0.1:$port
# The account that Nitro's development node begins with.
key=0xb6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659
stop() { echo "smoke: $*" >&2; exit 1; }

"$inkhorn" --port "$port" --quiet &
# Outside the repository, whose workspace has a counter; with its configuration, which builds the standard library where there is none.
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$folder"' EXIT
cp -r "$(dirname "$0")/../../.cargo" "$folder"
is_up() { cast chain-id -r "$url" >/dev/null 2>&1; }
for _ in {1..600}; do is_up && break || sleep 0.1; done
is_up || stop "nothing answers at $url"

cd "$folder"
cargo stylus new counter
cd counter
echo "[workspace]" >> Cargo.toml
deployed=$(cargo stylus deploy -e "$url" --private-key "$key" --no-verify 2>&1) || stop "$deployed"
address=$(sed -E 's/\x1b\[[0-9;]*m//g' <<< "$deployed" | sed -nE 's/.*deployed code at address: (0x[0-9a-fA-F]{40}).*/\1/p')
[[ -n "$address" ]] || stop "no address in: $deployed"
cast send --rpc-url "$url" --private-key "$key" "$address" "setNumber(uint256)" 41 >/dev/null
cast send --rpc-url "$url" --private-key "$key" "$address" "increment()" >/dev/null
[[ "$(cast call --rpc-url "$url" "$address" "number()(uint256)")" == 42 ]] || stop "it does not count"
echo "clients: a project new from cargo stylus deploys with an endpoint and a key, and counts"
