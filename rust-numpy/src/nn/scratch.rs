//! Buffers for what lives within one call, kept by each thread: a frame's worth of fresh memory
//! would cost more in page faults than the frame does in arithmetic.

use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::thread::LocalKey;

use crate::{Error, Result};

/// Buffers a thread keeps at most.
const KEPT: usize = 24;
/// Elements of a buffer that is kept at most: 32 MB of float32.
const LARGEST: usize = 1 << 23;

/// Elements that there are buffers of.
pub trait Element: Copy + Default + 'static {
    /// The thread's store of them.
    fn free() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>>;
}

macro_rules! stores {
    ($($element:ty),*) => { $(
        impl Element for $element {
            fn free() -> &'static LocalKey<RefCell<Vec<Vec<Self>>>> {
                thread_local! {
                    static FREE: RefCell<Vec<Vec<$element>>> = const { RefCell::new(Vec::new()) };
                }
                &FREE
            }
        }
    )* };
}
stores!(f32, u32, i16, i32);

/// Bytes of the largest vector: one that lies across two lines of the cache takes twice as long to load.
const ALIGNMENT: usize = 64;

/// A buffer that goes back to its thread's store when dropped; it begins with a line of the cache.
#[derive(Debug)]
pub struct Scratch<T: Element = f32> {
    data: Vec<T>,
    start: usize,
    len: usize,
}

impl<T: Element> Scratch<T> {
    /// Elements of a line of the cache.
    const LINE: usize = ALIGNMENT / size_of::<T>();

    /// The first `len` values from the first line on; there are as many.
    fn new(data: Vec<T>, len: usize) -> Self {
        let address = data.as_ptr().addr();
        let start = (address.next_multiple_of(ALIGNMENT) - address) / size_of::<T>();
        Scratch { data, start, len }
    }
}

/// A buffer of `len` values, which are whatever was left there.
pub fn take<T: Element>(len: usize) -> Scratch<T> {
    let all = len + Scratch::<T>::LINE;
    let kept = T::free().with(|free| {
        let mut free = free.borrow_mut();
        let fitting = free.iter().enumerate().filter(|(_, data)| data.len() >= all);
        let best = fitting.min_by_key(|(_, data)| data.len()).map(|(index, _)| index);
        best.or(free.len().checked_sub(1)).map(|index| free.swap_remove(index))
    });
    let mut data = kept.unwrap_or_default();
    if data.len() < all {
        data.resize(all, T::default());
    }
    Scratch::new(data, len)
}

/// As [`take`], but an error where there is not so much memory.
pub fn try_take(len: usize) -> Result<Scratch> {
    if len > LARGEST {
        let mut data = Vec::new();
        let failed = |_| Error::Memory(format!("no memory for {len} values"));
        let all = len.saturating_add(Scratch::<f32>::LINE);
        data.try_reserve_exact(all).map_err(failed)?;
        data.resize(all, 0.0);
        return Ok(Scratch::new(data, len));
    }
    Ok(take(len))
}

impl<T: Element> Scratch<T> {
    /// Drops what is beyond `len`.
    pub fn shorten(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl<T: Element> Deref for Scratch<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.data[self.start..][..self.len]
    }
}

impl<T: Element> DerefMut for Scratch<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.data[self.start..][..self.len]
    }
}

impl<T: Element> Drop for Scratch<T> {
    fn drop(&mut self) {
        let data = std::mem::take(&mut self.data);
        if data.len() > LARGEST {
            return;
        }
        // a thread that is ending has no store any more
        let _ = T::free().try_with(|free| {
            let mut free = free.borrow_mut();
            if free.len() < KEPT {
                free.push(data);
            }
        });
    }
}
