// What a tracer is given, over what the node tells: numbers as numbers, bytes as Uint8Array, words as integers of any size.
(host, bigInt) => {
  "use strict";
  const { step, frame, state, tools } = host;
  const Bytes = Uint8Array;
  const { isArray } = Array;
  const { toHex } = Bytes.prototype;
  const whole = value => Math.trunc(Number(value)) || 0;
  const word = hex => (hex === undefined ? undefined : bigInt(BigInt(hex)));
  // Bytes as the node reads them: hexadecimal digits.
  const digits = (value, orText) => {
    if (orText && typeof value === "string") return value;
    if (value instanceof Bytes) return toHex.call(value);
    if (isArray(value)) return toHex.call(Bytes.from(value));
    return tools.fail("invalid buffer type");
  };
  Object.assign(globalThis, {
    bigInt,
    toHex: bytes => "0x" + digits(bytes, false),
    toWord: value => tools.word(digits(value, true)),
    toAddress: value => tools.address(digits(value, true)),
    toContract: (from, nonce) => tools.contract(digits(from, true), whole(nonce)),
    toContract2: (from, salt, code) => tools.contract2(digits(from, true), String(salt), digits(code, true)),
    isPrecompiled: who => tools.isPrecompiled(digits(who, true)),
    isPrecompiledArbOS: who => tools.isPrecompiledArbOS(digits(who, true)),
    slice: (bytes, from, to) => {
      digits(bytes, false);
      const [start, end, available] = [whole(from), whole(to), bytes.length];
      if (start >= 0 && start <= end && end <= available) return Bytes.from(bytes.slice(start, end));
      const asked = `available ${available}, offset ${start}, size ${end - start}`;
      return tools.fail(`Tracer accessed out of bound memory: ${asked}`);
    },
  });
  return {
    word,
    log: {
      op: { toNumber: step.op, toString: step.name, isPush: step.isPush },
      stack: { peek: at => word(step.peek(whole(at))), length: step.stackLength },
      memory: {
        slice: (start, end) => step.memory(whole(start), whole(end)),
        getUint: at => word(step.memoryWord(whole(at))),
        length: step.memoryLength,
      },
      contract: {
        getCaller: step.caller,
        getAddress: step.address,
        getValue: () => word(step.value()),
        getInput: step.input,
      },
      getPC: step.pc,
      getGas: step.gas,
      getCost: step.cost,
      getDepth: step.depth,
      getRefund: step.refund,
      getError: step.error,
    },
    db: {
      getBalance: who => word(state.balance(digits(who, false))),
      getNonce: who => state.nonce(digits(who, false)),
      getCode: who => state.code(digits(who, false)),
      getState: (who, slot) => state.slot(digits(who, false), digits(slot, false)),
      exists: who => state.exists(digits(who, false)),
    },
    frame: {
      getType: frame.kind,
      getFrom: frame.from,
      getTo: frame.to,
      getInput: frame.input,
      getGas: frame.gas,
      getValue: () => word(frame.value()),
    },
    outcome: {
      getGasUsed: frame.gasUsed,
      getOutput: frame.output,
      getError: frame.error,
    },
  };
}
