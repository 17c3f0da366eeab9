use alloy::{primitives::U256, providers::ProviderBuilder, sol};

sol!(
    #[sol(rpc)]
    IPool,
    "../../../abi/Pool.json"
);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let book: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(std::env::var("SMIRK_ADDRESSES")?)?)?;
    let url = book["rpcUrl"].as_str().unwrap_or_default().parse()?;
    let pool = IPool::new(
        serde_json::from_value(book["contracts"]["pool"].clone())?,
        ProviderBuilder::new().connect_http(url),
    );

    let wad = U256::from(10).pow(U256::from(18));
    let expiry = pool.surface().call().await?[1].expiry;
    let put = U256::from(1) << 192;
    let id = put | expiry << 128 | U256::from(2400) * wad;
    let quote = pool.quoteBuy(id, wad).call().await?;
    println!(
        "{} costs {} atoms",
        pool.name_0(id).call().await?,
        quote.total
    );

    // A refusal is a typed error with its numbers.
    if let Err(refused) = pool.quoteBuy(id + wad, wad).call().await {
        let error = refused.as_decoded_interface_error::<IPool::IPoolErrors>();
        if let Some(IPool::IPoolErrors::StrikeOffGrid(off)) = error {
            println!("refused: the nearest strike is {}", off.nearest / wad);
        }
    }
    Ok(())
}
