"""How long tests wait for what should come: no test's outcome is to depend on a machine's speed."""

import os

# Seconds: many times what a busy machine takes; only what hangs takes longer. Less of it, for
# somebody who looks for the cause: MUVAE_TEST_PATIENCE=20
PATIENCE = int(os.environ.get("MUVAE_TEST_PATIENCE", "300"))
