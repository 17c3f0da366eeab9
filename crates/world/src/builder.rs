//! How a world is put together.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use anyhow::{ensure, Context, Result};
use inkhorn_chain::{Chain, ChainConfig};

use crate::{
    abi::Token,
    artifact::test_contract,
    call::TypedCalls,
    lender::{Lender, Market},
    permit2,
    price::{units, wad, Pair},
    venue::{create, Venue},
    Actor, Actors, TokenKind, World,
};

/// Choices that a world is built from. The defaults are WETH against a 6-decimal dollar at 3,000, WETH the lower token,
/// a feed of 8 decimals, a sequencer feed that has been up for a week, and 100,000 base beside the same worth of quote at
/// the venue.
#[derive(Clone, Debug)]
pub struct WorldBuilder {
    chain: ChainConfig,
    keep_history: bool,
    quote_kind: TokenKind,
    quote_decimals: u8,
    base_kind: TokenKind,
    base_decimals: u8,
    base_is_token0: bool,
    feed_decimals: u8,
    has_sequencer_feed: bool,
    has_lender: bool,
    price: U256,
    depth: U256,
}

impl Default for WorldBuilder {
    fn default() -> Self {
        Self {
            chain: ChainConfig::default(),
            keep_history: false,
            quote_kind: TokenKind::Honest,
            quote_decimals: 6,
            base_kind: TokenKind::Honest,
            base_decimals: 18,
            base_is_token0: true,
            feed_decimals: 8,
            has_sequencer_feed: true,
            has_lender: false,
            price: wad("3000"),
            depth: wad("100000"),
        }
    }
}

impl WorldBuilder {
    /// The chain's parameters, among them its start time.
    pub fn chain(mut self, config: ChainConfig) -> Self {
        self.chain = config;
        self
    }

    /// Makes the chain keep every block from the first on.
    pub fn keep_history(mut self) -> Self {
        self.keep_history = true;
        self
    }

    /// The quote token's behaviour and decimals.
    pub fn quote(mut self, kind: TokenKind, decimals: u8) -> Self {
        (self.quote_kind, self.quote_decimals) = (kind, decimals);
        self
    }

    /// The base token's behaviour and decimals. An honest one with 18 decimals is wrapped ether.
    pub fn base(mut self, kind: TokenKind, decimals: u8) -> Self {
        (self.base_kind, self.base_decimals) = (kind, decimals);
        self
    }

    /// Whether the base token gets the lower address, which makes it the venue's token0.
    pub fn base_is_token0(mut self, first: bool) -> Self {
        self.base_is_token0 = first;
        self
    }

    /// The price feed's decimals.
    pub fn feed_decimals(mut self, decimals: u8) -> Self {
        self.feed_decimals = decimals;
        self
    }

    /// Leaves out the sequencer feed.
    pub fn without_sequencer_feed(mut self) -> Self {
        self.has_sequencer_feed = false;
        self
    }

    /// Puts Aave beside the venue, with other people's deposits and loans in it.
    pub fn with_lender(mut self) -> Self {
        self.has_lender = true;
        self
    }

    /// Price that feed and venue start at, quote per base (WAD).
    pub fn price(mut self, price: U256) -> Self {
        self.price = price;
        self
    }

    /// Base in the venue's full-range position, in units of base (WAD); quote of the same worth lies beside it.
    pub fn depth(mut self, base: U256) -> Self {
        self.depth = base;
        self
    }

    /// Deploys everything. Fails when the set-up (`scripts/setup`) has not run.
    pub fn build(self) -> Result<World> {
        let actors = Actors::default();
        let mut chain = Chain::new(self.chain.clone());
        if self.keep_history {
            chain.keep_history();
        }
        chain.preload_tools();
        permit2::place(&mut chain)?;
        for actor in actors.all() {
            chain.fund(actor.address, wad("1000000"));
        }
        let (base, quote) = self.deploy_tokens(&mut chain)?;
        let weth = self.deploy_weth(&mut chain, &actors, base)?;
        let pair = self.pair();
        let tokens = if self.base_is_token0 {
            [base, quote]
        } else {
            [quote, base]
        };
        let venue = Venue::deploy(
            &mut chain,
            &actors.deployer,
            weth,
            tokens,
            pair.sqrt_price_x96(self.price),
        )?;
        let feed_arguments = (U256::from(self.feed_decimals), "ETH / USD").abi_encode_params();
        let feed = create(
            &mut chain,
            actors.deployer.address,
            test_contract("PriceFeed", &feed_arguments)?,
        )?;
        let sequencer_feed = self.deploy_sequencer_feed(&mut chain, &actors)?;
        let mut world = World {
            chain,
            actors,
            base,
            quote,
            weth,
            pair,
            feed,
            feed_decimals: self.feed_decimals,
            sequencer_feed,
            venue,
            lender: None,
        };
        world.push_price(self.price)?;
        self.endow(&mut world)?;
        if self.has_lender {
            self.open_lender(&mut world)?;
        }
        Ok(world)
    }

    fn pair(&self) -> Pair {
        Pair {
            base_decimals: self.base_decimals,
            quote_decimals: self.quote_decimals,
            base_is_token0: self.base_is_token0,
        }
    }

    /// The base token, and a quote token on the wanted side of it. A contract's address follows from its creator's, so
    /// the quote token's creator is picked for it.
    fn deploy_tokens(&self, chain: &mut Chain) -> Result<(Address, Address)> {
        let issuer = Actor::named("base issuer");
        let base_code = if self.base_is_weth() {
            test_contract("WrappedEther", &[])?
        } else {
            self.base_kind
                .init_code("Base", "BASE", self.base_decimals)?
        };
        chain.fund(issuer.address, wad("1"));
        let base = create(chain, issuer.address, base_code).context("base token")?;
        let issuer = (0..)
            .map(|attempt| Actor::named(&format!("quote issuer {attempt}")))
            .find(|issuer| (base < issuer.first_contract()) == self.base_is_token0)
            .expect("every other name will do");
        chain.fund(issuer.address, wad("1"));
        let quote_code = self
            .quote_kind
            .init_code("Dollar", "USD", self.quote_decimals)?;
        let quote = create(chain, issuer.address, quote_code).context("quote token")?;
        ensure!(
            (base < quote) == self.base_is_token0,
            "the tokens came out in the wrong order"
        );
        Ok((base, quote))
    }

    fn base_is_weth(&self) -> bool {
        self.base_kind == TokenKind::Honest && self.base_decimals == 18
    }

    /// Uniswap's periphery wants a wrapped ether, whether or not it is the base token.
    fn deploy_weth(&self, chain: &mut Chain, actors: &Actors, base: Address) -> Result<Address> {
        if self.base_is_weth() {
            return Ok(base);
        }
        create(
            chain,
            actors.deployer.address,
            test_contract("WrappedEther", &[])?,
        )
    }

    fn deploy_sequencer_feed(&self, chain: &mut Chain, actors: &Actors) -> Result<Option<Address>> {
        if !self.has_sequencer_feed {
            return Ok(None);
        }
        const WEEK: u64 = 7 * 24 * 3_600;
        let up_since = U256::from(chain.now().saturating_sub(WEEK));
        create(
            chain,
            actors.deployer.address,
            test_contract("SequencerFeed", &up_since.abi_encode())?,
        )
        .map(Some)
    }

    /// Fills the venue, gives the customers tokens and the arbitrageur more than any price move needs.
    fn endow(&self, world: &mut World) -> Result<()> {
        let base_depth = self.pair().base_for(self.depth);
        let quote_depth = self.pair().quote_for(base_depth, self.price);
        let maker = world.actors.market_maker.clone();
        world.mint(world.base, maker.address, base_depth)?;
        world.mint(world.quote, maker.address, quote_depth)?;
        let amounts = if self.base_is_token0 {
            [base_depth, quote_depth]
        } else {
            [quote_depth, base_depth]
        };
        let venue = world.venue;
        venue.provide(&mut world.chain, maker.address, amounts)?;

        for customer in world.actors.customers().map(Clone::clone) {
            world.mint(
                world.base,
                customer.address,
                units("1000", self.base_decimals),
            )?;
            world.mint(
                world.quote,
                customer.address,
                units("10000000", self.quote_decimals),
            )?;
        }

        let arbitrageur = world.actors.arbitrageur.address;
        let pockets = U256::from(1_000_000);
        for (token, depth) in [(world.base, base_depth), (world.quote, quote_depth)] {
            world.mint(token, arbitrageur, depth * pockets)?;
            let approve = Token::approveCall {
                spender: venue.router,
                amount: U256::MAX,
            };
            world.chain.send(arbitrageur, token, &approve)?;
        }
        Ok(())
    }

    /// Deploys Aave and fills it. Savers lend base, half of it against quote that they borrow; a bear lends quote and owes base.
    /// Some 82 % of base is lent out, as on Arbitrum One.
    fn open_lender(&self, world: &mut World) -> Result<()> {
        let [admin, saver, bull, bear] =
            ["lender admin", "saver", "bull", "bear"].map(Actor::named);
        for actor in [&admin, &saver, &bull, &bear] {
            world.chain.fund(actor.address, wad("1000"));
        }
        let market = Market {
            base: world.base,
            quote: world.quote,
            base_decimals: self.base_decimals,
            quote_decimals: self.quote_decimals,
            feed: world.feed,
            feed_decimals: self.feed_decimals,
            sequencer_feed: world.sequencer_feed,
        };
        let lender = Lender::deploy(&mut world.chain, &admin, market).context("Aave")?;
        let (base, quote) = (world.base, world.quote);
        // At a high price less base, because the market caps the quote that it takes.
        let price = self.price.max(wad("4000"));
        let in_base = |number: &str| units(number, self.base_decimals) * wad("4000") / price;
        let in_quote = |number: &str| self.pair().quote_for(in_base(number), self.price);
        for (actor, token, amount) in [
            (&saver, base, in_base("4700")),
            (&bull, base, in_base("10000")),
            (&bear, quote, in_quote("30000")),
        ] {
            world.mint(token, actor.address, amount)?;
            lender.supply(&mut world.chain, actor.address, token, amount)?;
        }
        lender.borrow(&mut world.chain, bear.address, base, in_base("12000"))?;
        lender.borrow(&mut world.chain, bull.address, quote, in_quote("5000"))?;
        world.lender = Some(lender);
        Ok(())
    }
}
