// The demo's week as Deribit writes it over HTTP: options of the last snapshot's smiles at the time that it is told.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

const WEEK = new URL("../../demo/week/", import.meta.url);
const YEAR = 31_536_000;
/** How far bid and ask are from the mark, vol. */
const HALF_SPREAD = 0.01;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

const rows = (name) => readFileSync(new URL(name, WEEK), "utf8").trim().split("\n").slice(1).map((line) => line.split(","));
const seconds = (text) => Date.parse(text) / 1_000;

/** The normal distribution function to 1e-7, ample for prices that are to look like a market's. */
function normal(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x / Math.SQRT2));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp((-x * x) / 2)) / 2;
  return x < 0 ? tail : 1 - tail;
}

/** An option in coin. */
function coin(call, forward, strike, total) {
  const d1 = Math.log(forward / strike) / total + total / 2;
  const value = forward * normal(d1) - strike * normal(d1 - total);
  return Math.max(call ? value : value - forward + strike, 0) / forward;
}

function vol({ atm, left, right }, years, moneyness) {
  const y = moneyness / (atm * Math.sqrt(years));
  const [h, m] = [((right - left) * y) / 2, ((right + left) * y) / 2];
  return atm * Math.sqrt((1 + h + Math.sqrt(m * m + 2 * h + 1)) / 2);
}

export class Exchange {
  /** Starts it at a time, unix seconds. */
  static async start(time) {
    const exchange = new Exchange();
    exchange.time = time;
    exchange.index = rows("index.csv").map(([at, price]) => [seconds(at), Number(price)]);
    exchange.anchors = rows("anchors.csv").map(([at, , expiry, , atm, left, right, carry]) => ({
      ...{ at: seconds(at), expiry: seconds(expiry), atm: Number(atm), left: Number(left), right: Number(right), carry: Number(carry) },
    }));
    exchange.server = createServer((request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const result = request.url.includes("get_index_price") ? { index_price: exchange.spot() } : exchange.book();
      response.end(JSON.stringify({ jsonrpc: "2.0", result }));
    });
    await new Promise((resolve) => exchange.server.listen(0, "127.0.0.1", resolve));
    exchange.url = `http://127.0.0.1:${exchange.server.address().port}`;
    return exchange;
  }

  spot = () => this.index.findLast(([at]) => at <= this.time)[1];

  /** The last snapshot's slices that have not expired. */
  slices() {
    const last = this.anchors.findLast(({ at }) => at <= this.time).at;
    return this.anchors.filter(({ at, expiry }) => at === last && expiry > this.time);
  }

  book() {
    const spot = this.spot();
    return this.slices().flatMap((slice) => {
      const years = (slice.expiry - this.time) / YEAR;
      const forward = spot * Math.exp(slice.carry * years);
      const strikes = Array.from({ length: 60 }, (_, place) => 1_000 + 50 * place);
      return strikes.flatMap((strike) => {
        const own = vol(slice, years, Math.log(strike / forward));
        return ["C", "P"].map((kind) => {
          const price = (at) => coin(kind === "C", forward, strike, at * Math.sqrt(years));
          const bid = price(own - HALF_SPREAD);
          return {
            ...{ instrument_name: `ETH-${date(slice.expiry)}-${strike}-${kind}`, creation_timestamp: this.time * 1_000 },
            ...{ underlying_price: forward, mark_iv: 100 * own, mark_price: price(own) },
            ...{ bid_price: bid > 1e-5 ? bid : null, ask_price: price(own + HALF_SPREAD) },
          };
        });
      });
    });
  }

  end = () => this.server.close();
}

function date(expiry) {
  const day = new Date(expiry * 1_000);
  return `${day.getUTCDate()}${MONTHS[day.getUTCMonth()]}${String(day.getUTCFullYear()).slice(2)}`;
}
