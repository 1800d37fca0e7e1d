"""Generators: objects to simulate and to train on."""
