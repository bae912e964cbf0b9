"""What benchmarks/run is made of. Python's standard library alone."""
