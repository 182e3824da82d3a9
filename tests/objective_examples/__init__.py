"""Objectives as somebody else might add them: one file each, registered from outside muvae."""

from muvae.objectives import Objective
from objective_examples.adversarial import Adversarial
from objective_examples.learned_variance import LearnedVariance
from objective_examples.mmd import Mmd
from objective_examples.warm_up import WarmUp

EXAMPLES: tuple[Objective, ...] = (
    WarmUp(name="warm-up", label="Warm-up"),
    Mmd(name="mmd", label="MMD"),
    LearnedVariance(name="learned-variance", label="Learned variance"),
    Adversarial(name="adversarial", label="Adversarial"),
)
__all__ = ["EXAMPLES", "Adversarial", "LearnedVariance", "Mmd", "WarmUp"]
