//! The operators of a number type, from its methods.

/// Implements `+ - * /`, negation and order for a type with the methods `plus`, `minus`, `times`, `divided_by`, `negated` and
/// `is_below`.
macro_rules! operators {
    ($number:ident) => {
        const _: () = {
            use core::cmp::Ordering;
            use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Sub, SubAssign};

            impl Add for $number {
                type Output = $number;
                #[inline(always)]
                fn add(self, other: $number) -> $number {
                    self.plus(other)
                }
            }

            impl Sub for $number {
                type Output = $number;
                #[inline(always)]
                fn sub(self, other: $number) -> $number {
                    self.minus(other)
                }
            }

            impl Mul for $number {
                type Output = $number;
                #[inline(always)]
                fn mul(self, other: $number) -> $number {
                    self.times(other)
                }
            }

            impl Div for $number {
                type Output = $number;
                #[inline(always)]
                fn div(self, other: $number) -> $number {
                    self.divided_by(other)
                }
            }

            impl AddAssign for $number {
                #[inline(always)]
                fn add_assign(&mut self, other: $number) {
                    *self = *self + other;
                }
            }

            impl SubAssign for $number {
                #[inline(always)]
                fn sub_assign(&mut self, other: $number) {
                    *self = *self - other;
                }
            }

            impl MulAssign for $number {
                #[inline(always)]
                fn mul_assign(&mut self, other: $number) {
                    *self = *self * other;
                }
            }

            impl Neg for $number {
                type Output = $number;
                #[inline(always)]
                fn neg(self) -> $number {
                    self.negated()
                }
            }

            impl $number {
                /// The smaller of the two.
                #[inline(always)]
                pub fn min(self, other: $number) -> $number {
                    if other < self {
                        other
                    } else {
                        self
                    }
                }

                /// The larger of the two.
                #[inline(always)]
                pub fn max(self, other: $number) -> $number {
                    if self < other {
                        other
                    } else {
                        self
                    }
                }
            }

            impl PartialOrd for $number {
                #[inline(always)]
                fn partial_cmp(&self, other: &$number) -> Option<Ordering> {
                    Some(Ord::cmp(self, other))
                }
                #[inline(always)]
                fn lt(&self, other: &$number) -> bool {
                    self.is_below(*other)
                }
                #[inline(always)]
                fn gt(&self, other: &$number) -> bool {
                    other.is_below(*self)
                }
                #[inline(always)]
                fn le(&self, other: &$number) -> bool {
                    !other.is_below(*self)
                }
                #[inline(always)]
                fn ge(&self, other: &$number) -> bool {
                    !self.is_below(*other)
                }
            }

            impl Ord for $number {
                #[inline(always)]
                fn cmp(&self, other: &$number) -> Ordering {
                    if self.is_below(*other) {
                        Ordering::Less
                    } else if other.is_below(*self) {
                        Ordering::Greater
                    } else {
                        Ordering::Equal
                    }
                }
            }
        };
    };
}
pub(crate) use operators;
