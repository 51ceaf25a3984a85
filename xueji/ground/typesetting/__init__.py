"""Papers for every room: a Typst template and its data in, PDF/A out; QR codes on papers.

A room keeps its templates beside its code and may ``#import "/ground/typesetting/house.typ": *`` for the house's fonts
and frames. No Django app: nothing here knows a database.
"""

from xueji.ground.typesetting.codes import qr_svg
from xueji.ground.typesetting.pictures import picture_svg, seal_svg
from xueji.ground.typesetting.typeset import CARRYING, MissingGlyph, chinese_date, typeset

__all__ = ["CARRYING", "MissingGlyph", "chinese_date", "picture_svg", "qr_svg", "seal_svg", "typeset"]
