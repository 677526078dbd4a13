//! Random numbers, the same for the same seed as those of `numpy.random.default_rng`.
//!
//! PCG64: M. O'Neill, "PCG: A family of simple fast space-efficient statistically good algorithms for
//! random number generation", 2014. Seeding: M. O'Neill, "Developing a seed_seq alternative", 2015.
//! Normals: G. Marsaglia, W. W. Tsang, "The ziggurat method", 2000. Bounded integers: D. Lemire, "Fast
//! random integer generation in an interval", 2019.

mod bounded;
mod generator;
mod pcg64;
mod seed_sequence;
mod ziggurat;
mod ziggurat_tables;

pub use generator::Generator;
pub use pcg64::Pcg64;
pub use seed_sequence::SeedSequence;
