//! The generator of random bits: PCG XSL RR 128/64.

use super::SeedSequence;

const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;

/// 128 bits of state and a stream number. One 32-bit half of an output may be left over.
#[derive(Debug, Clone)]
pub struct Pcg64 {
    state: u128,
    increment: u128,
    left_over: Option<u32>,
}

impl Pcg64 {
    /// The generator that NumPy makes of the same seed.
    pub fn new(seed: &SeedSequence) -> Self {
        let [a, b, c, d] = seed.state::<4>();
        let wide = |high: u64, low: u64| (u128::from(high) << 64) | u128::from(low);
        let increment = (wide(c, d) << 1) | 1;
        let mut generator = Pcg64 { state: 0, increment, left_over: None };
        generator.step();
        generator.state = generator.state.wrapping_add(wide(a, b));
        generator.step();
        generator
    }

    #[inline(always)]
    fn step(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    /// 64 random bits.
    #[inline(always)]
    pub fn next_u64(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    /// 32 random bits: the lower half of an output, then its upper half.
    #[inline(always)]
    pub fn next_u32(&mut self) -> u32 {
        if let Some(half) = self.left_over.take() {
            return half;
        }
        let both = self.next_u64();
        self.left_over = Some((both >> 32) as u32);
        both as u32
    }

    /// A multiple of 2⁻⁵³ in `[0, 1)`.
    #[inline(always)]
    pub fn next_f64(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A multiple of 2⁻²⁴ in `[0, 1)`.
    #[inline(always)]
    pub fn next_f32(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 * (1.0 / (1u32 << 24) as f32)
    }
}
