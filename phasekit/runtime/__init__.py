"""What the machine and the disk offer: errors, files, devices, random numbers."""
