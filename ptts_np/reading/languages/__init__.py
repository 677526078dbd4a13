"""One module a language: its tables, and what tables cannot say."""
