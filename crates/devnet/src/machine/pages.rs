//! Price of WASM memory: linear in the pages open, exponential in the most ever open in the transaction.

use std::sync::LazyLock;

use crate::machine::params::StylusParams;

/// Gas that 128 pages cost in total.
const FULL_PRICE: f64 = 31_874_000.0;
const PRICED_PAGES: usize = 128;

/// Total exponential price of having had that many pages.
static TOTALS: LazyLock<[u64; PRICED_PAGES + 1]> = LazyLock::new(|| {
    let rate = FULL_PRICE.ln() / PRICED_PAGES as f64;
    std::array::from_fn(|pages| (pages as f64 * rate).exp() as u64)
});

/// Pages of the running transaction; survives reverts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    /// Open now.
    pub open: u16,
    /// Most that were open at once.
    pub ever: u16,
}

impl Pages {
    /// Gas for opening `new` pages more.
    pub(crate) fn cost(&self, new: u16, params: &StylusParams) -> u64 {
        let open = self.open.saturating_add(new);
        let ever = self.ever.max(open);
        if ever <= params.free_pages {
            return 0;
        }
        let charged = |pages: u16| pages.saturating_sub(params.free_pages);
        let added = charged(open).saturating_sub(charged(self.open));
        let linear = u64::from(added) * u64::from(params.page_gas);
        linear.saturating_add(total(ever) - total(self.ever))
    }

    /// Notes that `new` pages more are open.
    pub(crate) fn open(&mut self, new: u16) {
        self.open = self.open.saturating_add(new);
        self.ever = self.ever.max(self.open);
    }
}

fn total(pages: u16) -> u64 {
    TOTALS.get(usize::from(pages)).copied().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(open: u16, ever: u16, new: u16) -> u64 {
        Pages { open, ever }.cost(new, &StylusParams::genesis(61))
    }

    #[test]
    fn page_costs_match_the_reference() {
        assert_eq!(cost(0, 0, 128), 31_999_998);
        assert_eq!(cost(2, 128, 126), 126_000);
        assert_eq!(cost(1, 1, 100), 932_066);
        assert_eq!(cost(2, 2, 1), 1_000);
        assert_eq!(cost(0, 0, 1), 0);
        assert_eq!(cost(0, 0, 120), 10_944_092);
        assert_eq!(cost(0, 0, 127), 27_974_407);
        assert_eq!(cost(0, 0, 129), u64::MAX);
    }

    #[test]
    fn the_table_of_totals_is_the_reference_table() {
        let known = [
            (0, 1),
            (6, 2),
            (32, 75),
            (64, 5_645),
            (96, 424_206),
            (127, 27_849_408),
            (128, 31_873_999),
        ];
        for (pages, gas) in known {
            assert_eq!(total(pages), gas, "{pages} pages");
        }
    }
}
