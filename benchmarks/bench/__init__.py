"""What the benchmarks share; their command line is that of the scripts."""

import sys
from pathlib import Path

# Run as `python benchmarks/NAME.py`, a benchmark finds its own folder, but not scripts/common.py.
sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))
