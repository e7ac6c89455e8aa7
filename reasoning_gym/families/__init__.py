"""The families of problems, one a file, found by themselves."""
