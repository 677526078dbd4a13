//! The memory behind arrays: shared by views, copied when written while someone still reads it.

use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};

use crate::element::Element;
use crate::error::{Error, Result};

/// Memory that somebody else owns, for instance a NumPy array. It must never change.
pub trait Buffer<T>: Send + Sync {
    /// The elements.
    fn as_slice(&self) -> &[T];
}

/// Elements that do not change as long as anybody holds them.
pub enum Data<T> {
    /// Memory of our own.
    Owned(Vec<T>),
    /// Memory of somebody else.
    Foreign(Box<dyn Buffer<T>>),
}

impl<T> Deref for Data<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        match self {
            Data::Owned(vec) => vec,
            Data::Foreign(buffer) => buffer.as_slice(),
        }
    }
}

/// What an array and its views share.
///
/// A reader takes a snapshot, which costs a lock for the time of a reference count, and then works
/// without any lock. A writer changes the elements in place if no snapshot is alive, and a copy of
/// them otherwise; all views see the change, snapshots never do. So readers and writers in any
/// number of threads can neither race nor wait for each other in a circle.
pub struct Storage<T>(Arc<RwLock<Arc<Data<T>>>>);

impl<T> Clone for Storage<T> {
    fn clone(&self) -> Self {
        Storage(Arc::clone(&self.0))
    }
}

impl<T: Element> Storage<T> {
    /// Storage of these elements.
    pub fn new(data: Data<T>) -> Self {
        Storage(Arc::new(RwLock::new(Arc::new(data))))
    }

    /// The elements as they are now.
    #[inline]
    pub fn snapshot(&self) -> Arc<Data<T>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the elements. Errors: `Memory` if they must be copied and there is no room.
    pub fn write<R>(&self, change: impl FnOnce(&mut [T]) -> R) -> Result<R> {
        let mut lock = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !matches!(Arc::get_mut(&mut lock), Some(Data::Owned(_))) {
            *lock = Arc::new(Data::Owned(copy(&lock)?));
        }
        match Arc::get_mut(&mut lock) {
            Some(Data::Owned(vec)) => Ok(change(vec)),
            _ => unreachable!("the data was just made our own, under the lock"),
        }
    }

    /// Whether a write to one is seen by the other.
    pub fn is_same(&self, other: &Storage<T>) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Allocations beyond this many bytes are tried before they are made.
const TRY_FIRST: usize = 1 << 24;

fn no_memory<T>(len: usize) -> Error {
    let bytes = len.saturating_mul(size_of::<T>());
    Error::Memory(format!("unable to allocate {bytes} bytes for an array"))
}

/// An empty vector with room for `len` elements. Errors: `Memory`.
pub fn reserve<T>(len: usize) -> Result<Vec<T>> {
    let mut vec = Vec::new();
    vec.try_reserve_exact(len).map_err(|_| no_memory::<T>(len))?;
    Ok(vec)
}

/// `len` zeros. Errors: `Memory`.
pub fn zeros<T: Element>(len: usize) -> Result<Vec<T>> {
    // `vec!` asks the system for zeroed pages, which is faster than filling reserved ones, but it
    // aborts where there are none: see first whether there are
    if len.saturating_mul(size_of::<T>()) > TRY_FIRST {
        drop(reserve::<T>(len)?);
    }
    Ok(vec![T::default(); len])
}

/// A copy of the elements. Errors: `Memory`.
pub fn copy<T: Copy>(data: &[T]) -> Result<Vec<T>> {
    let mut vec = reserve(data.len())?;
    vec.extend_from_slice(data);
    Ok(vec)
}
