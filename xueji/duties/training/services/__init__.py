"""The verbs of the room ``training``."""

from xueji.duties.training.services.courses import NewResult, enter_results, open_course
from xueji.duties.training.services.handing_over import HandedOver, Successor, hand_over

__all__ = ["HandedOver", "NewResult", "Successor", "enter_results", "hand_over", "open_course"]
