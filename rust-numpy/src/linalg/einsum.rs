//! Einstein's summation convention.

use super::matmul::matmul;
use crate::any::AnyArray;
use crate::elementwise::{BinaryOp, binary};
use crate::error::{Error, Result};
use crate::layout::Layout;
use crate::manipulate::{permute_dims, reshape};
use crate::reduce::{Axes, ReduceOp, reduce};

/// An array whose axes have names.
struct Labelled {
    array: AnyArray,
    labels: Vec<char>,
}

/// Sums of products, written with a letter for each axis: `"ij,jk->ik"` is the matrix product. An
/// ellipsis stands for axes that broadcast; without an arrow the result has the letters that occur
/// once, in alphabetical order. Two arrays at a time become one batched matrix product.
/// Errors: `Value` if letters and axes do not match.
///
/// ```
/// use rust_numpy_core::{AnyArray, Array, linalg::einsum};
/// let a = AnyArray::from(Array::from_vec(vec![1.0, 2.0, 3.0, 4.0], &[2, 2]).unwrap());
/// let trace = einsum("ii->", &[a]).unwrap();
/// assert_eq!(trace.typed::<f64>().unwrap().item().unwrap(), 5.0);
/// ```
pub fn einsum(subscripts: &str, operands: &[AnyArray]) -> Result<AnyArray> {
    let text: String = subscripts.chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, output) = match text.split_once("->") {
        Some((inputs, output)) => (inputs, Some(output)),
        None => (text.as_str(), None),
    };
    let inputs: Vec<&str> = inputs.split(',').collect();
    if inputs.len() != operands.len() {
        return Err(Error::value("einsum: the number of operands and of subscripts must be equal"));
    }
    let mut named = Vec::with_capacity(operands.len());
    let mut widest = 0;
    for (subscript, array) in inputs.iter().zip(operands) {
        let (labels, dots) = letters(subscript, Some(array.ndim()))?;
        widest = widest.max(dots);
        named.push(diagonals(array, labels)?);
    }
    let output = match output {
        Some(output) => letters(output, None)?.0.into_iter().flat_map(|l| expand(l, widest)).collect(),
        None => implied_output(&inputs, widest),
    };
    for (i, label) in output.iter().enumerate() {
        if output[..i].contains(label) {
            return Err(Error::value(format!("einsum: output subscript {label} occurs twice")));
        }
        if named.iter().all(|n| !n.labels.contains(label)) {
            return Err(Error::value(format!("einsum: output subscript {label} is in no operand")));
        }
    }
    let mut rest = named.into_iter().rev().collect::<Vec<_>>();
    let mut result = rest.pop().ok_or_else(|| Error::value("einsum: at least one operand is needed"))?;
    while let Some(next) = rest.pop() {
        let needed = |label: &char| output.contains(label) || rest.iter().any(|r| r.labels.contains(label));
        result = contract(result, next, needed)?;
    }
    let result = summed(result, |label| output.contains(label))?;
    ordered(&result, &output)
}

/// Stands for a whole ellipsis where its width is not known yet.
const DOTS: char = '\0';

/// The letter of the `i`th axis from the right of an ellipsis.
fn dot_label(i: usize) -> char {
    char::from_u32(1 + i as u32).unwrap_or(DOTS)
}

fn expand(label: char, width: usize) -> Vec<char> {
    if label == DOTS { (0..width).rev().map(dot_label).collect() } else { vec![label] }
}

/// The letters of one subscript, an ellipsis spread over the axes that are left, and their number.
fn letters(subscript: &str, ndim: Option<usize>) -> Result<(Vec<char>, usize)> {
    let mut labels: Vec<char> = subscript.replacen("...", "\0", 1).chars().collect();
    if let Some(bad) = labels.iter().find(|c| !c.is_ascii_alphabetic() && **c != DOTS) {
        return Err(Error::value(format!("einsum: invalid subscript {bad:?}")));
    }
    let Some(ndim) = ndim else { return Ok((labels, 0)) };
    let count = labels.iter().filter(|&&c| c != DOTS).count();
    let has_dots = count < labels.len();
    let mismatch = if has_dots { count > ndim } else { count != ndim };
    if mismatch {
        return Err(Error::value(format!(
            "einsum: subscript {subscript:?} for an array of {ndim} dimensions"
        )));
    }
    let width = ndim - count;
    labels = labels.into_iter().flat_map(|l| expand(l, width)).collect();
    Ok((labels, width))
}

fn implied_output(inputs: &[&str], widest: usize) -> Vec<char> {
    let all: String = inputs.concat();
    let mut single: Vec<char> =
        all.chars().filter(|&c| c != '.' && all.chars().filter(|&d| d == c).count() == 1).collect();
    single.sort_unstable();
    let dots = expand(DOTS, widest);
    dots.into_iter().chain(single).collect()
}

/// A label that occurs twice in one array means its diagonal.
fn diagonals(array: &AnyArray, labels: Vec<char>) -> Result<Labelled> {
    let from = array.layout();
    let mut layout = Layout { shape: Vec::new(), strides: Vec::new(), offset: from.offset };
    let mut kept: Vec<char> = Vec::new();
    for (axis, &label) in labels.iter().enumerate() {
        match kept.iter().position(|&k| k == label) {
            Some(i) if layout.shape[i] == from.shape[axis] => layout.strides[i] += from.strides[axis],
            Some(_) => return Err(Error::value(format!("einsum: axes named {label} differ in length"))),
            None => {
                kept.push(label);
                layout.shape.push(from.shape[axis]);
                layout.strides.push(from.strides[axis]);
            }
        }
    }
    Ok(Labelled { array: array.view(layout), labels: kept })
}

/// The axes that nobody needs any more, summed over.
fn summed(x: Labelled, needed: impl Fn(&char) -> bool) -> Result<Labelled> {
    let gone: Vec<isize> =
        (0..x.labels.len()).filter(|&i| !needed(&x.labels[i])).map(|i| i as isize).collect();
    if gone.is_empty() {
        return Ok(x);
    }
    let axes = Axes { axes: Some(gone), keepdims: false };
    let array = reduce(ReduceOp::Sum, &x.array, &axes, Some(x.array.dtype()))?;
    Ok(Labelled { array, labels: x.labels.into_iter().filter(needed).collect() })
}

/// The axes in this order, those that are missing with length one.
fn ordered(x: &Labelled, labels: &[char]) -> Result<AnyArray> {
    let place = |l: &char| x.labels.iter().position(|k| k == l);
    let order: Vec<isize> = labels.iter().filter_map(place).map(|i| i as isize).collect();
    let shape: Vec<isize> =
        labels.iter().map(|l| place(l).map_or(1, |i| x.array.shape()[i] as isize)).collect();
    reshape(&permute_dims(&x.array, Some(&order))?, &shape)
}

/// The product of two arrays, summed over the labels that are not needed.
fn contract(x: Labelled, y: Labelled, needed: impl Fn(&char) -> bool) -> Result<Labelled> {
    let x = summed(x, |l| needed(l) || y.labels.contains(l))?;
    let y = summed(y, |l| needed(l) || x.labels.contains(l))?;
    let length = |l: &char| {
        let of = |a: &Labelled| a.labels.iter().position(|k| k == l).map_or(1, |i| a.array.shape()[i]);
        match (of(&x), of(&y)) {
            (m, n) if m == n || n == 1 => Ok(m),
            (1, n) => Ok(n),
            (m, n) => {
                Err(Error::value(format!("einsum: operands could not be broadcast: {l} is {m} and {n}")))
            }
        }
    };
    let shared = |l: &&char| y.labels.contains(l);
    let batch: Vec<char> = x.labels.iter().filter(shared).filter(|l| needed(l)).copied().collect();
    let over: Vec<char> = x.labels.iter().filter(shared).filter(|l| !needed(l)).copied().collect();
    let left: Vec<char> = x.labels.iter().filter(|l| !shared(l)).copied().collect();
    let right: Vec<char> = y.labels.iter().filter(|l| !x.labels.contains(l)).copied().collect();
    let sizes = |labels: &[char]| labels.iter().map(length).collect::<Result<Vec<usize>>>();
    let (batch_shape, over_shape) = (sizes(&batch)?, sizes(&over)?);
    let (left_shape, right_shape) = (sizes(&left)?, sizes(&right)?);

    let labels = [batch.as_slice(), &left, &right].concat();
    if over.is_empty() {
        let array = binary(BinaryOp::Multiply, &ordered(&x, &labels)?, &ordered(&y, &labels)?)?;
        return Ok(Labelled { array, labels });
    }
    let product = |shape: &[usize]| shape.iter().product::<usize>();
    let matrices = |a: &Labelled, rows: (&[char], &[usize]), columns: (&[char], &[usize])| {
        let wanted = [batch.as_slice(), rows.0, columns.0].concat();
        let shape = [batch_shape.as_slice(), rows.1, columns.1].concat();
        let array = ordered(a, &wanted)?;
        let array = array.view(array.layout().broadcast_to(&shape)?);
        let flat: Vec<isize> = batch_shape.iter().map(|&n| n as isize).collect();
        reshape(&array, &[flat, vec![product(rows.1) as isize, product(columns.1) as isize]].concat())
    };
    let a = matrices(&x, (&left, &left_shape), (&over, &over_shape))?;
    let b = matrices(&y, (&over, &over_shape), (&right, &right_shape))?;
    let shape: Vec<isize> =
        [batch_shape.as_slice(), &left_shape, &right_shape].concat().iter().map(|&n| n as isize).collect();
    Ok(Labelled { array: reshape(&matmul(&a, &b)?, &shape)?, labels })
}
