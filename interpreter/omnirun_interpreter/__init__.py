"""The interpreter of OmniRun's sandboxes: Jupyter's kernels behind a small HTTP server (docs/interpreter.md)."""
