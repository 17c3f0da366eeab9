//! What pages of memory cost, in gas.

/// Pages open now and most pages ever open within one transaction.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Pages {
    pub open: u16,
    pub ever: u16,
}

/// Pages that cost nothing.
const FREE: u16 = 2;
/// Gas of a page while it is open.
const PAGE_GAS: u64 = 1_000;
/// Pages that may be open at once.
pub(crate) const LIMIT: u16 = 128;

impl Pages {
    /// Gas of opening `new` pages more.
    pub fn cost(self, new: u16) -> u64 {
        let open = self.open.saturating_add(new);
        let ever = self.ever.max(open);
        if open > LIMIT {
            return u64::MAX;
        }
        if ever <= FREE {
            return 0;
        }
        let credit = |pages: u16| u64::from(pages.saturating_sub(FREE));
        let linear = credit(open).saturating_sub(credit(self.open)) * PAGE_GAS;
        linear
            .saturating_add(ramp(ever))
            .saturating_sub(ramp(self.ever))
    }

    /// Opens them.
    pub fn open(&mut self, new: u16) {
        self.open = self.open.saturating_add(new);
        self.ever = self.ever.max(self.open);
    }
}

fn ramp(pages: u16) -> u64 {
    if pages > LIMIT {
        return u64::MAX;
    }
    (f64::from(pages) * 31_874_000_f64.ln() / 128.0).exp() as u64
}

#[cfg(test)]
mod tests {
    use super::Pages;

    #[test]
    fn known_costs() {
        for (open, ever, new, gas) in [
            (0, 0, 128, 31_999_998),
            (2, 128, 126, 126_000),
            (1, 1, 100, 932_066),
            (2, 2, 1, 1_000),
            (0, 0, 1, 0),
            (0, 0, 120, 10_944_092),
            (0, 0, 127, 27_974_407),
            (0, 0, 129, u64::MAX),
        ] {
            assert_eq!(Pages { open, ever }.cost(new), gas, "{open} {ever} {new}");
        }
    }
}
