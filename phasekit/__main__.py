"""`python -m phasekit`: the command line, for launchers such as `torchrun` that take a module."""

from phasekit.cli.app import main

main()
