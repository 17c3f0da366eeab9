//! Uniswap v3 from its published bytecode.

use alloy_primitives::{
    aliases::{I24, U160, U24},
    Address, U256,
};
use alloy_sol_types::SolValue;
use anyhow::{anyhow, Context, Result};
use inkhorn_chain::{Chain, Outcome};

use crate::{
    abi::{NonfungiblePositionManager, Token, UniswapV3Factory},
    artifact::published,
    call::TypedCalls,
    Actor,
};

const FACTORY: &str =
    "@uniswap/v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json";
const POSITION_MANAGER: &str =
    "@uniswap/v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/NonfungiblePositionManager.json";
const ROUTER: &str =
    "@uniswap/swap-router-contracts/artifacts/contracts/SwapRouter02.sol/SwapRouter02.json";

/// Fee tier of the pair, in millionths of the amount traded: 0.05 %.
pub const FEE: u32 = 500;
/// Ticks of positions are multiples of this at the fee tier.
pub const TICK_SPACING: i32 = 10;
/// The widest range that the tick spacing allows, either way.
const WIDEST_TICK: i32 = 887_270;

/// Uniswap's contracts and the pair's pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Venue {
    /// UniswapV3Factory.
    pub factory: Address,
    /// NonfungiblePositionManager.
    pub position_manager: Address,
    /// SwapRouter02.
    pub router: Address,
    /// The pair's pool.
    pub pool: Address,
    /// The pool's lower token.
    pub token0: Address,
    /// The pool's higher token.
    pub token1: Address,
}

impl Venue {
    /// Deploys Uniswap and opens the pair's pool at a venue price. The tokens come in the pool's order.
    pub fn deploy(
        chain: &mut Chain,
        deployer: &Actor,
        weth: Address,
        [token0, token1]: [Address; 2],
        sqrt_price_x96: U160,
    ) -> Result<Self> {
        let from = deployer.address;
        let factory = create(chain, from, published(FACTORY, &[])?).context("UniswapV3Factory")?;
        // The descriptor only draws the position's picture.
        let arguments = (factory, weth, Address::ZERO);
        let position_manager = create(
            chain,
            from,
            published(POSITION_MANAGER, &arguments.abi_encode_params())?,
        )
        .context("NonfungiblePositionManager")?;
        let arguments = (Address::ZERO, factory, position_manager, weth);
        let router = create(
            chain,
            from,
            published(ROUTER, &arguments.abi_encode_params())?,
        )
        .context("SwapRouter02")?;
        let open = NonfungiblePositionManager::createAndInitializePoolIfNecessaryCall {
            token0,
            token1,
            fee: U24::from(FEE),
            sqrtPriceX96: sqrt_price_x96,
        };
        let pool = chain.send(from, position_manager, &open)?.value;
        let listed = UniswapV3Factory::getPoolCall {
            tokenA: token0,
            tokenB: token1,
            fee: U24::from(FEE),
        };
        anyhow::ensure!(
            chain.view(factory, &listed)? == pool,
            "the factory does not list the pool that it opened"
        );
        Ok(Self {
            factory,
            position_manager,
            router,
            pool,
            token0,
            token1,
        })
    }

    /// Adds liquidity over the widest range from what `provider` holds, up to these amounts in the pool's order.
    /// Returns the position's id and its liquidity.
    pub fn provide(
        &self,
        chain: &mut Chain,
        provider: Address,
        amounts: [U256; 2],
    ) -> Result<(U256, u128)> {
        self.provide_between(chain, provider, [-WIDEST_TICK, WIDEST_TICK], amounts)
    }

    /// Adds liquidity between two ticks, multiples of [`TICK_SPACING`].
    pub fn provide_between(
        &self,
        chain: &mut Chain,
        provider: Address,
        [lower, upper]: [i32; 2],
        amounts: [U256; 2],
    ) -> Result<(U256, u128)> {
        for token in [self.token0, self.token1] {
            let approve = Token::approveCall {
                spender: self.position_manager,
                amount: U256::MAX,
            };
            chain.send(provider, token, &approve)?;
        }
        let mint = NonfungiblePositionManager::mintCall {
            params: NonfungiblePositionManager::MintParams {
                token0: self.token0,
                token1: self.token1,
                fee: U24::from(FEE),
                tickLower: I24::try_from(lower)?,
                tickUpper: I24::try_from(upper)?,
                amount0Desired: amounts[0],
                amount1Desired: amounts[1],
                amount0Min: U256::ZERO,
                amount1Min: U256::ZERO,
                recipient: provider,
                deadline: U256::from(chain.now()),
            },
        };
        let minted = chain.send(provider, self.position_manager, &mint)?.value;
        Ok((minted.tokenId, minted.liquidity))
    }

    /// Takes all liquidity out of a position, with what it earned.
    pub fn remove(
        &self,
        chain: &mut Chain,
        provider: Address,
        (id, liquidity): (U256, u128),
    ) -> Result<()> {
        let decrease = NonfungiblePositionManager::decreaseLiquidityCall {
            params: NonfungiblePositionManager::DecreaseLiquidityParams {
                tokenId: id,
                liquidity,
                amount0Min: U256::ZERO,
                amount1Min: U256::ZERO,
                deadline: U256::from(chain.now()),
            },
        };
        chain.send(provider, self.position_manager, &decrease)?;
        let collect = NonfungiblePositionManager::collectCall {
            params: NonfungiblePositionManager::CollectParams {
                tokenId: id,
                recipient: provider,
                amount0Max: u128::MAX,
                amount1Max: u128::MAX,
            },
        };
        chain.send(provider, self.position_manager, &collect)?;
        Ok(())
    }
}

/// Creates a contract, with the refusal in readable form.
pub(crate) fn create(
    chain: &mut Chain,
    from: Address,
    init_code: alloy_primitives::Bytes,
) -> Result<Address> {
    chain.deploy(from, init_code).map_err(|outcome: Outcome| {
        anyhow!(
            "creation failed: {:?} {}",
            outcome.status,
            crate::call::describe_error(&outcome.output)
        )
    })
}
