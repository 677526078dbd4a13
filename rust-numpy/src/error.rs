//! One error type, in the kinds Python knows.

use std::fmt;

/// What went wrong, sorted by the Python exception it becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A value or shape that the operation cannot work with (`ValueError`).
    Value(String),
    /// An index outside of the array, or too many of them (`IndexError`).
    Index(String),
    /// An operation that the dtype does not have (`TypeError`).
    Type(String),
    /// More memory than can be had (`MemoryError`).
    Memory(String),
    /// A Python number that the dtype cannot hold (`OverflowError`).
    Overflow(String),
    /// A file that could not be read or written (`OSError`).
    Io(String),
}

/// The result of everything here that can fail.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A `Value` error with this message.
    pub fn value(message: impl Into<String>) -> Self {
        Error::Value(message.into())
    }

    /// A `Type` error with this message.
    pub fn dtype(message: impl Into<String>) -> Self {
        Error::Type(message.into())
    }

    /// An `Index` error with this message.
    pub fn index(message: impl Into<String>) -> Self {
        Error::Index(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Value(m)
            | Error::Index(m)
            | Error::Type(m)
            | Error::Memory(m)
            | Error::Overflow(m)
            | Error::Io(m) => f.write_str(m),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Error::Io(error.to_string())
    }
}
