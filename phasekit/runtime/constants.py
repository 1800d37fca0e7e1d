"""Constants of nature in the units of the options."""

JOULE_PER_KEV = 1.602176634e-16

HC_KEV_M = 12.398419843320026e-10
"""Planck's constant × the speed of light, keV·m (exact in the SI of 2019)."""
