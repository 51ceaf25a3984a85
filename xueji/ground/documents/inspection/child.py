"""The child process that opens files from outside with their libraries. Nothing here imports Django."""

from __future__ import annotations

from typing import Any

from xueji.ground.documents.inspection import pdfs, pictures
from xueji.ground.documents.inspection.faults import Faulty
from xueji.ground.sandbox.serving import serve

PDF = "application/pdf"


def look(data: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What is asked of one file: ``inspect``, ``render``, ``redraw``, ``text``, ``carried`` or ``codes``."""
    way = pdfs if request["media_type"] == PDF else pictures
    if request["ask"] == "inspect":
        return {"pages": way.inspect(data, request)}, b""
    if request["ask"] == "render":
        drawn, pages = way.render(data, int(request["page"]), int(request["width"]), request)
        return {"pages": pages}, drawn
    if request["ask"] == "redraw":
        made, wide, high = pictures.redrawn(data, int(request["longest"]), int(request["least"]), request)
        return {"width": wide, "height": high}, made
    if request["ask"] == "text":
        return {"texts": pdfs.texts(data, request)}, b""
    if request["ask"] == "carried":
        found = pdfs.carried(data, request)
        return {"files": [[name, len(content)] for name, content in found]}, b"".join(one for _, one in found)
    return {"codes": way.codes(data, request)}, b""


def answer(data: bytes, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What was asked, or the file's fault."""
    try:
        return look(data, request)
    except Faulty as fault:
        return {"fault": fault.code, "detail": fault.detail}, b""
    except MemoryError:
        return {"fault": "too_heavy", "detail": ""}, b""
    except Exception:  # whatever a broken file does to a parser, the clerk gets one clear answer
        return {"fault": "broken", "detail": "内部结构有错"}, b""


if __name__ == "__main__":
    serve(answer)
