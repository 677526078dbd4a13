//! From a seed of any length to well mixed state (`numpy.random.SeedSequence`).

const POOL: usize = 4;
const INIT_A: u32 = 0x43b0_d7e5;
const MULTIPLY_A: u32 = 0x931e_8875;
const INIT_B: u32 = 0x8b51_f9dd;
const MULTIPLY_B: u32 = 0x58f3_8ded;
const MIX_LEFT: u32 = 0xca01_f9dd;
const MIX_RIGHT: u32 = 0x4973_f715;
const SHIFT: u32 = 16;

/// A seed, mixed into a pool of 128 bits.
#[derive(Debug, Clone)]
pub struct SeedSequence {
    entropy: Vec<u32>,
    spawn_key: Vec<u32>,
    spawned: u32,
    pool: [u32; POOL],
}

/// A hash whose constant changes with every use.
struct Hash(u32);

impl Hash {
    fn of(&mut self, value: u32) -> u32 {
        let value = value ^ self.0;
        self.0 = self.0.wrapping_mul(MULTIPLY_A);
        let value = value.wrapping_mul(self.0);
        value ^ (value >> SHIFT)
    }
}

fn mix(x: u32, y: u32) -> u32 {
    let z = MIX_LEFT.wrapping_mul(x).wrapping_sub(MIX_RIGHT.wrapping_mul(y));
    z ^ (z >> SHIFT)
}

impl SeedSequence {
    /// From 32-bit words, the lowest first. A Python integer is its words without leading zeros, and
    /// zero is one word; a list of integers is the words of each, one after the other.
    pub fn new(entropy: &[u32]) -> Self {
        Self::with_key(entropy, &[])
    }

    fn with_key(entropy: &[u32], spawn_key: &[u32]) -> Self {
        let mut words = entropy.to_vec();
        // so that a short seed with a key is not a longer seed
        if !spawn_key.is_empty() && words.len() < POOL {
            words.resize(POOL, 0);
        }
        words.extend_from_slice(spawn_key);
        let mut hash = Hash(INIT_A);
        let mut pool = [0; POOL];
        for (i, slot) in pool.iter_mut().enumerate() {
            *slot = hash.of(words.get(i).copied().unwrap_or(0));
        }
        for from in 0..POOL {
            for to in 0..POOL {
                if from != to {
                    pool[to] = mix(pool[to], hash.of(pool[from]));
                }
            }
        }
        for &word in words.iter().skip(POOL) {
            for slot in &mut pool {
                *slot = mix(*slot, hash.of(word));
            }
        }
        SeedSequence { entropy: entropy.to_vec(), spawn_key: spawn_key.to_vec(), spawned: 0, pool }
    }

    /// `N` words of state.
    pub fn state<const N: usize>(&self) -> [u64; N] {
        let mut constant = INIT_B;
        let mut word = |i: usize| {
            let value = self.pool[i % POOL] ^ constant;
            constant = constant.wrapping_mul(MULTIPLY_B);
            let value = value.wrapping_mul(constant);
            u64::from(value ^ (value >> SHIFT))
        };
        std::array::from_fn(|i| word(2 * i) | (word(2 * i + 1) << 32))
    }

    /// `count` sequences that are independent of this one and of each other.
    pub fn spawn(&mut self, count: u32) -> Vec<SeedSequence> {
        let first = self.spawned;
        self.spawned = first.wrapping_add(count);
        let child = |i: u32| {
            let key = [self.spawn_key.as_slice(), &[first.wrapping_add(i)]].concat();
            SeedSequence::with_key(&self.entropy, &key)
        };
        (0..count).map(child).collect()
    }
}
