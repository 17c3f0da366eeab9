#!/usr/bin/env bash
# The start-up script of Nitro's development node in the calls that it makes, by cast itself: owner, free L1 data, the factory,
# a cache manager through it.
#   startup.sh URL   (scripts/clients does this)
set -euo pipefail
url=${1:?usage: startup.sh URL}
# The account that Nitro's development node begins with.
key=0xb6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659
PATH=$(cd "$(dirname "$0")" && pwd)/node_modules/.bin:$PATH
export ETH_RPC_URL=$url FOUNDRY_DISABLE_NIGHTLY_WARNING=1
send() { [[ "$(cast send --json --private-key "$key" "$@" | node -p 'JSON.parse(require("fs").readFileSync(0)).status')" == 0x1 ]] || { echo "startup: $* failed" >&2; exit 1; }; }

for _ in {1..50}; do cast block-number >/dev/null 2>&1 && break || sleep 0.1; done
owner=$(cast wallet address --private-key "$key")
send 0x00000000000000000000000000000000000000FF "becomeChainOwner()"
[[ "$(cast call 0x000000000000000000000000000000000000006b "isChainOwner(address)(bool)" "$owner")" == true ]]
send 0x0000000000000000000000000000000000000070 "setL1PricePerUnit(uint256)" 0x0
factory=0x4e59b44847b379578588920ca78fbf26c0b4956c
[[ "$(cast code "$factory")" != 0x ]]
salt=0x0000000000000000000000000000000000000000000000000000000000000000
init=60018060093d393df300
manager=$(cast create2 --deployer "$factory" --salt "$salt" --init-code "0x$init" | grep -oiE '0x[0-9a-f]{40}' | head -1)
send "$factory" "$salt$init"
[[ "$(cast code "$manager")" != 0x ]]
send 0x0000000000000000000000000000000000000070 "addWasmCacheManager(address)" "$manager"
[[ "$(cast call 0x0000000000000000000000000000000000000072 "isCacheManager(address)(bool)" "$manager")" == true ]]
echo "clients: the start-up script of Nitro's development node goes through, by cast"
