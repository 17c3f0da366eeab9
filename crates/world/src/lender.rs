//! Aave v3 from its published bytecode: one market with the world's two tokens as its reserves.
//!
//! Parameters are Arbitrum One's. Interest rates, reserve factors and utilisation of WETH: state of 2024-07-22, as the upgrade
//! to 3.1 read them there (github.com/bgd-labs/protocol-v3.1-upgrade, `diffs/42161_before_42161_after.md`; what the document
//! leaves out follows from the rates that it gives). Loan to value and thresholds: the targets that the protocol's governance
//! set for every market in September 2024 (its forum, thread 18997). Caps of USDC: thread 17957, June 2024; those of WETH are
//! round numbers above what it held then. Stable rates are off.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolValue};
use anyhow::{Context, Result};
use inkhorn_chain::Chain;

use crate::{
    abi::{AaveOracle, AclManager, AddressesProvider, LendingPool, PoolConfigurator, Token},
    artifact::{published, published_linked, test_contract},
    call::TypedCalls,
    venue::create,
    Actor,
};

const ROOT: &str = "@aave/core-v3/artifacts/contracts";
/// Libraries that the market calls, each after those that it calls itself.
const LIBRARIES: [&str; 7] = [
    "SupplyLogic",
    "BorrowLogic",
    "LiquidationLogic",
    "EModeLogic",
    "BridgeLogic",
    "FlashLoanLogic",
    "PoolLogic",
];
/// Where a market's own code stands once something else stands in its place.
const MOVED: Address = Address::repeat_byte(0xa7);
/// Interest rate mode of a variable loan.
pub const VARIABLE: U256 = U256::from_limbs([2, 0, 0, 0]);
/// Seconds that the sequencer has to be up before anybody borrows.
pub const SENTINEL_GRACE: u64 = 3_600;
/// Of a flash loan, basis points: in all, and of that the protocol's, in basis points of it.
const FLASH_PREMIUM: [u128; 2] = [5, 400];
/// 1e27 / 10,000: a basis point in rays.
const RAY_PER_BASIS_POINT: u128 = 100_000_000_000_000_000_000_000;

/// Aave's contracts and the tokens that stand for claims and debts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lender {
    /// PoolAddressesProvider.
    pub provider: Address,
    /// The market, behind its proxy.
    pub pool: Address,
    /// PoolConfigurator, behind its proxy.
    pub configurator: Address,
    /// AaveOracle.
    pub oracle: Address,
    /// Who may pause, freeze and set caps.
    pub admin: Address,
    /// What stands for supplied base and for borrowed base.
    pub base: ReserveTokens,
    /// The same for quote.
    pub quote: ReserveTokens,
    /// The price feed of the quote token in the market's own currency: one.
    pub quote_feed: Address,
}

/// The tokens of one reserve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveTokens {
    /// Supplied.
    pub a_token: Address,
    /// Borrowed at the variable rate.
    pub variable_debt: Address,
}

/// What a market is put around.
#[derive(Clone, Copy)]
pub(crate) struct Market {
    pub base: Address,
    pub quote: Address,
    pub base_decimals: u8,
    pub quote_decimals: u8,
    pub feed: Address,
    pub feed_decimals: u8,
    pub sequencer_feed: Option<Address>,
}

/// One reserve's parameters: ratios in basis points, caps in whole tokens.
struct Terms {
    loan_to_value: u64,
    threshold: u64,
    bonus: u64,
    reserve_factor: u64,
    supply_cap: u64,
    borrow_cap: u64,
    optimal: u64,
    slopes: [u64; 2],
}

const WETH: Terms = Terms {
    loan_to_value: 8_000,
    threshold: 8_300,
    bonus: 10_500,
    reserve_factor: 1_500,
    supply_cap: 140_000,
    borrow_cap: 126_000,
    optimal: 9_000,
    slopes: [270, 8_000],
};
const USDC: Terms = Terms {
    loan_to_value: 7_500,
    threshold: 7_800,
    bonus: 10_500,
    reserve_factor: 1_000,
    supply_cap: 350_000_000,
    borrow_cap: 320_000_000,
    optimal: 9_000,
    slopes: [900, 6_000],
};

impl Lender {
    /// Deploys a market and lists both tokens in it.
    pub(crate) fn deploy(chain: &mut Chain, admin: &Actor, market: Market) -> Result<Self> {
        let admin = admin.address;
        let provider = deploy(
            chain,
            admin,
            "protocol/configuration/PoolAddressesProvider",
            &("Smirk devnet", admin).abi_encode_params(),
        )?;
        set_roles(chain, admin, provider)?;
        let libraries = deploy_libraries(chain, admin)?;
        let pool = deploy_pool(chain, admin, provider, &libraries)?;
        let configurator = deploy_configurator(chain, admin, provider)?;
        let (oracle, quote_feed) = deploy_oracle(chain, admin, provider, &market)?;
        if let Some(feed) = market.sequencer_feed {
            let arguments = (provider, feed, U256::from(SENTINEL_GRACE));
            let sentinel = deploy(
                chain,
                admin,
                "protocol/configuration/PriceOracleSentinel",
                &arguments.abi_encode_params(),
            )?;
            let set = AddressesProvider::setPriceOracleSentinelCall { sentinel };
            chain.send(admin, provider, &set)?;
        }
        let listing = Listing {
            admin,
            provider,
            pool,
            configurator,
        };
        listing.set_premiums(chain)?;
        let base = listing.list(chain, market.base, market.base_decimals, "WETH", &WETH)?;
        let quote = listing.list(chain, market.quote, market.quote_decimals, "USDC", &USDC)?;
        Ok(Self {
            provider,
            pool,
            configurator,
            oracle,
            admin,
            base,
            quote,
            quote_feed,
        })
    }

    /// Supplies what `user` holds and is given back by `withdraw`. Approves the market first.
    pub fn supply(
        &self,
        chain: &mut Chain,
        user: Address,
        asset: Address,
        amount: U256,
    ) -> Result<()> {
        self.supply_for(chain, user, asset, amount, user)
    }

    /// Supplies what `user` holds to whom it is given then. Approves the market first.
    pub fn supply_for(
        &self,
        chain: &mut Chain,
        user: Address,
        asset: Address,
        amount: U256,
        owner: Address,
    ) -> Result<()> {
        let approve = Token::approveCall {
            spender: self.pool,
            amount,
        };
        chain.send(user, asset, &approve)?;
        let supply = LendingPool::supplyCall {
            asset,
            amount,
            onBehalfOf: owner,
            referralCode: 0,
        };
        chain.send(user, self.pool, &supply)?;
        Ok(())
    }

    /// Borrows at the variable rate.
    pub fn borrow(
        &self,
        chain: &mut Chain,
        user: Address,
        asset: Address,
        amount: U256,
    ) -> Result<()> {
        let borrow = LendingPool::borrowCall {
            asset,
            amount,
            interestRateMode: VARIABLE,
            referralCode: 0,
            onBehalfOf: user,
        };
        chain.send(user, self.pool, &borrow)?;
        Ok(())
    }

    /// Lists another token, on the terms of quote and at its price.
    pub fn list(
        &self,
        chain: &mut Chain,
        asset: Address,
        decimals: u8,
        symbol: &str,
    ) -> Result<ReserveTokens> {
        let set = AaveOracle::setAssetSourcesCall {
            assets: vec![asset],
            sources: vec![self.quote_feed],
        };
        chain.send(self.admin, self.oracle, &set)?;
        let listing = Listing {
            admin: self.admin,
            provider: self.provider,
            pool: self.pool,
            configurator: self.configurator,
        };
        listing.list(chain, asset, decimals, symbol, &USDC)
    }

    /// From now on every step at the market burns all gas that it gets, and every debtor has collateral in every reserve;
    /// and so does what asks for the terms of a reserve that is not there, if it `burns_terms`.
    pub fn burn_steps(&self, chain: &mut Chain, burns_terms: bool) -> Result<()> {
        let code = chain.code(self.pool);
        chain.set_code(MOVED, code);
        let init = test_contract("BurningLender", &(MOVED, burns_terms).abi_encode())?;
        let burning = create(chain, self.admin, init)?;
        let code = chain.code(burning);
        chain.set_code(self.pool, code);
        Ok(())
    }

    /// What the market's administrators do.
    pub fn administer<C: SolCall>(&self, chain: &mut Chain, call: &C) -> Result<()> {
        chain.send(self.admin, self.configurator, call)?;
        Ok(())
    }
}

/// A market that reserves are put into.
struct Listing {
    admin: Address,
    provider: Address,
    pool: Address,
    configurator: Address,
}

impl Listing {
    fn set<C: SolCall>(&self, chain: &mut Chain, call: &C) -> Result<()> {
        chain.send(self.admin, self.configurator, call)?;
        Ok(())
    }

    fn set_premiums(&self, chain: &mut Chain) -> Result<()> {
        let [total, protocol] = FLASH_PREMIUM;
        let call = PoolConfigurator::updateFlashloanPremiumTotalCall { premium: total };
        self.set(chain, &call)?;
        let call = PoolConfigurator::updateFlashloanPremiumToProtocolCall { premium: protocol };
        self.set(chain, &call)
    }

    /// Lists a token and opens it for supply and loans.
    fn list(
        &self,
        chain: &mut Chain,
        asset: Address,
        decimals: u8,
        symbol: &str,
        terms: &Terms,
    ) -> Result<ReserveTokens> {
        let input = self.reserve(chain, asset, decimals, symbol, terms)?;
        self.set(
            chain,
            &PoolConfigurator::initReservesCall { input: vec![input] },
        )?;
        let enabled = true;
        let [supply_cap, borrow_cap] = [terms.supply_cap, terms.borrow_cap].map(U256::from);
        self.set(
            chain,
            &PoolConfigurator::configureReserveAsCollateralCall {
                asset,
                ltv: U256::from(terms.loan_to_value),
                liquidationThreshold: U256::from(terms.threshold),
                liquidationBonus: U256::from(terms.bonus),
            },
        )?;
        self.set(
            chain,
            &PoolConfigurator::setReserveBorrowingCall { asset, enabled },
        )?;
        self.set(
            chain,
            &PoolConfigurator::setReserveFlashLoaningCall { asset, enabled },
        )?;
        self.set(
            chain,
            &PoolConfigurator::setReserveFactorCall {
                asset,
                factor: U256::from(terms.reserve_factor),
            },
        )?;
        self.set(
            chain,
            &PoolConfigurator::setSupplyCapCall {
                asset,
                cap: supply_cap,
            },
        )?;
        self.set(
            chain,
            &PoolConfigurator::setBorrowCapCall {
                asset,
                cap: borrow_cap,
            },
        )?;
        self.set(
            chain,
            &PoolConfigurator::setLiquidationProtocolFeeCall {
                asset,
                fee: U256::from(1_000),
            },
        )?;
        let data = chain.view(self.pool, &LendingPool::getReserveDataCall { asset })?;
        Ok(ReserveTokens {
            a_token: data.aToken,
            variable_debt: data.variableDebtToken,
        })
    }

    /// Deploys the reserve's tokens and its rate strategy.
    fn reserve(
        &self,
        chain: &mut Chain,
        asset: Address,
        decimals: u8,
        symbol: &str,
        terms: &Terms,
    ) -> Result<PoolConfigurator::InitReserveInput> {
        let pool = self.pool.abi_encode();
        let mut token = |name: &str| {
            let path = format!("protocol/tokenization/{name}");
            deploy(chain, self.admin, &path, &pool)
        };
        let tokens = [
            token("AToken")?,
            token("StableDebtToken")?,
            token("VariableDebtToken")?,
        ];
        let ray = |points: u64| U256::from(points as u128 * RAY_PER_BASIS_POINT);
        let [slope, steep] = terms.slopes.map(ray);
        // The last five are for loans at a stable rate, which nobody gets.
        let arguments = (
            self.provider,
            ray(terms.optimal),
            U256::ZERO,
            slope,
            steep,
            (slope, steep, ray(100), ray(800), ray(2_000)),
        );
        let strategy = deploy(
            chain,
            self.admin,
            "protocol/pool/DefaultReserveInterestRateStrategy",
            &arguments.abi_encode(),
        )?;
        Ok(PoolConfigurator::InitReserveInput {
            aTokenImpl: tokens[0],
            stableDebtTokenImpl: tokens[1],
            variableDebtTokenImpl: tokens[2],
            underlyingAssetDecimals: decimals,
            interestRateStrategyAddress: strategy,
            underlyingAsset: asset,
            treasury: self.admin,
            incentivesController: Address::ZERO,
            aTokenName: format!("Aave Arbitrum {symbol}"),
            aTokenSymbol: format!("aArb{symbol}"),
            variableDebtTokenName: format!("Aave Arbitrum Variable Debt {symbol}"),
            variableDebtTokenSymbol: format!("variableDebtArb{symbol}"),
            stableDebtTokenName: format!("Aave Arbitrum Stable Debt {symbol}"),
            stableDebtTokenSymbol: format!("stableDebtArb{symbol}"),
            params: Default::default(),
        })
    }
}

fn set_roles(chain: &mut Chain, admin: Address, provider: Address) -> Result<()> {
    let set = AddressesProvider::setACLAdminCall { admin };
    chain.send(admin, provider, &set)?;
    let manager = deploy(
        chain,
        admin,
        "protocol/configuration/ACLManager",
        &provider.abi_encode(),
    )?;
    let set = AddressesProvider::setACLManagerCall { manager };
    chain.send(admin, provider, &set)?;
    chain.send(admin, manager, &AclManager::addPoolAdminCall { admin })?;
    chain.send(admin, manager, &AclManager::addEmergencyAdminCall { admin })?;
    Ok(())
}

fn deploy_libraries(chain: &mut Chain, admin: Address) -> Result<Vec<(&'static str, Address)>> {
    let mut libraries = Vec::new();
    for name in LIBRARIES {
        let code = published_linked(&library_path(name), &libraries, &[])?;
        let address = create(chain, admin, code).with_context(|| name.to_owned())?;
        libraries.push((name, address));
    }
    Ok(libraries)
}

fn deploy_pool(
    chain: &mut Chain,
    admin: Address,
    provider: Address,
    libraries: &[(&str, Address)],
) -> Result<Address> {
    let path = path("protocol/pool/Pool");
    let code = published_linked(&path, libraries, &provider.abi_encode())?;
    let implementation = create(chain, admin, code).context("Pool")?;
    let initialize = LendingPool::initializeCall { provider };
    chain.send(admin, implementation, &initialize)?;
    let set = AddressesProvider::setPoolImplCall { implementation };
    chain.send(admin, provider, &set)?;
    Ok(chain.view(provider, &AddressesProvider::getPoolCall {})?)
}

fn deploy_configurator(chain: &mut Chain, admin: Address, provider: Address) -> Result<Address> {
    let name = "ConfiguratorLogic";
    let library = create(chain, admin, published(&library_path(name), &[])?).context(name)?;
    let code = published_linked(
        &path("protocol/pool/PoolConfigurator"),
        &[(name, library)],
        &[],
    )?;
    let implementation = create(chain, admin, code).context("PoolConfigurator")?;
    let set = AddressesProvider::setPoolConfiguratorImplCall { implementation };
    chain.send(admin, provider, &set)?;
    Ok(chain.view(provider, &AddressesProvider::getPoolConfiguratorCall {})?)
}

/// The market's prices come from the pool's own feed; quote is what it is counted in.
fn deploy_oracle(
    chain: &mut Chain,
    admin: Address,
    provider: Address,
    market: &Market,
) -> Result<(Address, Address)> {
    let arguments = (U256::from(market.feed_decimals), "USDC / USD").abi_encode_params();
    let quote_feed = create(chain, admin, test_contract("PriceFeed", &arguments)?)?;
    let unit = U256::from(10).pow(U256::from(market.feed_decimals));
    let now = U256::from(chain.now());
    let push = crate::abi::PriceFeed::pushCall {
        answer: unit.try_into()?,
        startedAt: now,
        updatedAt: now,
    };
    chain.send(admin, quote_feed, &push)?;
    let arguments = (
        provider,
        vec![market.base, market.quote],
        vec![market.feed, quote_feed],
        Address::ZERO,
        Address::ZERO,
        unit,
    );
    let oracle = deploy(
        chain,
        admin,
        "misc/AaveOracle",
        &arguments.abi_encode_params(),
    )?;
    let set = AddressesProvider::setPriceOracleCall { oracle };
    chain.send(admin, provider, &set)?;
    Ok((oracle, quote_feed))
}

/// Creates a contract that needs no linking, named by its path below the artifacts.
fn deploy(chain: &mut Chain, from: Address, contract: &str, arguments: &[u8]) -> Result<Address> {
    create(chain, from, published(&path(contract), arguments)?).with_context(|| contract.to_owned())
}

fn path(contract: &str) -> String {
    let name = contract.rsplit('/').next().unwrap_or(contract);
    format!("{ROOT}/{contract}.sol/{name}.json")
}

fn library_path(name: &str) -> String {
    path(&format!("protocol/libraries/logic/{name}"))
}
