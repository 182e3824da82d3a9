"""What Results can be asked for beside dataset and runs: nothing."""

from typing import Any

from app.state.parameters import Parameter

PARAMETERS: tuple[Parameter[Any], ...] = ()
