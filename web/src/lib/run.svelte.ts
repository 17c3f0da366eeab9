/** Something that the person set going: its steps, and how it ended. */
import { explain, type OnStep, type Pool, type Step, type Wallet } from "@smirk/client";
import { live, refresh } from "./live.svelte";
import { connection } from "./wallet.svelte";

export class Run {
  steps = $state.raw<readonly Step[]>([]);
  isBusy = $state(false);
  problem = $state<string>();
  /** What was achieved, as a sentence. */
  done = $state<string>();

  /** Carries it out; gives whether that went well. One at a time. */
  async start(work: (onStep: OnStep) => Promise<string>): Promise<boolean> {
    if (this.isBusy) return false;
    this.clear();
    this.isBusy = true;
    try {
      this.done = await work((step) => {
        this.steps = [...this.steps.filter(({ label }) => label !== step.label), step];
      });
      return true;
    } catch (error) {
      this.problem = explain(error, live.pool?.units);
      return false;
    } finally {
      this.isBusy = false;
      await refresh();
    }
  }

  /** The same with the pool and the wallet that is connected; does nothing without one. */
  async send(work: (pool: Pool, wallet: Wallet, onStep: OnStep) => Promise<string>): Promise<boolean> {
    const { pool } = live;
    const { wallet } = connection;
    return pool && wallet ? this.start((onStep) => work(pool, wallet, onStep)) : false;
  }

  clear(): void {
    [this.steps, this.problem, this.done] = [[], undefined, undefined];
  }
}
