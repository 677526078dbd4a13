//! Any subscripts for arrays of any small shapes: an error or an array.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_numpy_core::{AnyArray, Array, linalg};

fuzz_target!(|case: (String, Vec<Vec<u8>>)| {
    let (subscripts, shapes) = case;
    let operand = |shape: &Vec<u8>| {
        let shape: Vec<usize> = shape.iter().take(4).map(|&n| usize::from(n % 4)).collect();
        let ones = vec![1i64; shape.iter().product()];
        AnyArray::from(Array::from_vec(ones, &shape).expect("as many as the shape says"))
    };
    let operands: Vec<AnyArray> = shapes.iter().take(4).map(operand).collect();
    let _ = linalg::einsum(&subscripts, &operands);
});
