/** Who signs: a wallet that announces itself to the page (EIP-6963), or one of a development chain's accounts. */
import { explain, isRejection, type Wallet } from "@smirk/client";
import { createStore, type EIP6963ProviderDetail } from "mipd";
import { createWalletClient, custom, getAddress, http, type Address } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { live } from "./live.svelte";
import { terms } from "./ticket.svelte";

const remembered = "smirk.wallet";
const providers = createStore();

class Connection {
  available = $state.raw<readonly EIP6963ProviderDetail[]>(providers.getProviders());
  label = $state<string>();
  account = $state<Address>();
  /** The chain that the wallet is on. */
  chainId = $state<number>();
  problem = $state<string>();
  /** Signs for the account; undefined without one. */
  wallet = $state.raw<Wallet>();

  get isOnChain(): boolean {
    return this.chainId === live.configuration?.chainId;
  }
  /** Whether it can sign for the pool's chain now. */
  get canSign(): boolean {
    return this.wallet !== undefined && this.isOnChain;
  }
}

export const connection = new Connection();
providers.subscribe((found) => {
  connection.available = found;
});

let forget: () => void = () => {};

function remember(name: string | undefined): void {
  try {
    if (name === undefined) localStorage.removeItem(remembered);
    else localStorage.setItem(remembered, name);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

export function disconnect(): void {
  forget();
  forget = () => {};
  terms.owner = undefined;
  [connection.label, connection.account, connection.chainId, connection.wallet, connection.problem] = [undefined, undefined, undefined, undefined, undefined];
  remember(undefined);
}

/** Signs as the account of a development chain with this index. */
export function connectDevelopment(index: number): void {
  const [key, { chain, configuration }] = [live.configuration?.accounts?.[index], live];
  if (!key || !chain || !configuration) return;
  disconnect();
  const account = privateKeyToAccount(key.privateKey);
  connection.label = `Account ${index + 1}`;
  connection.account = account.address;
  connection.chainId = configuration.chainId;
  connection.wallet = createWalletClient({ account, chain, transport: http(configuration.rpcUrl) });
  remember(`development ${index}`);
}

/** Asks a wallet for its account; silently when it was connected before. */
export async function connectInjected(detail: EIP6963ProviderDetail, isSilent = false): Promise<void> {
  const { chain } = live;
  if (!chain) return;
  const { provider, info } = detail;
  try {
    const accounts = await provider.request({ method: isSilent ? "eth_accounts" : "eth_requestAccounts" });
    if (accounts.length === 0) {
      if (!isSilent) connection.problem = `${info.name} gave no account; unlock it and try again.`;
      return;
    }
    disconnect();
    const adopt = ([address]: readonly Address[]) => {
      if (!address) return disconnect();
      connection.account = getAddress(address);
      // Leave to trade on another's account is the wallet's that had it.
      terms.owner = undefined;
      connection.wallet = createWalletClient({ account: connection.account, chain, transport: custom(provider) });
    };
    const onChain = (id: string) => (connection.chainId = Number(id));
    adopt(accounts);
    connection.label = info.name;
    onChain(await provider.request({ method: "eth_chainId" }));
    provider.on?.("accountsChanged", adopt);
    provider.on?.("chainChanged", onChain);
    forget = () => {
      provider.removeListener?.("accountsChanged", adopt);
      provider.removeListener?.("chainChanged", onChain);
    };
    remember(info.rdns);
  } catch (error) {
    if (!isSilent) connection.problem = explain(error);
  }
}

/** Asks the wallet to go to the pool's chain, and to add it where it does not know it. */
export async function switchChain(): Promise<void> {
  const { wallet } = connection;
  const { chain } = live;
  if (!wallet || !chain) return;
  connection.problem = undefined;
  try {
    await wallet.switchChain({ id: chain.id }).catch((error: unknown) => {
      if (isRejection(error)) throw error;
      return wallet.addChain({ chain });
    });
    connection.chainId = Number(await wallet.request({ method: "eth_chainId" }));
  } catch (error) {
    connection.problem = explain(error);
  }
}

/** Connects as last time. */
export function reconnect(): void {
  let name: string | null = null;
  try {
    name = localStorage.getItem(remembered);
  } catch {
    return;
  }
  if (!name) return;
  const development = /^development (\d+)$/.exec(name);
  if (development) return connectDevelopment(Number(development[1]));
  const wanted = (found: readonly EIP6963ProviderDetail[]) => found.find(({ info }) => info.rdns === name);
  const here = wanted(connection.available);
  if (here) void connectInjected(here, true);
  else {
    const stop = providers.subscribe((found) => {
      const late = wanted(found);
      if (!late) return;
      stop();
      if (!connection.account) void connectInjected(late, true);
    });
  }
}

