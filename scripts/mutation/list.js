// The pool's defences: where each is, what is put in its place, and the test that must miss it.
const callback = "src/flow/hedge/callback.rs";
const swap = "src/flow/hedge/swap.rs";
const window_ = "src/flow/hedge/window.rs";
const lend = "src/flow/hedge/lend.rs";
const rebalance = "src/flow/hedge/rebalance.rs";
const construct = "src/flow/roles/construct.rs";
const post = "src/flow/surface/post.rs";
const settle = "src/flow/expiry/settle.rs";
const claim = "src/flow/expiry/claim.rs";
const settlement = "src/storage/settlement.rs";
const order = "src/flow/trade/order.rs";
const deposit = "src/flow/liquidity/deposit.rs";
const withdraw = "src/flow/liquidity/withdraw.rs";
const value = "src/flow/liquidity/value.rs";
const guard = "src/guard.rs";
const risk = "src/risk.rs";
const dispatch = "src/dispatch/mod.rs";
const arguments_ = "src/dispatch/arguments.rs";
const permit = "src/token/permit.rs";
const feed = "src/io/feed.rs";
const venue = "src/io/venue.rs";
const position = "src/token/position.rs";
const surcharge = "crates/engine/src/risk/surcharge.rs";
const hedge = "crates/engine/src/risk/hedge.rs";
const capacity = "crates/engine/src/risk/capacity.rs";
const charge = "crates/engine/src/charge.rs";
const spread = "crates/engine/src/book/spread.rs";
const mark = "crates/engine/src/book/mark.rs";
const assess = "crates/engine/src/assess.rs";
const carry = "crates/engine/src/smile/carry.rs";

const margin = "src/margin.rs";
const liquidate = "src/flow/margin/liquidate.rs";
const delegate = "src/flow/margin/delegate.rs";
const insurance = "src/flow/margin/insurance.rs";
const book = "src/storage/book.rs";
const stress = "crates/engine/src/risk/stress.rs";
const account = "crates/engine/src/risk/account.rs";

const MUTATIONS = [
  // Who is paid, and what is constructed
  {
    name: "callback-sender",
    defence: "the callback answers the venue alone",
    file: callback,
    text: "    guard::only(pool, configuration.venue)?;\n",
    replacement: "",
    test: "callback::not_even_in_the_middle_of_a_swap_is_another_caller_paid",
  },
  {
    name: "callback-lock",
    defence: "the callback answers during a swap of the pool's own",
    file: callback,
    text: "if head::lock(pool) != head::SWAPPING {",
    replacement: "if head::lock(pool) > head::SWAPPING {",
    test: "callback::the_venue_itself_is_paid_for_a_swap_of_the_pools_own_alone",
  },
  {
    name: "callback-once",
    defence: "a swap is paid once",
    file: callback,
    text: "            head::set_lock(pool, head::LOCKED);\n",
    replacement: "",
    test: "callback::a_swap_is_paid_once",
  },
  {
    name: "construct-once",
    defence: "a pool is constructed once",
    file: construct,
    text: "if configuration::is_constructed(pool) {",
    replacement: "if configuration::is_constructed(pool) && surroundings.owner.is_zero() {",
    test: "construct::nobody_constructs_a_pool_that_is_there",
  },
  {
    name: "receiver",
    defence: "the pool is nobody's receiver",
    file: guard,
    text: "if address == host::this(pool) {",
    replacement: "if address == host::this(pool) && address.is_zero() {",
    test: "twins::every_receiver_is_somebody_and_not_the_pool",
  },
  {
    name: "whole-lots",
    defence: "series move in whole lots",
    file: position,
    text: "!size.is_multiple_of(LOT)",
    replacement: "!size.is_multiple_of(1)",
    test: "twins::series_move_in_whole_lots",
  },

  // The venue and the hedge
  {
    name: "surcharge-revaluation",
    defence: "an order pays for the distance from feed to venue",
    file: surcharge,
    text: "amount: ((gain.max(Word::ZERO) + swap.cost) * MARGIN)",
    replacement: "amount: ((gain.min(Word::ZERO).max(Word::ZERO) + swap.cost) * MARGIN)",
    test: "lag::buying_what_the_venue_knows_and_the_feed_does_not_costs_money",
  },
  {
    name: "surcharge-legs",
    defence: "an order pays for what all of its legs gain where the venue is",
    file: surcharge,
    text: "        self.gains[0] += size * revaluation",
    replacement: "        self.gains[0] = size * revaluation",
    test: "orders::an_order_without_delta_pays_for_the_distance_to_the_venue",
  },
  {
    name: "surcharge-end-price",
    defence: "an order pays the end price of its own swap",
    file: surcharge,
    text: "amount: ((gain.max(Word::ZERO) + swap.cost) * MARGIN)",
    replacement: "amount: ((gain.max(Word::ZERO) + swap.cost.min(Word::ZERO)) * MARGIN)",
    test: "hedge::own_liquidity_that_waits_beside_the_price_earns_less_than_the_order_pays",
  },
  {
    name: "surcharge-delta",
    defence: "an order pays at least its delta times the distance to the venue",
    file: surcharge,
    text: ".max(delta * (price - venue.spot))",
    replacement: ".max(delta * (price - price))",
    test: "hedge::a_sale_just_before_expiry_at_ones_own_wall_brings_no_more_than_the_option_is_worth",
  },
  {
    name: "venue-before",
    defence: "an order also pays for the distance to where the venue was before this second",
    file: surcharge,
    text: "            gain = gain.max(at_least(self.gains[1], venue.before));",
    replacement: "            gain = gain.max(at_least(self.gains[0], venue.spot));",
    test: "lag::bringing_the_venue_back_to_a_feed_behind_saves_no_surcharge",
  },
  {
    name: "venue-before-value",
    defence: "the sides of net asset value also widen by where the venue was before this second",
    file: mark,
    text: "distance(price).max(distance(before))",
    replacement: "distance(price).max(distance(price))",
    test: "lag::bringing_the_venue_back_to_a_feed_behind_makes_no_share_dearer",
  },
  {
    name: "venue-observations",
    defence: "the venue keeps observations enough to tell where it was",
    file: construct,
    text: "    venue::keep_observations(pool, configuration.venue);\n",
    replacement: "",
    test: "lag::bringing_the_venue_back_to_a_feed_behind_saves_no_surcharge",
  },
  {
    name: "own-swap-paid-for",
    defence: "a sale's own swap ends at the price that it paid for",
    file: charge,
    text: "    if quote.surcharge == wanted || quote.delta == 0 {",
    replacement: "    if quote.surcharge <= wanted || quote.delta == 0 {",
    test: "hedge::a_sale_just_before_expiry_at_ones_own_wall_brings_no_more_than_the_option_is_worth",
  },
  {
    name: "venue-limit",
    defence: "nothing opens at a venue beyond the hedge's limit",
    file: surcharge,
    text: "        if limit == price {",
    replacement: "        if limit == price || limit != price {",
    test: "lag::nothing_opens_at_a_venue_beyond_the_hedges_limit",
  },
  {
    name: "own-hedge",
    defence: "an order hedges at most its own delta",
    file: hedge,
    text: "            trade.clamp(-size, size)",
    replacement: "            trade.clamp(-size.saturating_mul(1_000), size.saturating_mul(1_000))",
    test: "hedge::an_order_at_ones_own_wall_hedges_no_more_than_its_own_delta",
  },
  {
    name: "window-width",
    defence: "the window is two points wide for a quarter of an hour",
    file: window_,
    text: "const BASIS: u128 = WAD / 5_000;",
    replacement: "const BASIS: u128 = WAD / 250;",
    test: "window::a_poke_at_a_pushed_venue_fills_nothing_and_one_within_the_window_pays_nobody",
  },
  {
    name: "window-clock",
    defence: "the window's clock starts with the call that finds the exposure outside",
    file: window_,
    text: "        } else if since == 0 || (before < 0) != (after < 0) {\n            self.now\n",
    replacement: "        } else if since == 0 || (before < 0) != (after < 0) {\n            self.head.last_flow.max(1)\n",
    test: "window::the_window_opens_with_time_since_a_call_found_the_exposure_outside",
  },
  {
    name: "window-growth",
    defence: "exposure that is new has not waited",
    file: window_,
    text: "mul_div_down(waited, before.min(after), after.max(1))",
    replacement: "mul_div_down(waited, after.max(before.min(after)), after.max(1))",
    test: "window::what_adds_to_the_exposure_has_not_waited",
  },
  {
    name: "window-owed",
    defence: "what is owed to holders keeps its clock through others' orders",
    file: window_,
    text: "        self.found = self.note(left, exposure, band);\n",
    replacement: "        self.note(left, exposure, band);\n        self.found = exposure;\n",
    test: "window::orders_do_not_restart_the_clock_of_those_who_are_owed",
  },
  {
    name: "window-left",
    defence: "what has come since the last call has waited for nothing",
    file: window_,
    text: "        let left = self.head.left;",
    replacement: "        let left = exposure;",
    test: "window::exposure_that_an_expiry_leaves_has_not_waited",
  },
  {
    name: "undoing",
    defence: "a purchase pays for undoing its hedge",
    file: spread,
    text: "        revalued = revalued.max(undoing(frame, leg.kind, &priced.mark));",
    replacement: "        revalued = revalued.max(undoing(frame, leg.kind, &priced.mark).min(Word::ZERO));",
    test: "hedge::a_purchase_pays_for_undoing_its_hedge",
  },
  {
    name: "loan-recorded",
    defence: "a loan is what the pool recorded, whatever others give or repay",
    file: lend,
    text: "open.scaled = lending::scaled(pool);",
    replacement: "open.scaled = lender::counted(pool, &lender)?;",
    suite: "attacks",
    test: "lender::a_donation_of_collateral_or_a_repaid_debt_moves_no_share_price",
  },
  {
    name: "loan-lowered",
    defence: "what others took of a loan's collateral is seen and booked",
    file: lend,
    text: "open.taken = open.lower(context, &counted);",
    replacement: "let _ = counted;",
    suite: "pool",
    test: "lender::liquidation_lowers_what_is_recorded_and_is_booked",
  },
  {
    name: "reward",
    defence: "a poke is paid for a hedge that is done",
    file: rebalance,
    text: "(traded != 0 && done) || tended",
    replacement: "traded != 0 || tended",
    test: "window::crumbs_pay_no_reward",
  },
  {
    name: "fill-of-dust",
    defence: "a swap that moves quote alone is booked",
    file: venue,
    text: "Ok((given | taken != 0).then_some(fill))",
    replacement: "Ok((fill.base != 0).then_some(fill))",
    test: "hedge::a_swap_of_less_than_an_atom_is_on_record",
  },

  // Capacity
  {
    name: "capacity-interest",
    defence: "interest on the tails that an order ties up",
    file: capacity,
    text: "        interest.amount = wad_up(total * fifth);",
    replacement: "        interest.amount = wad_up(total * fifth) / 1_000;",
    test: "capacity::freezing_a_pool_of_a_million_costs_by_the_day",
  },
  {
    name: "capacity-minimum",
    defence: "an order's charges are a least part of what it adds to a tail",
    file: capacity,
    text: "        wad_up(self.rise * minimum)",
    replacement: "        wad_up(self.rise * minimum) / 1_000",
    test: "capacity::the_whole_of_a_tail_costs_at_least_seven_basis_points_of_equity",
  },
  {
    name: "capacity-limit",
    defence: "no tail is used beyond the equity",
    file: capacity,
    text: "        if used > WAD {",
    replacement: "        if used > u64::MAX - 1 {",
    test: "errors::an_order_beyond_the_pool_is_told_how_much_is_there",
  },
  {
    name: "rent",
    defence: "a node costs rent by its scarcity",
    file: charge,
    text: "        quote.rent = rent_up(frame, legs);",
    replacement: "        quote.rent = rent_up(frame, legs) / 1_000;",
    test: "capacity::filling_the_book_costs_rent_that_reselling_does_not_return",
  },
  {
    name: "legs-place",
    defence: "an array of the call is read in one place alone",
    file: arguments_,
    text: "        if self.word(index) != U256::from(32 * head) {",
    replacement: "        if self.word(index) == U256::MAX {",
    test: "orders::legs_are_read_in_one_place_alone",
  },
  {
    name: "several-once",
    defence: "several calls in one hold no other several",
    file: dispatch,
    text: "        let output = single(pool, selector, &inner)?;",
    replacement: "        let _ = (selector, inner);\n        let output = answer(pool, data)?;",
    test: "orders::a_call_of_several_within_several_is_refused",
  },
  {
    name: "permit-carried",
    defence: "a permit that the token has already counts",
    file: permit,
    text: "    let _ = host::call(pool, token, &data);",
    replacement: "    host::call(pool, token, &data).map_err(|_| refuse!(TokenCallFailed, token))?;",
    test: "orders::a_permit_that_was_carried_to_the_token_by_others_still_buys",
  },
  {
    name: "exit-charge",
    defence: "who leaves pays for the capacity that leaves too",
    file: value,
    text: "    Some(charge.div_ceil(scale).max(least))",
    replacement: "    Some((charge.div_ceil(scale) / 1_000).max(least))",
    test: "capacity::what_a_provider_takes_from_the_tails_is_paid_for",
  },
  {
    name: "opening-range",
    defence: "nothing opens deep in the money",
    file: order,
    text: "Kind::Call => (low.max(DEEPEST_CALL), high),\n            Kind::Put => (low, high.min(DEEPEST_PUT)),",
    replacement: "Kind::Call => (low.max(DEEPEST_CALL / 2), high),\n            Kind::Put => (low, high.min(DEEPEST_PUT * 2)),",
    test: "capacity::nothing_opens_deep_in_the_money",
  },

  // Vols, spot and carry that lag
  {
    name: "jump-spread",
    defence: "a jump of vol widens the spread",
    file: spread,
    text: "aged(parameters, slice, now).max(Word::from_wad_u64(jump) * SHIFTED)",
    replacement: "aged(parameters, slice, now).max(Word::from_wad_u64(jump / 1_000) * SHIFTED)",
    test: "posts::a_purchase_before_a_post_that_is_sold_right_after_it_costs_money",
  },
  {
    name: "jump-value",
    defence: "a jump of vol widens both sides of net asset value",
    file: mark,
    text: "let doubt = rest(slice.vol_jump) + lag_doubt",
    replacement: "let doubt = rest(slice.vol_jump / 1_000) + lag_doubt",
    test: "posts::leaving_right_after_a_false_post_takes_nothing_from_those_who_stay",
  },
  {
    name: "jump-kept",
    defence: "a post erases no earlier jump",
    file: "crates/engine/src/smile/jump.rs",
    text: "        rest(old.vol_jump).saturating_add(vols),",
    replacement: "        rest(old.vol_jump / 1_000).saturating_add(vols),",
    test: "posts::a_post_that_changes_nothing_erases_no_jump",
  },
  {
    name: "jump-limit",
    defence: "posts move a vol by at most half in half an hour",
    file: post,
    text: "        if jump > most {",
    replacement: "        if jump / 4 > most {",
    test: "posts::posts_within_half_an_hour_move_a_vol_by_at_most_half",
  },
  {
    name: "jump-carry",
    defence: "a jump of carry is limited",
    file: post,
    text: "const MOST_CARRY_JUMP: u128 = WAD / 20;",
    replacement: "const MOST_CARRY_JUMP: u128 = WAD;",
    test: "posts::a_jump_of_carry_widens_the_spread_and_is_limited",
  },
  {
    name: "jump-carry-spread",
    defence: "a jump of carry widens the spread",
    file: spread,
    text: "    vol.max(revalued).max(floor) + carry\n",
    replacement: "    vol.max(revalued).max(floor) + carry.min(Word::ZERO)\n",
    test: "posts::a_jump_of_carry_widens_the_spread_and_is_limited",
  },
  {
    name: "spot-lag",
    defence: "spot's move since the post widens the spread",
    file: spread,
    text: "* SHIFTED)\n        + lag_doubt(parameters, slice, spot)\n",
    replacement: "* SHIFTED)\n        + lag_doubt(parameters, slice, spot).min(Word::ZERO)\n",
    test: "lag::the_spread_widens_by_the_move_of_spot_since_the_post",
  },
  {
    name: "spot-lag-value",
    defence: "spot's move since the post widens both sides of net asset value",
    file: mark,
    text: "rest(slice.vol_jump) + lag_doubt(snapshot.parameters, slice, snapshot.spot);",
    replacement: "rest(slice.vol_jump);",
    test: "exits::leaving_before_the_vols_follow_spot_takes_nothing_from_those_who_stay",
  },
  {
    name: "spot-lag-stop",
    defence: "nothing opens past eight percent from the post",
    file: charge,
    text: "    if lag(slice, spot) > FARTHEST {",
    replacement: "    if lag(slice, spot) > FARTHEST.double().double() {",
    test: "lag::nothing_opens_past_eight_percent_until_a_post",
  },
  {
    name: "forward",
    defence: "options are priced on the forward",
    file: carry,
    text: "    if slice.carry == 0 || seconds == 0 {",
    replacement: "    if slice.carry == 0 || seconds > 0 {",
    test: "forward::holding_to_an_expiry_at_the_forward_earns_no_carry",
  },

  // Settlement
  {
    name: "present-phase",
    defence: "a round of another phase settles nothing at once",
    file: settle,
    text: "    if feed::phase(latest.id) == feed::phase(round_id) {",
    replacement: "    if feed::phase(latest.id) >= feed::phase(round_id) {",
    test: "settlement::two_phases_around_an_expiry_have_one_answer",
  },
  {
    name: "predecessor",
    defence: "the round that settles is the first at or after expiry",
    file: settle,
    text: "            if previous.updated_at < expiry {",
    replacement: "            if previous.updated_at < expiry + 86_400 {",
    test: "settlement::no_round_but_the_first_at_or_after_expiry_settles",
  },
  {
    name: "no-proposal",
    defence: "nothing is proposed where a round proves itself",
    file: settle,
    text: "        Some(first) if first.updated_at >= expiry => propose",
    replacement: "        Some(first) if first.updated_at > 0 => propose",
    test: "settlement::nothing_is_proposed_where_a_round_proves_itself",
  },
  {
    name: "challenge",
    defence: "a proposal stands only after an hour",
    file: settle,
    text: "const CHALLENGE: u64 = 3_600;",
    replacement: "const CHALLENGE: u64 = 360;",
    test: "settlement::an_expiry_in_the_seam_of_two_phases_settles_by_the_earliest_proposal",
  },
  {
    name: "earliest",
    defence: "an earlier round replaces a proposal, a later one does not",
    file: settle,
    text: "        if standing.updated_at <= round.updated_at {",
    replacement: "        if standing.updated_at < round.updated_at {",
    test: "settlement::an_expiry_in_the_seam_of_two_phases_settles_by_the_earliest_proposal",
  },
  {
    name: "challenge-start",
    defence: "the hour runs from the first proposal",
    file: settle,
    text: "    let first_at = standing.map_or(now, |standing| standing.first_at);",
    replacement: "    let first_at = standing.map_or(now, |standing| standing.first_at.max(now));",
    test: "settlement::an_expiry_in_the_seam_of_two_phases_settles_by_the_earliest_proposal",
  },
  {
    name: "patience",
    defence: "a feed is waited for three days",
    file: settle,
    text: "const PATIENCE: u64 = 3 * 86_400;",
    replacement: "const PATIENCE: u64 = 3;",
    test: "settlement::a_feed_that_ended_settles_by_its_last_round_after_three_days",
  },
  {
    name: "standing-first",
    defence: "a proposal that stood settles without a feed",
    file: settle,
    text: "        if now > standing.first_at + CHALLENGE {",
    replacement: "        if now > standing.first_at + CHALLENGE && feed::latest(pool, configuration).is_ok() {",
    test: "settlement::a_proposal_that_stood_its_hour_settles_without_a_feed",
  },
  {
    name: "set-aside",
    defence: "what is set aside for one expiry pays no other",
    file: claim,
    text: "    if payout > settled.funded {",
    replacement: "    if payout > money::reserves(pool).set_aside {",
    test: "reserves::what_is_set_aside_for_one_expiry_pays_no_other",
  },
  {
    name: "oldest-first",
    defence: "the older of two expiries that are short is paid first",
    file: settlement,
    text: "    if head.oldest_short == 0 || head.oldest_short > expiry {",
    replacement: "    if head.oldest_short == 0 || head.oldest_short < expiry {",
    test: "reserves::of_two_expiries_that_are_short_the_older_is_paid_first",
  },

  // Shares
  {
    name: "value-at-unwinding",
    defence: "nobody leaves with more than unwinding pays",
    file: assess,
    text: "        Some(excess) => mark.nav_low.min(less(mark.nav, excess)),",
    replacement: "        Some(excess) => mark.nav_low.max(less(mark.nav, excess)),",
    test: "exits::nobody_leaves_with_more_than_unwinding_pays",
  },
  {
    name: "basis-limit",
    defence: "a pushed venue lowers what a leaver gets by no more than the hedge's limit",
    file: mark,
    text: "basis.min(Word::from_wad_u64(frame.snapshot.venue.limit) * spot);",
    replacement: "basis.max(Word::from_wad_u64(frame.snapshot.venue.limit) * spot);",
    test: "exits::a_pushed_venue_takes_no_more_from_a_leaver_than_the_hedge_could_lose_there",
  },
  {
    name: "nav-floor",
    defence: "a pool at or below its floor takes no deposit",
    file: value,
    text: "    if supply != 0 && middle <= floor {",
    replacement: "    if supply != 0 && middle < floor.min(0) {",
    test: "reserves::a_pool_at_or_below_its_floor_takes_no_deposit",
  },
  {
    name: "nothing-paid",
    defence: "no share is burned for nothing",
    file: withdraw,
    text: "    if assets == 0 {",
    replacement: "    if assets == 0 && shares == 0 {",
    test: "reserves::no_share_is_burned_for_nothing",
  },
  {
    name: "hold-back",
    defence: "an expired series without its price is held back from who leaves",
    file: value,
    text: "    let held = held_back(context).min(i128::MAX as u128) as i128;",
    replacement: "    let held = (held_back(context) / 1_000).min(i128::MAX as u128) as i128;",
    test: "exits::leaving_before_an_expired_series_is_settled_takes_nothing_from_those_who_stay",
  },
  {
    name: "least-exit",
    defence: "leaving a pool that has a book costs two basis points",
    file: value,
    text: "        mul_div_up(value, LEAST_EXIT, WAD)?",
    replacement: "        mul_div_up(value, LEAST_EXIT / 1_000, WAD)?",
    test: "exits::leaving_a_pool_that_has_a_book_costs_two_basis_points",
  },
  {
    name: "charges-kept",
    defence: "charges are earned over time",
    file: order,
    text: "        if rest * self.configuration.quote_scale >= LEAST_CHARGE {",
    replacement: "        if rest * self.configuration.quote_scale / 1_000_000 >= LEAST_CHARGE {",
    test: "exits::what_an_order_pays_for_hedging_is_earned_over_time",
  },
  {
    name: "awaits-settlement",
    defence: "nobody enters while a series awaits its price",
    file: deposit,
    text: "        if expiry <= context.now {",
    replacement: "        if expiry <= context.now && expiry == 0 {",
    test: "exits::nobody_enters_while_a_series_awaits_its_price",
  },
  {
    name: "part",
    defence: "one holder takes out at most its part of what is free",
    file: withdraw,
    text: "    if assets > limit.part {\n        return Err",
    replacement: "    if assets > limit.part.max(limit.free_cash.min(limit.gate)) {\n        return Err",
    test: "exits::one_providers_exit_leaves_anothers_part_as_it_was",
  },
  {
    name: "charge-search",
    defence: "what a holder may withdraw is paid",
    file: value,
    text: "        value = needed;",
    replacement: "        value = needed + (needed - value) / 8 + 1;",
    test: "exits::what_a_holder_may_withdraw_is_paid_also_when_leaving_costs",
  },
  {
    name: "deposit-deviation",
    defence: "nobody enters while the venue knows better than the feed",
    file: deposit,
    text: "    check_open(&context)?;\n    risk::check_venue_price(pool, &context)?;",
    replacement: "    check_open(&context)?;\n    risk::check_venue_price(pool, &context).ok();",
    test: "exits::nobody_enters_while_the_venue_knows_better_than_the_feed",
  },

  // Accounts
  {
    name: "initial",
    defence: "an account opens and withdraws only with its initial requirement",
    file: margin,
    text: "    if !health.opens() {",
    replacement: "    if !health.stays() {",
    test: "accounts::nobody_writes_or_leaves_with_less_than_the_initial_requirement",
  },
  {
    name: "maintenance",
    defence: "an account that covers its maintenance is let alone",
    file: liquidate,
    text: "    if before.stays() {",
    replacement: "    if before.opens() {",
    test: "accounts::nobody_is_liquidated_who_covers_maintenance",
  },
  {
    name: "fraction",
    defence: "a liquidation closes as much as restores the requirement",
    file: account,
    text: "    let freed = requirement.saturating_sub(cost);",
    replacement: "    let freed = requirement;",
    test: "accounts::a_liquidation_leaves_the_account_whole",
  },
  {
    name: "delegate",
    defence: "only its owner and delegates trade on an account",
    file: delegate,
    text: "    if caller != owner && !account::is_delegate(pool, owner, caller) {",
    replacement: "    if caller.is_zero() && !account::is_delegate(pool, owner, caller) {",
    test: "accounts::a_stranger_trades_on_nobodys_account",
  },
  {
    name: "written",
    defence: "what accounts are short of is limited",
    file: risk,
    text: "        if calls > limit {",
    replacement: "        if calls / 2 > limit {",
    test: "accounts::writers_who_may_fail_are_limited_and_counted_by_the_gate",
  },
  {
    name: "defaults",
    defence: "the gate counts writers who may fail",
    file: stress,
    text: "            self.calls * (ratio - CALLS)",
    replacement: "            Word::ZERO",
    test: "accounts::writers_who_may_fail_are_limited_and_counted_by_the_gate",
  },
  {
    name: "held-node",
    defence: "a strike that only accounts and wallets hold is settled",
    file: book,
    text: "            && !(head.accounts && account::is_held(pool, expiry, strike))\n",
    replacement: "            && (!head.accounts || expiry != 0 || account::is_held(pool, expiry, strike))\n",
    test: "accounts::what_accounts_hold_is_settled_though_the_pool_holds_nothing",
  },
  {
    name: "insured-fees",
    defence: "a tenth of the fees is insurance",
    file: insurance,
    text: "const PART: u128 = 10;",
    replacement: "const PART: u128 = 1_000;",
    test: "accounts::a_tenth_of_the_fees_is_insurance",
  },

  // Time
  {
    name: "deadline",
    defence: "nothing lands after its deadline",
    file: guard,
    text: "    if now > deadline {",
    replacement: "    if now > deadline && now == 0 {",
    test: "oracle::an_order_does_not_land_after_its_deadline",
  },
  {
    name: "sequencer",
    defence: "nothing trades while the sequencer is down",
    file: feed,
    text: "    if down {\n        return Err(refuse!(SequencerDown, since));\n    }\n",
    replacement: "    let _ = down;\n",
    test: "oracle::nothing_trades_while_the_sequencer_is_down_or_for_an_hour_after",
  },
  {
    name: "sequencer-grace",
    defence: "nothing trades within an hour of the sequencer's return",
    file: feed,
    text: "    if now.saturating_sub(since) <= grace {",
    replacement: "    if now.saturating_sub(since) <= grace / 1_000 {",
    test: "oracle::nothing_trades_while_the_sequencer_is_down_or_for_an_hour_after",
  },
  {
    name: "feed-age",
    defence: "nothing trades on an old answer",
    file: feed,
    text: "now - round.updated_at > limits.feed_max_age {",
    replacement: "now - round.updated_at > limits.feed_max_age.saturating_mul(1_000) {",
    test: "oracle::nothing_trades_on_an_old_answer",
  },
];

module.exports = { MUTATIONS };
