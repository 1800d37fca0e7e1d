"""The deep prior: an untrained network, optimised on one data set."""
