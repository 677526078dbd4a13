//! Buffers for what lives within one call, kept by each thread: a frame's worth of fresh memory
//! would cost more in page faults than the frame does in arithmetic.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};

use crate::{Error, Result};

/// Buffers a thread keeps at most.
const KEPT: usize = 24;
/// Elements of a buffer that is kept at most: 32 MB.
const LARGEST: usize = 1 << 23;

thread_local! {
    static FREE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// A buffer that goes back to its thread's store when dropped.
#[derive(Debug)]
pub struct Scratch {
    data: Vec<f32>,
    len: usize,
}

/// A buffer of `len` values, which are whatever was left there.
pub fn take(len: usize) -> Scratch {
    let kept = FREE.with(|free| {
        let mut free = free.borrow_mut();
        let fitting = free.iter().enumerate().filter(|(_, data)| data.len() >= len);
        let best = fitting.min_by_key(|(_, data)| data.len()).map(|(index, _)| index);
        best.or(free.len().checked_sub(1)).map(|index| free.swap_remove(index))
    });
    let mut data = kept.unwrap_or_default();
    if data.len() < len {
        data.resize(len, 0.0);
    }
    Scratch { data, len }
}

/// As [`take`], but an error where there is not so much memory.
pub fn try_take(len: usize) -> Result<Scratch> {
    if len > LARGEST {
        let mut data = Vec::new();
        let failed = |_| Error::Memory(format!("no memory for {len} values"));
        data.try_reserve_exact(len).map_err(failed)?;
        data.resize(len, 0.0);
        return Ok(Scratch { data, len });
    }
    Ok(take(len))
}

impl Scratch {
    /// Drops what is beyond `len`.
    pub fn shorten(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl Deref for Scratch {
    type Target = [f32];
    fn deref(&self) -> &[f32] {
        &self.data[..self.len]
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.data[..self.len]
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.data);
        if data.len() > LARGEST {
            return;
        }
        // a thread that is ending has no store any more
        let _ = FREE.try_with(|free| {
            let mut free = free.borrow_mut();
            if free.len() < KEPT {
                free.push(data);
            }
        });
    }
}
