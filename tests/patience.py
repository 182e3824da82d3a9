"""How long tests wait for what should come: no test's outcome is to depend on a machine's speed."""

PATIENCE = 300  # seconds: many times what a busy machine takes; only what hangs takes longer
