"""How a change reaches the data below it: versions compared, faults injected, predictions held against truth."""
