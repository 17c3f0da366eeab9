// What every client reports in the same words: integers as decimal strings, addresses and bytes in lower case.
export function plain(value) {
  if (typeof value === "bigint" || typeof value === "number") return value.toString();
  if (typeof value === "string") return value.startsWith("0x") ? value.toLowerCase() : value;
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
  }
  return value;
}

// The arguments of an ABI item under their names.
export function named(inputs, values) {
  return Object.fromEntries(inputs.map((input, index) => [input.name, plain(values[index])]));
}
