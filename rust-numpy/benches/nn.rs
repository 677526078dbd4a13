//! How fast the kernels are, beside what the machine can do: `cargo bench --bench nn`.

#[path = "../python/src/nn/dispatch.rs"]
mod dispatch;

use std::hint::black_box;
use std::time::Instant;

use rust_numpy_core::nn::{Activation, Call, Linear, Product, Units, Weight, even_limit, run};

/// Seconds of one call, the best of many: other processes only ever add to it.
fn time(mut work: impl FnMut()) -> f64 {
    let (begin, mut best) = (Instant::now(), f64::INFINITY);
    while begin.elapsed().as_secs_f64() < 0.25 {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}

fn values(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919) % 1013) as f32 / 1013.0 - 0.5).collect()
}

fn products() {
    println!("{:28} {:>9} {:>9} {:>9} {:>9}", "GFLOP/s, rows x depth x cols", "f32", "bf16", "int8", "int16");
    for (rows, depth, columns, transposed) in [
        (1920, 256, 256, false),
        (16, 3584, 512, false),
        (64, 3584, 512, false),
        (16, 512, 3072, false),
        (96, 768, 128, false),
        (480, 384, 64, false),
        (1920, 192, 32, false),
        (1920, 32, 64, false),
        (1920, 192, 1, false),
        (1920, 72, 12, false),
        (1920, 72, 24, false),
        (480, 48, 192, false),
        (96, 288, 48, false),
        (16, 512, 1536, true),
        (64, 512, 1536, true),
        (16, 512, 2048, true),
        (16, 128, 384, true),
        (64, 128, 384, true),
        (64, 1024, 4096, true),
    ] {
        let (a, b) = (values(rows * depth), values(depth * columns));
        let mut c = vec![0.0; rows * columns];
        macro_rules! seconds {
            ($a:expr, $b:expr, $call:expr) => {
                time(|| {
                    let product = Product {
                        a: black_box(&$a[..]),
                        a_step: depth,
                        b: &$b[..],
                        b_step: if transposed { depth } else { columns },
                        b_transposed: transposed,
                        c: &mut c,
                        c_step: columns,
                        rows,
                        depth,
                        columns,
                        add: false,
                    };
                    run($call(product));
                })
            };
        }
        let bf16: Vec<u16> = b.iter().map(|b| (b.to_bits() >> 16) as u16).collect();
        let int8: Vec<i8> = b.iter().map(|b| (b * 127.0) as i8).collect();
        let int16: Vec<i16> = b.iter().map(|b| (b * f32::from(even_limit(depth))) as i16).collect();
        let (mut integers, mut of_rows, of_columns) = (vec![0; a.len()], vec![1.0; rows], vec![1.0; columns]);
        let limit = even_limit(depth);
        let (y, units) = (&mut integers[..], &mut of_rows[..]);
        run(Call::Quantise { x: &a, width: depth, limit, y, units });
        let units = Units { rows: &of_rows, step: 1, columns: &of_columns };
        let seconds = [
            seconds!(a, b, Call::Product),
            seconds!(a, bf16, Call::ProductBf16),
            seconds!(integers, int8, |p| Call::ProductInt8(p, units)),
            seconds!(integers, int16, |p| Call::ProductInt16(p, units)),
        ];
        let flops = 2.0 * (rows * depth * columns) as f64;
        let [f32, bf16, int8, int16] = seconds.map(|seconds| flops / seconds / 1e9);
        let name = format!("{rows} x {depth} x {columns}{}", if transposed { " T" } else { "" });
        println!("{name:28} {f32:9.1} {bf16:9.1} {int8:9.1} {int16:9.1}");
    }
}

fn matvecs() {
    println!("\n{:28} {:>10} {:>9}", "matvec of 1024 inputs", "us", "GB/s");
    for outputs in [1024, 65536] {
        let inputs = 1024;
        let x = values(inputs);
        let mut y = vec![0.0; outputs];
        let w = values(inputs * outputs);
        let seconds = time(|| run(Call::MatvecF32 { x: black_box(&x), w: &w, y: &mut y }));
        report("f32", outputs, seconds, 4 * inputs * outputs);
        let w: Vec<u16> = w.iter().map(|w| (w.to_bits() >> 16) as u16).collect();
        let seconds = time(|| run(Call::MatvecBf16 { x: black_box(&x), w: &w, y: &mut y }));
        report("bf16", outputs, seconds, 2 * inputs * outputs);
        let w: Vec<i8> = w.iter().map(|&w| (w >> 8) as i8).collect();
        let (units, mut quantised, mut unit) = (vec![1.0; outputs], vec![0i16; inputs], [0.0]);
        let (width, limit) = (inputs, 16383);
        let seconds = time(|| {
            run(Call::Quantise { x: black_box(&x), width, limit, y: &mut quantised, units: &mut unit });
            run(Call::MatvecInt8 { x: &quantised, unit: unit[0], w: &w, units: &units, y: &mut y });
        });
        report("int8", outputs, seconds, inputs * outputs);
    }
}

/// Rows of many utterances through matrices that fit the second-level cache, and through as many as a large
/// model has.
fn batches() {
    batches_of(1, 128, 1024);
    batches_of(16, 4096, 1024);
    batches_of(16, 1024, 4096);
}

fn batches_of(count: usize, outputs: usize, inputs: usize) {
    let size = inputs * outputs;
    let w = values(count * size);
    let bits: Vec<u16> = w.iter().map(|w| (w.to_bits() >> 16) as u16).collect();
    let int8: Vec<i8> = w.iter().map(|&w| (w * 127.0) as i8).collect();
    let units = vec![1.0; outputs];
    let map = |weight| Linear::new(weight, None, outputs, inputs).expect("a map").row_by_row();
    let kinds: [Vec<_>; 3] = [
        w.chunks(size).map(|w| map(Weight::F32(w))).collect(),
        bits.chunks(size).map(|bits| map(Weight::Bf16(bits))).collect(),
        int8.chunks(size).map(|values| map(Weight::Int8 { values, units: &units })).collect(),
    ];
    let name = format!("us per million weights of {count} x {outputs} x {inputs}, rows");
    println!("\n{name:52} {:>9} {:>9} {:>9}", "f32", "bf16", "int8");
    for rows in [1, 2, 4, 8, 16, 32] {
        let (x, mut y) = (values(rows * inputs), vec![0.0; rows * outputs]);
        let [f32, bf16, int8] = kinds.each_ref().map(|maps| {
            let mut best = vec![f64::INFINITY; maps.len()];
            let begin = Instant::now();
            while begin.elapsed().as_secs_f64() < 1.0 {
                for (map, best) in maps.iter().zip(&mut best) {
                    let start = Instant::now();
                    map.apply(black_box(&x), &mut y).expect("rows that fit");
                    *best = best.min(start.elapsed().as_secs_f64());
                }
            }
            let seconds: f64 = best.iter().sum();
            1e12 * seconds / (count * size) as f64
        });
        println!("{rows:<52} {f32:9.1} {bf16:9.1} {int8:9.1}");
    }
}

fn report(name: &str, outputs: usize, seconds: f64, bytes: usize) {
    let name = format!("{name}, {outputs} outputs");
    println!("{name:28} {:10.1} {:9.1}", seconds * 1e6, bytes as f64 / seconds / 1e9);
}

fn activations() {
    println!("\n{:28} {:>10}", "activation", "ns/value");
    let x = values(1 << 14);
    let mut y = x.clone();
    for f in [Activation::Gelu, Activation::Silu, Activation::Elu] {
        let seconds = time(|| {
            y.copy_from_slice(&x);
            run(Call::Activate { f, y: black_box(&mut y) });
        });
        println!("{:28} {:10.3}", format!("{f:?}"), seconds * 1e9 / x.len() as f64);
    }
}

fn main() {
    let chosen = dispatch::choose_kernels().expect("kernels");
    println!("{}, int16 faster than float32: {}\n", chosen.level, chosen.int16);
    let parts: [(&str, fn()); 4] =
        [("products", products), ("matvecs", matvecs), ("batches", batches), ("activations", activations)];
    let wanted: Vec<_> = std::env::args().skip(1).filter(|name| !name.starts_with('-')).collect();
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part();
        }
    }
}
