//! Sorting by digits: numbers become unsigned keys of the same order, which are put into place
//! digit by digit, the lowest first. No comparison, so no wrong guesses of branches.

use crate::element::Element;
use crate::error::Result;
use crate::storage::{reserve, zeros};

/// Bits of a digit: its 2048 counters fit into the first-level cache.
const DIGIT: u32 = 11;
const BUCKETS: usize = 1 << DIGIT;

/// Up to so many numbers comparing is faster.
const FEW: usize = 300;

/// Unsigned integers that are sorted by their digits.
pub(super) trait Key: Element + Ord {
    const BITS: u32;
    /// The digit that begins at bit `shift`.
    fn digit(self, shift: u32) -> usize;
    /// The key for the opposite order.
    fn opposite(self) -> Self;
}

/// Numbers with a key of the same order; NaN comes last.
pub(super) trait Sortable: Element {
    type Key: Key;
    fn key(self) -> Self::Key;
    fn from_key(key: Self::Key) -> Self;
}

macro_rules! key {
    ($($t:ty),*) => {$(
        impl Key for $t {
            const BITS: u32 = <$t>::BITS;
            #[inline(always)]
            fn digit(self, shift: u32) -> usize {
                (self >> shift) as usize & (BUCKETS - 1)
            }
            #[inline(always)]
            fn opposite(self) -> Self {
                !self
            }
        }
        impl Sortable for $t {
            type Key = $t;
            #[inline(always)]
            fn key(self) -> $t {
                self
            }
            #[inline(always)]
            fn from_key(key: $t) -> Self {
                key
            }
        }
    )*};
}

key!(u32, u64);

macro_rules! signed {
    ($t:ty, $key:ty) => {
        impl Sortable for $t {
            type Key = $key;
            #[inline(always)]
            fn key(self) -> $key {
                (self ^ <$t>::MIN) as $key
            }
            #[inline(always)]
            fn from_key(key: $key) -> Self {
                key as $t ^ <$t>::MIN
            }
        }
    };
}

signed!(i32, u32);
signed!(i64, u64);

macro_rules! float {
    ($t:ty, $key:ty) => {
        impl Sortable for $t {
            type Key = $key;
            #[inline(always)]
            fn key(self) -> $key {
                const SIGN: $key = 1 << (<$key>::BITS - 1);
                let bits = if self.is_nan() {
                    <$t>::NAN.to_bits()
                } else {
                    // both zeros are equal
                    (self + 0.0).to_bits()
                };
                // negative numbers are the larger, the larger their bits
                if bits & SIGN == 0 { bits | SIGN } else { !bits }
            }
            #[inline(always)]
            fn from_key(key: $key) -> Self {
                const SIGN: $key = 1 << (<$key>::BITS - 1);
                <$t>::from_bits(if key & SIGN == 0 { !key } else { key ^ SIGN })
            }
        }
    };
}

float!(f32, u32);
float!(f64, u64);

/// Puts the numbers in order. Errors: `Memory`.
pub(super) fn sort<T: Sortable>(row: &mut [T], descending: bool) -> Result<()> {
    let mut keys = reserve(row.len())?;
    keys.extend(row.iter().map(|v| v.key()));
    if keys.len() <= FEW {
        keys.sort_unstable();
    } else {
        by_digits(&mut keys, |&key| key)?;
    }
    // zeros keep their signs and their order among each other
    let zero = T::default();
    let mut signs = reserve(0)?;
    signs.extend(row.iter().filter(|&&v| v == zero).copied());
    if descending {
        keys.reverse();
    }
    for (value, &key) in row.iter_mut().zip(&keys) {
        *value = T::from_key(key);
    }
    let first = keys.partition_point(|k| if descending { *k > zero.key() } else { *k < zero.key() });
    row[first..first + signs.len()].copy_from_slice(&signs);
    Ok(())
}

/// The order that sorts the numbers; equal ones keep theirs. Errors: `Memory`.
pub(super) fn argsort<T: Sortable>(row: &[T], descending: bool, out: &mut Vec<i64>) -> Result<()> {
    let mut pairs = reserve(row.len())?;
    let key = |v: &T| if descending { v.key().opposite() } else { v.key() };
    pairs.extend(row.iter().zip(0i64..).map(|(v, i)| (key(v), i)));
    if pairs.len() <= FEW {
        pairs.sort_unstable();
    } else {
        by_digits(&mut pairs, |pair| pair.0)?;
    }
    out.extend(pairs.iter().map(|pair| pair.1));
    Ok(())
}

/// Sorts items by their keys, equal ones in their order. Errors: `Memory`.
fn by_digits<I: Copy, K: Key>(items: &mut Vec<I>, key: impl Fn(&I) -> K) -> Result<()> {
    let mut other = items.clone();
    for shift in (0..K::BITS).step_by(DIGIT as usize) {
        let mut starts = zeros::<u64>(BUCKETS)?;
        for item in items.iter() {
            starts[key(item).digit(shift)] += 1;
        }
        // a digit that all have in common changes nothing
        if starts.contains(&(items.len() as u64)) {
            continue;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        for item in items.iter() {
            let place = &mut starts[key(item).digit(shift)];
            other[*place as usize] = *item;
            *place += 1;
        }
        std::mem::swap(items, &mut other);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_order_of_their_numbers() {
        let numbers = [f64::NEG_INFINITY, -2.5, -1e-310, 0.0, 1e-310, 3.0, f64::INFINITY, f64::NAN];
        assert!(numbers.windows(2).all(|pair| pair[0].key() < pair[1].key()));
        assert_eq!((-0.0f32).key(), 0f32.key());
        assert!([i64::MIN, -1, 0, 1, i64::MAX].windows(2).all(|pair| pair[0].key() < pair[1].key()));
    }

    #[test]
    fn many_numbers_are_sorted_as_by_comparing() {
        let mut numbers: Vec<f32> = (0..5000).map(|i| ((i * i * 31) as f32).sin() * 100.0).collect();
        numbers.extend([f32::NAN, -0.0, 0.0, -0.0]);
        let mut expected = numbers.clone();
        expected.sort_by(|a, b| a.order(*b));
        let mut order = Vec::new();
        argsort(&numbers, false, &mut order).unwrap();
        let taken: Vec<u32> = order.iter().map(|&i| numbers[i as usize].to_bits()).collect();
        sort(&mut numbers, false).unwrap();
        let bits = |row: &[f32]| row.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&numbers), bits(&expected));
        assert_eq!(taken, bits(&expected));
    }
}
