"""The laws: plain functions of a plugin and a device that return, or raise LawBroken or LawWaived."""
