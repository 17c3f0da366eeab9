// The network helpers of Hardhat work on the provider of the project that they run in: here on any node's URL.
let id = 0;

exports.network = {
  name: "devnet",
  provider: {
    async request({ method, params = [] }) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: ++id, method, params });
      const headers = { "content-type": "application/json" };
      const answer = await (await fetch(process.env.DEVNET_URL, { method: "POST", headers, body })).json();
      if (answer.error) throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
      return answer.result;
    },
  },
};
