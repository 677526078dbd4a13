"""What long works share: seeds by name, one run in a folder, many texts at once."""
