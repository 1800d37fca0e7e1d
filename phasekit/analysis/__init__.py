"""What an object says: strain, resolution, volumes."""
