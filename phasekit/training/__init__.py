"""Networks that are trained beforehand."""
