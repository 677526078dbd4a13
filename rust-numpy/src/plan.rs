//! Walking several arrays of one shape together, row by row.

use crate::layout::Layout;

/// How to walk `N` arrays at once: a nest of outer axes around rows. Axes of length one are dropped
/// and axes that lie behind each other in every array are merged, so that contiguous arrays are a
/// single row whatever their shape.
#[derive(Debug)]
pub struct Plan<const N: usize> {
    outer: Vec<(usize, [isize; N])>,
    start: [isize; N],
    /// Length of a row; zero if there is nothing to do.
    pub len: usize,
    /// Step of each array along a row.
    pub strides: [isize; N],
}

impl<const N: usize> Plan<N> {
    /// The plan for arrays of one shape, last axis innermost.
    pub fn new(layouts: [&Layout; N]) -> Self {
        let axes: Vec<usize> = (0..layouts[0].ndim()).collect();
        Self::ordered(layouts, &axes)
    }

    /// The plan with the axes in this order, the last one innermost.
    pub fn ordered(layouts: [&Layout; N], order: &[usize]) -> Self {
        let start = layouts.map(|l| l.offset as isize);
        let shape = &layouts[0].shape;
        if shape.contains(&0) {
            return Plan { outer: Vec::new(), start, len: 0, strides: [0; N] };
        }
        let mut axes: Vec<(usize, [isize; N])> = Vec::with_capacity(order.len());
        for &axis in order {
            let n = shape[axis];
            let strides = layouts.map(|l| l.strides[axis]);
            if n == 1 {
                continue;
            }
            match axes.last_mut() {
                Some((m, before)) if (0..N).all(|k| before[k] == strides[k] * n as isize) => {
                    *m *= n;
                    *before = strides;
                }
                _ => axes.push((n, strides)),
            }
        }
        let (len, strides) = axes.pop().unwrap_or((1, [1; N]));
        Plan { outer: axes, start, len, strides }
    }

    /// The axes from the innermost outwards: length and steps.
    pub fn axes(&self) -> impl Iterator<Item = (usize, [isize; N])> {
        std::iter::once((self.len, self.strides)).chain(self.outer.iter().rev().copied())
    }

    /// The plan of the axes but the `count` innermost, which visits single elements, and a plan of
    /// those, from zero on.
    pub fn split(mut self, count: usize) -> (Self, Self) {
        let inner = self.outer.split_off(self.outer.len() + 1 - count);
        let inside = Plan { outer: inner, start: [0; N], len: self.len, strides: self.strides };
        (Plan { len: self.len.min(1), strides: [0; N], ..self }, inside)
    }

    /// Calls `row` with where each array's row begins.
    pub fn each(&self, mut row: impl FnMut([usize; N])) {
        self.each_dyn(&mut row);
    }

    // compiled once, not once for each of its hundreds of callers
    fn each_dyn(&self, row: &mut dyn FnMut([usize; N])) {
        if self.len == 0 {
            return;
        }
        let mut at = self.start;
        let mut index = vec![0usize; self.outer.len()];
        loop {
            row(at.map(|a| a as usize));
            let mut axis = self.outer.len();
            loop {
                if axis == 0 {
                    return;
                }
                axis -= 1;
                let (n, strides) = &self.outer[axis];
                index[axis] += 1;
                if index[axis] < *n {
                    for k in 0..N {
                        at[k] += strides[k];
                    }
                    break;
                }
                index[axis] = 0;
                for k in 0..N {
                    at[k] -= strides[k] * (*n as isize - 1);
                }
            }
        }
    }
}

/// The elements `at`, `at + stride`, ... of `data`: borrowed if they are neighbours, else copied to
/// the front of `buffer`, which is at least `len` long.
#[inline]
pub fn run<'a, T: Copy>(data: &'a [T], at: usize, stride: isize, len: usize, buffer: &'a mut [T]) -> &'a [T] {
    if stride == 1 {
        return &data[at..at + len];
    }
    let buffer = &mut buffer[..len];
    copy_run(data, at, stride, buffer);
    buffer
}

/// Fills `out` with the elements `at`, `at + stride`, ... of `data`.
#[inline]
pub fn copy_run<T: Copy>(data: &[T], at: usize, stride: isize, out: &mut [T]) {
    match stride {
        1 => out.copy_from_slice(&data[at..at + out.len()]),
        0 => out.fill(data[at]),
        step if step > 0 => {
            for (o, &x) in out.iter_mut().zip(data[at..].iter().step_by(step as usize)) {
                *o = x;
            }
        }
        step => {
            for (o, &x) in out.iter_mut().zip(data[..=at].iter().rev().step_by(step.unsigned_abs())) {
                *o = x;
            }
        }
    }
}

/// Writes `values` to the elements `at`, `at + stride`, ... of `data`.
#[inline]
pub fn write_run<T: Copy>(data: &mut [T], at: usize, stride: isize, values: &[T]) {
    if stride == 1 {
        data[at..at + values.len()].copy_from_slice(values);
        return;
    }
    let mut at = at as isize;
    for &value in values {
        data[at as usize] = value;
        at += stride;
    }
}

/// Elements handled at a time where a row has to be copied together first: small enough for the
/// first-level cache.
pub const CHUNK: usize = 1024;
