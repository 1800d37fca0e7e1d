"""The page of a comparison, and its outcome in words."""
