// The devnet that the other clients are tried on, too.
export { patience, request, startDevnet, stopDevnet } from "../../../tests/clients/devnet.js";
export { root } from "../../../tests/clients/run.js";
