//! The kernels beside plain loops, on shapes with and without remainders.

use rust_numpy_core::nn::{Call, Conv, ConvTranspose, Linear, Module, Product, Weight, convolutions, run};

fn values(n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + 13) % 1013) as f32 / 506.5 - 1.0).collect()
}

fn assert_close(actual: &[f32], expected: &[f32]) {
    assert_eq!(actual.len(), expected.len());
    for (i, (a, e)) in actual.iter().zip(expected).enumerate() {
        assert!((a - e).abs() <= 1e-4 * (1.0 + e.abs()), "element {i}: {a}, not {e}");
    }
}

#[test]
fn products_of_matrices() {
    for rows in [1, 2, 3, 7, 16, 25] {
        for depth in [0, 1, 8, 15, 40, 300] {
            for columns in [1, 3, 8, 12, 16, 24, 50, 200] {
                for (transposed, add) in [(false, false), (false, true), (true, false), (true, true)] {
                    let (a, b, before) =
                        (values(rows * depth), values(depth * columns), values(rows * columns));
                    let mut c = before.clone();
                    let b_step = if transposed { depth } else { columns };
                    run(Call::Product(Product {
                        a: &a,
                        a_step: depth,
                        b: &b,
                        b_step,
                        b_transposed: transposed,
                        c: &mut c,
                        c_step: columns,
                        rows,
                        depth,
                        columns,
                        add,
                    }));
                    let at =
                        |k: usize, j: usize| if transposed { b[j * depth + k] } else { b[k * columns + j] };
                    let expected: Vec<f32> = (0..rows * columns)
                        .map(|ij| {
                            let (i, j) = (ij / columns, ij % columns);
                            let sum: f32 = (0..depth).map(|k| a[i * depth + k] * at(k, j)).sum();
                            if add { before[ij] + sum } else { sum }
                        })
                        .collect();
                    assert_close(&c, &expected);
                }
            }
        }
    }
}

#[test]
fn linear_maps_in_few_bytes() {
    let (inputs, outputs) = (300, 37);
    let weight = values(inputs * outputs);
    let bits: Vec<u16> = weight.iter().map(|w| (w.to_bits() >> 16) as u16).collect();
    let int8: Vec<i8> = weight.iter().map(|w| (w * 127.0).round() as i8).collect();
    let units = vec![1.0 / 127.0; outputs];
    for rows in [1, 3, 20] {
        let x = values(rows * inputs);
        let mut exact = vec![0.0; rows * outputs];
        Linear::new(Weight::F32(&weight), None, outputs, inputs).unwrap().apply(&x, &mut exact).unwrap();
        let bf16 = Weight::Bf16 { bits: &bits, exact: false };
        for weight in [bf16, Weight::Int8 { values: &int8, units: &units }] {
            let mut y = vec![0.0; rows * outputs];
            Linear::new(weight, None, outputs, inputs).unwrap().apply(&x, &mut y).unwrap();
            for (y, exact) in y.iter().zip(&exact) {
                assert!((y - exact).abs() < 1.0, "{y}, not {exact}");
            }
        }
    }
    assert!(Linear::new(Weight::F32(&weight), None, usize::MAX, 2).is_err());
    assert!(Linear::new(Weight::F32(&weight), Some(&units[1..]), outputs, inputs).is_err());
}

/// Values that upper halves hold, and those.
fn halves(n: usize) -> (Vec<f32>, Vec<u16>) {
    let bits: Vec<u16> = values(n).iter().map(|w| (w.to_bits() >> 16) as u16).collect();
    (bits.iter().map(|&bits| f32::from_bits(u32::from(bits) << 16)).collect(), bits)
}

#[test]
fn exact_maps_of_upper_halves_are_those_of_the_float32() {
    for (inputs, outputs) in [(1, 1), (5, 3), (40, 9), (300, 37), (1100, 70), (256, 205)] {
        let (wide, bits) = halves(inputs * outputs);
        for rows in [1, 2, 3, 5, 6, 20, 44, 200] {
            let x = values(rows * inputs);
            let [expected, y] =
                [Weight::F32(&wide), Weight::Bf16 { bits: &bits, exact: true }].map(|weight| {
                    let mut y = vec![0.0; rows * outputs];
                    Linear::new(weight, None, outputs, inputs).unwrap().apply(&x, &mut y).unwrap();
                    y
                });
            assert_eq!(y, expected, "{rows} rows of {inputs} to {outputs}");
        }
    }
}

#[test]
fn exact_kernels_of_upper_halves_are_those_of_the_float32() {
    for [kernel, inputs, outputs] in [[1, 3, 5], [3, 24, 40], [5, 70, 1], [2, 300, 210]] {
        let (wide, bits) = halves(kernel * inputs * outputs);
        let x = values(30 * inputs);
        let [expected, y] = [Weight::F32(&wide), Weight::Bf16 { bits: &bits, exact: true }].map(|weight| {
            let mut y = vec![0.0; (31 - kernel) * outputs];
            Conv::new(weight, None, [kernel, inputs, outputs]).unwrap().apply(&x, 1, 1, &mut y).unwrap();
            y
        });
        assert_eq!(y, expected);
    }
}

#[test]
fn a_stream_in_pieces_is_the_stream() {
    let (up, down) = (values(6 * 10 * 5), values(3 * 4 * 6));
    let modules = [
        Module::Conv { conv: Conv::new(Weight::F32(&down), None, [3, 4, 6]).unwrap(), stride: 1, elu: false },
        Module::Up { conv: ConvTranspose::new(Weight::F32(&up), None, [6, 10, 5]).unwrap(), stride: 5 },
    ];
    let before = || vec![Some(vec![0.0; 8]), Some(vec![0.0; 25])];
    let x = values(4 * 30);
    let mut states = before();
    let whole = convolutions(&x, 4, &modules, &mut states).unwrap();
    assert_eq!(whole.len(), 30 * 5 * 5);
    let (mut states, mut parts) = (before(), Vec::new());
    for piece in x.chunks(4 * 7) {
        parts.extend(convolutions(piece, 4, &modules, &mut states).unwrap());
    }
    assert_close(&parts, &whole);
    assert!(convolutions(&x, 5, &modules, &mut before()).is_err());
    assert!(convolutions(&x, 4, &modules, &mut [None, None]).is_err());
}
