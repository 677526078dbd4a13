//! The kernels beside plain loops, on shapes with and without remainders.

use rust_numpy_core::nn::{
    Call, Conv, ConvTranspose, Linear, Module, Product, Weight, convolutions, even_limit, run,
    transposed_rows,
};

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
    let int16: Vec<i16> = int8.iter().map(|&w| w.into()).collect();
    let units = vec![1.0 / 127.0; outputs];
    for rows in [1, 3, 20] {
        let x = values(rows * inputs);
        let mut exact = vec![0.0; rows * outputs];
        Linear::new(Weight::F32(&weight), None, outputs, inputs).unwrap().apply(&x, &mut exact).unwrap();
        let int8 = Weight::Int8 { values: &int8, units: &units };
        let int16 = Weight::Int16 { values: &int16, units: &units };
        for weight in [Weight::Bf16(&bits), int8, int16] {
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
fn maps_of_upper_halves_are_those_of_the_float32() {
    for (inputs, outputs) in [(1, 1), (5, 3), (40, 9), (300, 37), (1100, 70), (256, 205)] {
        let (wide, bits) = halves(inputs * outputs);
        for rows in [1, 2, 3, 5, 6, 20, 44, 200] {
            let x = values(rows * inputs);
            let [expected, y] = [Weight::F32(&wide), Weight::Bf16(&bits)].map(|weight| {
                let mut y = vec![0.0; rows * outputs];
                Linear::new(weight, None, outputs, inputs).unwrap().apply(&x, &mut y).unwrap();
                y
            });
            assert_eq!(y, expected, "{rows} rows of {inputs} to {outputs}");
        }
    }
}

#[test]
fn kernels_of_upper_halves_are_those_of_the_float32() {
    for [kernel, inputs, outputs] in [[1, 3, 5], [3, 24, 40], [5, 70, 1], [2, 300, 210]] {
        let (wide, bits) = halves(kernel * inputs * outputs);
        let x = values(30 * inputs);
        let [expected, y] = [Weight::F32(&wide), Weight::Bf16(&bits)].map(|weight| {
            let mut y = vec![0.0; (31 - kernel) * outputs];
            Conv::new(weight, None, [kernel, inputs, outputs]).unwrap().apply(&x, 1, 1, &mut y).unwrap();
            y
        });
        assert_eq!(y, expected);
    }
}

#[test]
fn rows_of_integers_are_each_as_if_alone() {
    for (inputs, outputs) in [(1, 1), (2, 3), (7, 5), (64, 32), (300, 37), (1025, 18), (2600, 9)] {
        let limit = f32::from(even_limit(inputs));
        let weight: Vec<i16> = values(inputs * outputs).iter().map(|w| (w * limit) as i16).collect();
        let units: Vec<f32> = values(outputs).iter().map(|u| u.abs() + 0.1).collect();
        let map =
            Linear::new(Weight::Int16 { values: &weight, units: &units }, None, outputs, inputs).unwrap();
        for rows in [1, 2, 3, 7, 8, 17, 40] {
            let x = values(rows * inputs);
            let mut y = vec![0.0; rows * outputs];
            map.apply(&x, &mut y).unwrap();
            for (x, y) in x.chunks(inputs).zip(y.chunks(outputs)) {
                let mut alone = vec![0.0; outputs];
                map.apply(x, &mut alone).unwrap();
                assert_eq!(alone, y, "{rows} rows of {inputs} to {outputs}");
                for (output, &y) in y.iter().enumerate() {
                    let row = weight[output * inputs..][..inputs].iter().zip(x);
                    let exact: f64 = row.map(|(&w, &x)| f64::from(w) * f64::from(x)).sum();
                    let exact = exact * f64::from(units[output]);
                    // half a step of each input, which is at most 1, and float32's rounding
                    let bound = f64::from(units[output]) * inputs as f64 * (0.51 + 1e-6 * f64::from(limit));
                    assert!((f64::from(y) - exact).abs() <= bound, "{y}, not {exact}");
                }
            }
        }
    }
}

#[test]
fn kernels_of_integers_are_near_those_of_the_float32() {
    for [kernel, inputs, outputs] in [[1, 4, 5], [3, 24, 40], [5, 70, 17], [2, 1030, 33], [3, 5, 1]] {
        let weight: Vec<i16> = (0..kernel * inputs * outputs).map(|i| (i * 7 % 15) as i16 - 7).collect();
        let wide: Vec<f32> = weight.iter().map(|&w| w.into()).collect();
        let units = vec![1.0; outputs];
        let x = values(30 * inputs);
        for (stride, dilation) in [(1, 1), (2, 1), (1, 3)] {
            let weights = [Weight::F32(&wide), Weight::Int16 { values: &weight, units: &units }];
            let [expected, y] = weights.map(|weight| {
                let conv = Conv::new(weight, None, [kernel, inputs, outputs]).unwrap();
                let rows = conv.rows_out(30, stride, dilation).unwrap();
                let mut y = vec![0.0; rows * outputs];
                conv.apply(&x, stride, dilation, &mut y).unwrap();
                y
            });
            let largest = expected.iter().fold(0.0f32, |largest, y| largest.max(y.abs()));
            for (y, expected) in y.iter().zip(&expected) {
                assert!((y - expected).abs() <= 2e-3 * largest, "{y}, not {expected}");
            }
        }
        let stride = kernel.min(2);
        let weights = [Weight::F32(&wide), Weight::Int16 { values: &weight, units: &units }];
        let [expected, y] = weights.map(|weight| {
            let up = ConvTranspose::new(weight, None, [inputs, kernel, outputs]).unwrap();
            let mut y = vec![0.0; transposed_rows(30, stride, kernel).unwrap() * outputs];
            up.add_to(&x, stride, &mut y).unwrap();
            y
        });
        let largest = expected.iter().fold(0.0f32, |largest, y| largest.max(y.abs()));
        for (y, expected) in y.iter().zip(&expected) {
            assert!((y - expected).abs() <= 2e-3 * largest, "{y}, not {expected}");
        }
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
