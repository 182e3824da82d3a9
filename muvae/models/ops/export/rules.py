"""Every operator of PyTorch that becomes ops, with the rule that says how."""

from muvae.models.ops.export import rules_layers, rules_maps, rules_pointwise
from muvae.models.ops.export.rules_pointwise import Rule

RULES: dict[str, Rule] = rules_pointwise.RULES | rules_layers.RULES | rules_maps.RULES
