"""Run folders: writing, resuming, sharing and reproducing runs."""
