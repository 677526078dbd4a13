"""Files to documents. Each format's library is imported when such a file is read, not before."""
