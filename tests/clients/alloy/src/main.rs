//! The scenario of `tests/clients/agree.js` with alloy: bindings made from the ABI's JSON, permit, recommended fillers.

use std::{env, fs};

use alloy::{
    dyn_abi::{DynSolValue, EventExt, FunctionExt, JsonAbiExt},
    json_abi::{JsonAbi, Param},
    network::TransactionBuilder,
    primitives::{Address, Bytes, U256},
    providers::{Provider, ProviderBuilder},
    rpc::types::TransactionRequest,
    signers::{local::PrivateKeySigner, SignerSync},
    sol,
    sol_types::{eip712_domain, SolCall, SolValue},
};
use anyhow::{anyhow, bail, ensure, Context, Result};
use serde::Deserialize;
use serde_json::{json, Map, Value};

sol!(IPool, "../../../abi/Pool.json");

sol! {
    interface Token {
        function name() view returns (string);
        function nonces(address owner) view returns (uint256);
        function balanceOf(address owner) view returns (uint256);
        function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s);
    }

    struct Permit {
        address owner;
        address spender;
        uint256 value;
        uint256 nonce;
        uint256 deadline;
    }
}

/// What the driver asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    rpc: String,
    chain_id: u64,
    abi: String,
    pool: Address,
    quote_token: Address,
    key: String,
    put: bool,
    expiry: U256,
    strike: U256,
    size: U256,
    deadline: U256,
}

/// A client that signs for the task's account.
struct Client<P> {
    provider: P,
    task: Task,
    abi: JsonAbi,
    account: Address,
}

impl<P: Provider> Client<P> {
    async fn call<C: SolCall>(&self, to: Address, call: C) -> Result<C::Return> {
        let output = self.provider.call(self.request(to, &call)).await?;
        Ok(C::abi_decode_returns(&output)?)
    }

    fn request<C: SolCall>(&self, to: Address, call: &C) -> TransactionRequest {
        TransactionRequest::default()
            .with_from(self.account)
            .with_to(to)
            .with_input(call.abi_encode())
    }

    /// Sends a transaction; gives its gas and the pool's events.
    async fn send<C: SolCall>(&self, to: Address, call: C) -> Result<Value> {
        let pending = self
            .provider
            .send_transaction(self.request(to, &call))
            .await?;
        let receipt = pending.get_receipt().await?;
        ensure!(receipt.status(), "{} failed", C::SIGNATURE);
        let logs = receipt.inner.logs().iter();
        let own = logs.filter(|log| log.address() == self.task.pool);
        let events = own
            .map(|log| self.decode_event(&log.inner.data))
            .collect::<Result<Vec<_>>>()?;
        Ok(json!({ "gasUsed": receipt.gas_used.to_string(), "events": events }))
    }

    fn decode_event(&self, log: &alloy::primitives::LogData) -> Result<Value> {
        let topic = log.topics().first().context("a log without topics")?;
        let event = self
            .abi
            .events()
            .find(|event| event.selector() == *topic)
            .with_context(|| format!("topic {topic} is not in the ABI"))?;
        let decoded = event.decode_log(log)?;
        let (mut indexed, mut body) = (decoded.indexed.into_iter(), decoded.body.into_iter());
        let mut arguments = Map::new();
        for input in &event.inputs {
            let value = if input.indexed {
                indexed.next()
            } else {
                body.next()
            };
            let value = value.context("a value for each argument")?;
            arguments.insert(input.name.clone(), plain(&value));
        }
        Ok(json!({ "name": event.name, "args": arguments }))
    }

    /// The typed error with which the node refuses a call.
    async fn refusal<C: SolCall>(&self, call: C) -> Result<Value> {
        let Err(error) = self
            .provider
            .call(self.request(self.task.pool, &call))
            .await
        else {
            bail!("{} was not refused", C::SIGNATURE);
        };
        let payload = error
            .as_error_resp()
            .ok_or_else(|| anyhow!("no answer of the node: {error}"))?;
        let data: Bytes = payload.as_revert_data().context("no revert data")?;
        let item = self
            .abi
            .errors()
            .find(|item| item.selector().as_slice() == &data[..4])
            .with_context(|| format!("{data} is not an error of the ABI"))?;
        let values = item.abi_decode_input(&data[4..])?;
        Ok(json!({ "name": item.name, "args": named(&item.inputs, &values) }))
    }

    async fn permit(&self, signer: &PrivateKeySigner, value: U256) -> Result<()> {
        let token = self.task.quote_token;
        let permit = Permit {
            owner: self.account,
            spender: self.task.pool,
            value,
            nonce: self
                .call(
                    token,
                    Token::noncesCall {
                        owner: self.account,
                    },
                )
                .await?,
            deadline: self.task.deadline,
        };
        let domain = eip712_domain! {
            name: self.call(token, Token::nameCall {}).await?,
            version: "1",
            chain_id: self.task.chain_id,
            verifying_contract: token,
        };
        let signature = signer.sign_typed_data_sync(&permit, &domain)?;
        let call = Token::permitCall {
            owner: permit.owner,
            spender: permit.spender,
            value,
            deadline: permit.deadline,
            v: 27 + u8::from(signature.v()),
            r: signature.r().into(),
            s: signature.s().into(),
        };
        self.send(token, call).await?;
        Ok(())
    }

    async fn cash(&self) -> Result<U256> {
        let call = Token::balanceOfCall {
            owner: self.account,
        };
        self.call(self.task.quote_token, call).await
    }

    fn buy(&self, id: U256, max_cost: U256, deadline: U256) -> IPool::buyCall {
        IPool::buyCall {
            id,
            size: self.task.size,
            maxCost: max_cost,
            deadline,
            receiver: self.account,
        }
    }

    fn sell(&self, id: U256, size: U256) -> IPool::sellCall {
        IPool::sellCall {
            id,
            size,
            minProceeds: U256::ZERO,
            deadline: self.task.deadline,
            receiver: self.account,
        }
    }

    /// The quote's fields by the names of the ABI.
    fn quote_fields(&self, quote: &IPool::Quote) -> Result<Map<String, Value>> {
        let functions = self.abi.function("quoteBuy").context("quoteBuy")?;
        let function = functions.first().context("quoteBuy")?;
        let record = function.abi_decode_output(&quote.abi_encode())?;
        let Some(DynSolValue::CustomStruct { tuple: values, .. }) = record.first() else {
            bail!("a quote is a record");
        };
        let parameters = function.outputs[0].components.iter().zip(values);
        Ok(parameters
            .map(|(parameter, value)| (parameter.name.clone(), plain(value)))
            .collect())
    }

    async fn run(&self, signer: &PrivateKeySigner) -> Result<Value> {
        let Task {
            pool,
            put,
            expiry,
            strike,
            size,
            deadline,
            ..
        } = self.task;
        let id = self
            .call(
                pool,
                IPool::encodeIdCall {
                    put,
                    expiry,
                    strike,
                },
            )
            .await?;
        let quote = self.call(pool, IPool::quoteBuyCall { id, size }).await?;
        self.permit(signer, quote.total).await?;
        let before = self.cash().await?;
        let one = U256::from(1);
        let refused = [
            self.refusal(self.buy(id, quote.total - one, deadline))
                .await?,
            self.refusal(self.buy(id, quote.total, one)).await?,
            self.refusal(self.sell(id, size)).await?,
            self.refusal(IPool::quoteBuyCall { id: id + one, size })
                .await?,
        ];
        let buy = self.send(pool, self.buy(id, quote.total, deadline)).await?;
        let position = self
            .call(
                pool,
                IPool::balanceOf_0Call {
                    owner_: self.account,
                    id,
                },
            )
            .await?;
        let spent = before - self.cash().await?;
        let sell = self.send(pool, self.sell(id, size / U256::from(2))).await?;
        Ok(json!({
            "id": id.to_string(),
            "quote": self.quote_fields(&quote)?,
            "spent": spent.to_string(),
            "position": position.to_string(),
            "refused": refused,
            "buy": buy,
            "sell": sell,
        }))
    }
}

/// Integers as decimal strings, addresses and bytes as lower-case hex.
fn plain(value: &DynSolValue) -> Value {
    match value {
        DynSolValue::Bool(flag) => json!(flag),
        DynSolValue::Int(number, _) => json!(number.to_string()),
        DynSolValue::Uint(number, _) => json!(number.to_string()),
        DynSolValue::Address(address) => json!(format!("{address:#x}")),
        DynSolValue::FixedBytes(word, length) => {
            json!(alloy::hex::encode_prefixed(&word[..*length]))
        }
        other => json!(format!("{other:?}")),
    }
}

fn named(inputs: &[Param], values: &[DynSolValue]) -> Map<String, Value> {
    let pairs = inputs.iter().zip(values);
    pairs
        .map(|(input, value)| (input.name.clone(), plain(value)))
        .collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let path = env::args().nth(1).context("path of the task")?;
    let task: Task = serde_json::from_str(&fs::read_to_string(path)?)?;
    let abi: JsonAbi = serde_json::from_str(&fs::read_to_string(&task.abi)?)?;
    let signer: PrivateKeySigner = task.key.parse()?;
    let provider = ProviderBuilder::new()
        .wallet(signer.clone())
        .connect_http(task.rpc.parse()?);
    ensure!(
        provider.get_chain_id().await? == task.chain_id,
        "another chain"
    );
    let client = Client {
        provider,
        task,
        abi,
        account: signer.address(),
    };
    println!("{}", client.run(&signer).await?);
    Ok(())
}
