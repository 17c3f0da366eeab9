// The pool's account at its lender. A thousandth of a quote token, supplied for the pool, writes words that its first loan would have
// to pay for; the pool counts only what it supplied itself.
const { address, calldata, record, words } = require("./abi");
const { say } = require("./say");

const DECIMALS_LESS = 3n;
// Of a reserve's data.
const A_TOKEN_WORD = 8;

async function find(chain, pool) {
  const { quote, lender } = record("surroundings", await chain.call(pool, calldata("surroundings()")));
  if (BigInt(lender) === 0n) return { lender };
  const reserve = words(await chain.call(lender, calldata("getReserveData(address)", quote)));
  const supplied = await chain.number(address(reserve[A_TOKEN_WORD]), "balanceOf(address)", pool);
  const decimals = await chain.number(quote, "decimals()");
  return { quote, lender, supplied, amount: 10n ** (decimals > DECIMALS_LESS ? decimals - DECIMALS_LESS : 0n) };
}

// Supplies it from the sender's own quote. A failure is reported: the pool borrows without, its first loan costs more gas.
async function openAccount(chain, makeSender, pool) {
  try {
    const { quote, lender, supplied, amount } = await find(chain, pool);
    if (BigInt(lender) === 0n) return say("lender: the pool has none");
    if (supplied > 0n) return say("lender: the pool has an account there");
    const sender = makeSender();
    const held = await chain.number(quote, "balanceOf(address)", sender.account);
    if (held < amount) throw new Error(`${sender.account} holds ${held} units of quote`);
    sender.send(quote, calldata("approve(address,uint256)", lender, amount));
    const hash = sender.send(lender, calldata("supply(address,uint256,address,uint16)", quote, amount, pool, 0));
    say(`lender: supplied ${amount} units of quote for the pool by transaction ${hash}`);
  } catch (error) {
    say(`lender: a thousandth of quote could not be supplied for the pool, try again with scripts/deploy account ${pool}: ${error.message}`);
  }
}

module.exports = { openAccount };
