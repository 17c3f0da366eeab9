"""The scenario of ../agree.js with web3.py: permit, legacy transactions, events by filter."""

import json
import sys

from eth_account import Account
from web3 import Web3
from web3.exceptions import ContractCustomError

with open(sys.argv[1], encoding="utf-8") as file:
    TASK = json.load(file)
with open(TASK["abi"], encoding="utf-8") as file:
    ABI = json.load(file)

TOKEN_ABI = [
    {"type": "function", "name": name, "stateMutability": kind, "inputs": [{"name": "", "type": t} for t in inputs],
     "outputs": [{"name": "", "type": t} for t in outputs]}
    for name, kind, inputs, outputs in [
        ("name", "view", [], ["string"]),
        ("nonces", "view", ["address"], ["uint256"]),
        ("balanceOf", "view", ["address"], ["uint256"]),
        ("permit", "nonpayable", ["address", "address", "uint256", "uint256", "uint8", "bytes32", "bytes32"], []),
    ]
]

web3 = Web3(Web3.HTTPProvider(TASK["rpc"]))
account = Account.from_key(TASK["key"])
pool = web3.eth.contract(address=Web3.to_checksum_address(TASK["pool"]), abi=ABI)
token = web3.eth.contract(address=Web3.to_checksum_address(TASK["quoteToken"]), abi=TOKEN_ABI)
size = int(TASK["size"])
deadline = int(TASK["deadline"])


def plain(value):
    """Integers as decimal strings, addresses and bytes as lower-case hex."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, str):
        return value.lower() if value.startswith("0x") else value
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value]


def item(kind, name):
    return next(entry for entry in ABI if entry["type"] == kind and entry.get("name") == name)


def named(inputs, values):
    return {entry["name"]: plain(value) for entry, value in zip(inputs, values, strict=True)}


def send(call):
    transaction = call.build_transaction({
        "from": account.address,
        "nonce": web3.eth.get_transaction_count(account.address, "pending"),
        "gasPrice": web3.eth.gas_price,
        "chainId": TASK["chainId"],
    })
    signed = account.sign_transaction(transaction)
    receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_raw_transaction(signed.raw_transaction), poll_latency=0.02)
    assert receipt["status"] == 1, f"{call.fn_name} failed"
    return receipt


def permit(value):
    message = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"}, {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"}, {"name": "verifyingContract", "type": "address"},
            ],
            "Permit": [
                {"name": "owner", "type": "address"}, {"name": "spender", "type": "address"},
                {"name": "value", "type": "uint256"}, {"name": "nonce", "type": "uint256"}, {"name": "deadline", "type": "uint256"},
            ],
        },
        "primaryType": "Permit",
        "domain": {"name": token.functions.name().call(), "version": "1", "chainId": TASK["chainId"], "verifyingContract": token.address},
        "message": {"owner": account.address, "spender": pool.address, "value": value,
                    "nonce": token.functions.nonces(account.address).call(), "deadline": deadline},
    }
    signed = Account.sign_typed_data(account.key, full_message=message)
    r, s = signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")
    send(token.functions.permit(account.address, pool.address, value, deadline, signed.v, r, s))


def decode(log):
    """A log of the pool by its ABI; overloaded names are told apart by their topic."""
    for entry in ABI:
        if entry["type"] != "event":
            continue
        signature = f"{entry['name']}({','.join(field['type'] for field in entry['inputs'])})"
        if Web3.keccak(text=signature) == log["topics"][0]:
            event = web3.eth.contract(abi=[entry]).events[entry["name"]]().process_log(log)
            return {"name": entry["name"], "args": plain({field["name"]: event["args"][field["name"]] for field in entry["inputs"]})}
    raise ValueError(f"topic {log['topics'][0].hex()} is not in the ABI")


def trade(call):
    receipt = send(call)
    events = [decode(log) for log in receipt["logs"] if log["address"] == pool.address]
    return {"gasUsed": str(receipt["gasUsed"]), "events": events}


def refusal(call):
    try:
        call.call({"from": account.address})
    except ContractCustomError as error:
        data = bytes.fromhex(error.data[2:])
        for entry in ABI:
            if entry["type"] == "error":
                types = [field["type"] for field in entry["inputs"]]
                if Web3.keccak(text=f"{entry['name']}({','.join(types)})")[:4] == data[:4]:
                    return {"name": entry["name"], "args": named(entry["inputs"], web3.codec.decode(types, data[4:]))}
        raise
    raise AssertionError(f"{call.fn_name} was not refused")


def main():
    series = pool.functions.encodeId(TASK["put"], int(TASK["expiry"]), int(TASK["strike"])).call()
    fields = item("function", "quoteBuy")["outputs"][0]["components"]
    answer = pool.functions.quoteBuy(series, size).call()
    values = list(answer.values()) if isinstance(answer, dict) else list(answer)
    quote = named(fields, values)
    total = int(quote["total"])
    permit(total)
    before = token.functions.balanceOf(account.address).call()
    refused = [
        refusal(pool.functions.buy(series, size, total - 1, deadline, account.address)),
        refusal(pool.functions.buy(series, size, total, 1, account.address)),
        refusal(pool.functions.sell(series, size, 0, deadline, account.address)),
        refusal(pool.functions.quoteBuy(series + 1, size)),
    ]
    buy = trade(pool.functions.buy(series, size, total, deadline, account.address))
    position = pool.get_function_by_signature("balanceOf(address,uint256)")(account.address, series).call()
    spent = before - token.functions.balanceOf(account.address).call()
    sell = trade(pool.functions.sell(series, size // 2, 0, deadline, account.address))
    found = pool.events.Bought().get_logs(from_block=web3.eth.block_number - 10, argument_filters={"taker": account.address})
    assert len(found) == 1 and found[0]["args"]["id"] == series, f"a filter found {len(found)} purchases"
    result = {"id": str(series), "quote": quote, "spent": str(spent), "position": str(position),
              "refused": refused, "buy": buy, "sell": sell}
    print(json.dumps(result))


main()
