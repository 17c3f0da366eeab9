#!/usr/bin/env bash
# The calls that start-up scripts of Nitro's development node make, in their form: the container (crates/inkhorn/nitro-devnode stands in for
# docker), owner, free L1 data, the factory, a cache manager, a contract through the factory, all by cast.
#   startup.sh INKHORN PORT   (scripts/clients does this; devnode.js runs such a script itself)
set -euo pipefail
export INKHORN=${1:?usage: startup.sh INKHORN PORT} FOUNDRY_DISABLE_NIGHTLY_WARNING=1
port=${2:?usage: startup.sh INKHORN PORT}
url=http://127.0.0.1:$port
here=$(cd "$(dirname "$0")" && pwd)
PATH=$here/../../crates/inkhorn/nitro-devnode:$here/node_modules/.bin:$PATH
# The account that Nitro's development node begins with.
key=0xb6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659
stop() { echo "startup: $*" >&2; exit 1; }
has_code() { [[ "$(cast code -r "$url" "$1")" != 0x ]]; }

refused() { if said=$(docker "$@" 2>&1); then stop "docker $* was not refused"; fi; [[ "$said" == *"$wanted"* ]] || stop "docker $*: $said"; }
wanted="docker ps" refused ps
wanted="'postgres'" refused run --rm postgres
wanted="--detach" refused run --detach offchainlabs/nitro-node:v3 --dev
wanted="8548" refused run -p 8548:8548 offchainlabs/nitro-node:v3 --dev
wanted="--node.sequencer" refused run offchainlabs/nitro-node:v3 --dev --node.sequencer
wanted="(--dev)" refused run offchainlabs/nitro-node:v3 --http.api=eth

docker run --rm --name nitro-dev -p "$port:8547" offchainlabs/nitro-node:v3.7.1 --dev --http.addr 0.0.0.0 --http.api=net,web3,eth,debug --init.dev-max-code-size 65536 >/dev/null &
trap 'kill $(jobs -p) 2>/dev/null' EXIT
is_up() { cast chain-id -r "$url" >/dev/null 2>&1; }
for _ in {1..600}; do is_up && break || sleep 0.1; done
is_up || stop "nothing answers at $url"

cast send 0x00000000000000000000000000000000000000FF "becomeChainOwner()" --private-key "$key" --rpc-url "$url" >/dev/null
owner=$(cast wallet address --private-key "$key")
[[ "$(cast call -r "$url" 0x000000000000000000000000000000000000006b "isChainOwner(address)(bool)" "$owner")" == true ]] || stop "no owner"
cast send -r "$url" --private-key "$key" 0x0000000000000000000000000000000000000070 'setL1PricePerUnit(uint256)' 0x0 >/dev/null
factory=0x4e59b44847b379578588920ca78fbf26c0b4956c
cast send --rpc-url "$url" --private-key "$key" --value "1 ether" 0x3fab184622dc19b6109349b94811493bf2a45362 >/dev/null
# It is there from the start; who publishes its transaction again is not told off.
cast publish --rpc-url "$url" 0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba02222222222222222222222222222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222 >/dev/null
has_code "$factory" || stop "no factory"
# 30,000 bytes of code, which only the option lets in.
large=0x6175306000f3
manager=$(cast send --private-key "$key" --rpc-url "$url" --create 0x60018060093d393df300 | awk '/contractAddress/ {print $2}')
has_code "$manager" || stop "no cache manager"
created=$(cast send --private-key "$key" --rpc-url "$url" --create "$large" | awk '/contractAddress/ {print $2}')
[[ "$(cast code -r "$url" "$created" | wc -c)" -eq 60003 ]] || stop "no large contract"
cast send --private-key "$key" --rpc-url "$url" 0x0000000000000000000000000000000000000070 "addWasmCacheManager(address)" "$manager" >/dev/null
[[ "$(cast call -r "$url" 0x0000000000000000000000000000000000000072 "isCacheManager(address)(bool)" "$manager")" == true ]] || stop "no manager"
salt=0x0000000000000000000000000000000000000000000000000000000000000000
init=0x60028060093d393df30000
foretold=$(cast create2 --salt "$salt" --init-code "$init" | grep -oiE '0x[0-9a-f]{40}' | head -1)
cast send --private-key "$key" --rpc-url "$url" "$factory" "$salt${init#0x}" >/dev/null
has_code "$foretold" || stop "nothing through the factory"
echo "clients: the calls of a Nitro development node's start-up go through, by docker and cast"
