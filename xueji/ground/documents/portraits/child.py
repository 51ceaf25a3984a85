"""The child process that unpacks archives and makes photos anew. Nothing here imports Django."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Any, Final

from PIL import Image

from xueji.ground.documents.inspection import pictures
from xueji.ground.documents.inspection.faults import Faulty
from xueji.ground.sandbox.serving import serve

#: The longest side of what is kept until it is cropped.
_PREPARED: Final = 1200
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1
_SUFFIXES: Final = {b"\xff\xd8": {".jpg", ".jpeg", ".jpe", ".jfif"}, b"\x89P": {".png"}}
#: What systems put beside the pictures.
_SYSTEMS_OWN: Final = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")

Answer = tuple[dict[str, Any], bytes]


def _upright(data: bytes, request: dict[str, Any]) -> Image.Image:
    if not data:
        raise Faulty("empty")
    suffixes = _SUFFIXES.get(data[:2])
    if suffixes is None or (data[:2] == b"\x89P" and not data.startswith(b"\x89PNG\r\n\x1a\n")):
        raise Faulty("format")
    suffix = PurePosixPath(str(request["name"])).suffix.lower()
    if suffix and suffix not in suffixes:
        raise Faulty("disguised")
    return pictures.upright(data, request)


def likeness(picture: Image.Image) -> int:
    """A difference hash: is each of 8×8 fields brighter than its right neighbour? Signed 64 bits, as a database has."""
    small = picture.convert("L").resize((9, 8), Image.Resampling.BOX)
    values = small.tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (values[row * 9 + column] > values[row * 9 + column + 1])
    return bits - (1 << 64) if bits >> 63 else bits


def _middle(width: int, height: int, request: dict[str, Any]) -> tuple[int, int, int, int]:
    """The largest box of the rulebook's ratio: in the middle, of a tall picture near the top, where the face is."""
    wide, high = int(request["width"]), int(request["height"])
    if width * high > height * wide:
        across = height * wide // high
        return (width - across) // 2, 0, across, height
    down = width * high // wide
    return 0, (height - down) // 4, width, down


def _prepare(data: bytes, request: dict[str, Any]) -> Answer:
    picture = _upright(data, request)
    box = _middle(picture.width, picture.height, request)
    if box[2] < int(request["least_width"]):
        raise Faulty("too_small", str(box[2]))
    wanted = int(request["width"]) / int(request["height"])
    fits = abs(picture.width / picture.height / wanted - 1) * 100 <= int(request["ratio_percent"])
    if max(picture.size) > _PREPARED:
        # Never so small that the crop would have too few pixels.
        scale = max(_PREPARED / max(picture.size), min(1.0, int(request["width"]) / box[2]))
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
        box = _middle(picture.width, picture.height, request)
    left, top, width, height = box
    alike = likeness(picture.crop((left, top, left + width, top + height)))
    answer = {"width": picture.width, "height": picture.height, "box": list(box), "fits": fits, "likeness": alike}
    return answer, pictures.as_jpeg(picture)


def _cut(data: bytes, request: dict[str, Any]) -> Answer:
    picture = pictures.upright(data, request)
    left, top, width, height = (int(one) for one in request["box"])
    if left < 0 or top < 0 or left + width > picture.width or top + height > picture.height:
        raise Faulty("broken")
    if width < int(request["least_width"]):
        raise Faulty("too_small", str(width))
    portrait = picture.crop((left, top, left + width, top + height))
    portrait = portrait.resize((int(request["width"]), int(request["height"])), Image.Resampling.LANCZOS)
    made = b""
    for quality in (90, 85, 80, 70, 60, 50, 40, 30):
        buffer = io.BytesIO()
        portrait.save(buffer, "JPEG", quality=quality, optimize=True)
        made = buffer.getvalue()
        if len(made) <= int(request["kept_bytes"]):
            break
    return {"likeness": likeness(portrait)}, made


def _name(entry: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: Windows writes GBK without saying so."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _checked_path(name: str) -> PurePosixPath:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name or "\x00" in name:
        raise Faulty("path", name[:60])
    return path


def _wanted(archive: zipfile.ZipFile, request: dict[str, Any]) -> list[tuple[zipfile.ZipInfo, str]]:
    found = []
    for entry in archive.infolist():
        path = _checked_path(_name(entry))
        if entry.flag_bits & _ENCRYPTED:
            raise Faulty("encrypted")
        if (entry.external_attr >> 16) & 0o170000 == 0o120000:  # a link
            raise Faulty("path", path.name[:60])
        if entry.is_dir() or any(part in _SYSTEMS_OWN or part.startswith("._") for part in path.parts):
            continue
        found.append((entry, path.name))
    if len(found) > int(request["files"]):
        raise Faulty("too_many_files", str(len(found)))
    declared = sum(entry.file_size for entry, _ in found)
    if declared > int(request["unpacked_bytes"]):
        raise Faulty("bomb", f"{declared // 1_000_000} MB")
    return found


def _unpack(data: bytes, request: dict[str, Any]) -> Answer:
    most, files, parts, total = int(request["file_bytes"]), [], [], 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry, name in _wanted(archive, request):
                if entry.file_size > most:
                    files.append({"name": name, "size": 0, "fault": "too_large"})
                    continue
                try:
                    with archive.open(entry) as stream:
                        content = stream.read(most + 1)
                except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError):
                    files.append({"name": name, "size": 0, "fault": "broken"})
                    continue
                total += len(content)
                if len(content) > most or total > int(request["unpacked_bytes"]):
                    raise Faulty("bomb", f"{total // 1_000_000} MB")
                files.append({"name": name, "size": len(content)})
                parts.append(content)
    except (zipfile.BadZipFile, zlib.error, ValueError, OverflowError) as error:
        raise Faulty("not_a_zip") from error
    return {"files": files}, b"".join(parts)


_WAYS: Final = {"prepare": _prepare, "cut": _cut, "unpack": _unpack}


def answer(data: bytes, request: dict[str, Any]) -> Answer:
    """What was asked, or the file's fault."""
    try:
        return _WAYS[request["ask"]](data, request)
    except Faulty as fault:
        return {"fault": fault.code, "detail": fault.detail}, b""
    except MemoryError:
        return {"fault": "too_heavy", "detail": ""}, b""
    except Exception:  # whatever a broken file does to a decoder, the registrar gets one clear answer
        return {"fault": "not_a_zip" if request["ask"] == "unpack" else "broken", "detail": ""}, b""


if __name__ == "__main__":
    serve(answer)
