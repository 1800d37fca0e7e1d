"""The page of a reconstruction, and its figures as files."""
