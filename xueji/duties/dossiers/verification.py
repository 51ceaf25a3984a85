"""Whether a dossier is as it was signed, and by whom: with its own files and the issuer's public key alone (B3)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

from xueji.duties.dossiers.reading import Opened, open_dossier
from xueji.duties.dossiers.signing import known_key
from xueji.ground.keys import node_keys
from xueji.pure.kernel.dossier import PDF, SIGNATURE, Origin, changed_places, origin_of, signed_message


class Result(StrEnum):
    """How a dossier stands."""

    VALID = "valid"
    CHANGED = "changed"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class Checked:
    """``places``: where it was changed, in words; ``reason``: a Chinese sentence, '' where valid. ``opened`` and
    ``origin`` only of what is as it was signed."""

    result: Result
    key: str
    reason: str = ""
    places: tuple[str, ...] = ()
    origin: Origin | None = None
    opened: Opened | None = None


def verify(data: bytes, name: str = "学籍档案", *, public_key: bytes | None = None) -> Checked:
    """Hold a dossier against its signature; offline with ``public_key`` (the issuer's, raw).

    ``untrusted``: all is as it was signed, but nobody here believes the key, or it was revoked. Raises ``Refused``
    (``dossier.unreadable``, ``documents.*``) for what is no dossier.
    """
    opened = open_dossier(data, name)
    manifest = opened.manifest
    key = str(manifest["key"])
    signed, why = _signed(opened, key, public_key)
    if not signed:
        return Checked(Result.CHANGED, key, "签名不符，签名文件可能被改动过，或不是所称单位签发。", (SIGNATURE,))
    places = changed_places(manifest, content=opened.content, text=opened.text, pages=opened.pages)
    places += [f"{PDF} 里附的 {one} 与旁边的不同" for one in opened.differing]
    if places:
        return Checked(Result.CHANGED, key, f"签发以后被改动过：{'；'.join(places)}。", tuple(places))
    origin = origin_of(json.loads(opened.content))
    if why:
        return Checked(Result.UNTRUSTED, key, why, (), origin)
    return Checked(Result.VALID, key, "", (), origin, opened)


def _signed(opened: Opened, key: str, public_key: bytes | None) -> tuple[bool, str]:
    """Whether the manifest is signed with the key that it names, and why that key is not believed ('' where it is)."""
    try:
        signature, said = bytes.fromhex(opened.manifest["signature"]), bytes.fromhex(opened.manifest["public"])
    except ValueError:
        return False, ""
    known = known_key(key) if public_key is None else None
    public = public_key or (known.public if known else said)
    if node_keys.signer(signature) != key or not node_keys.verify(public, signed_message(opened.manifest), signature):
        return False, ""
    if public_key is not None:
        return True, ""
    if known is not None and known.code != opened.manifest["issuer"].get("code"):
        return True, "签名所用的密钥不是所称签发单位的。请与签发单位联系。"
    if known is None:
        return True, (
            f"内容完整，但本系统没有信任签发单位的密钥（编号 {key}）。请与签发单位核对公钥指纹，"
            "由教育局载入其公开身份文件（xueji keys trust）后再办理。"
        )
    return True, f"签发所用的密钥不再可信：{known.revoked}。请原学校重新导出。" if known.revoked else ""
