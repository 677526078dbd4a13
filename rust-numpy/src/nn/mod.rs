//! Kernels of neural networks on slices of `f32`, row after row: `[time, channels]`.
//!
//! [`Call`] lists the arithmetic; the rest puts calls together.
//! Weights may be stored in `f32`, in the upper halves of `f32` (bf16), in int8 and in int16.

mod attention;
mod batch;
#[cfg(target_arch = "x86_64")]
pub mod batch_x86;
mod conv;
mod convnet;
mod cpu;
mod flow;
mod gemm;
mod integers;
#[cfg(target_arch = "x86_64")]
pub mod integers_x86;
mod linear;
mod math;
mod norms;
mod rows;
mod scratch;
mod team;
mod transformer;
mod utterances;
#[cfg(target_arch = "x86_64")]
mod vectors_x86;
#[cfg(target_arch = "x86_64")]
mod wide;

pub use attention::Attention;
pub use batch::MOST_ROWS;
pub use conv::{Conv, ConvTranspose, depthwise_transpose, transposed_rows};
pub use convnet::{Module, State, convolutions};
pub use cpu::{Activation, Call, Run, install, portable, run};
#[cfg(target_arch = "x86_64")]
pub use cpu::{avx2, avx512};
pub use flow::{Block, Head, flow_head, modulated_block};
pub use gemm::{Product, Target};
pub use integers::{Units, even_limit, limit};
pub use linear::{Linear, Weight};
pub use team::{Team, with_team};
pub use transformer::{Cache, Half, Norm, Place, Rope, attention, attention_block, mlp_block, transformer};
pub use utterances::{Shape, Utterance, transformer_rows};
