//! Times of the array functions, on one thread: `cargo bench --bench array`.
//!
//! These are the portable kernels; the Python module chooses faster ones for the CPU at hand, and
//! `scripts/rust_numpy_table.py --bench` compares those with NumPy.

use std::hint::black_box;
use std::time::Instant;

use rust_numpy_core::elementwise::{BinaryOp, UnaryOp, binary, unary};
use rust_numpy_core::fft::{Norm, rfft};
use rust_numpy_core::linalg::matmul;
use rust_numpy_core::random::{Generator, SeedSequence};
use rust_numpy_core::reduce::{Axes, ReduceOp, reduce};
use rust_numpy_core::sorting::sort;
use rust_numpy_core::{AnyArray, Result};

/// Prints the median time of several runs in microseconds.
fn time(name: &str, call: impl Fn() -> Result<AnyArray>) {
    let mut times: Vec<f64> = (0..9)
        .map(|_| {
            let start = Instant::now();
            black_box(call().expect("the shapes fit"));
            start.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name:24} {:10.1} µs", times[times.len() / 2]);
}

fn main() {
    let mut rng = Generator::new(SeedSequence::new(&[0]));
    let mut draw = |shape: &[usize]| AnyArray::from(rng.standard_normal_f32(shape).expect("a small array"));
    let (x, y) = (draw(&[100_000]), draw(&[100_000]));
    let (a, b) = (draw(&[256, 256]), draw(&[256, 256]));
    time("add", || binary(BinaryOp::Add, &x, &y));
    time("exp", || unary(UnaryOp::Exp, &x));
    time("tanh", || unary(UnaryOp::Tanh, &x));
    time("sum", || reduce(ReduceOp::Sum, &x, &Axes::default(), None));
    time("sort", || sort(&x, 0, false));
    time("rfft", || rfft(&x, None, 0, Norm::Backward));
    time("matmul 256", || matmul(&a, &b));
}
