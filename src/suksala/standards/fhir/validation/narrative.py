"""The XHTML of a narrative: formatting only. What runs, loads or hides is refused.

Source: FHIR R4 narrative, rules txt-1 and txt-2; chapters 7 to 11 and 15 of HTML 4.
"""

from __future__ import annotations

import re
from xml.parsers import expat

from .issues import Problem, Problems

MOST = 1024 * 1024
_XHTML = "http://www.w3.org/1999/xhtml"
_words = re.compile(r"\S+").findall
_TAGS = frozenset(
    _words(
        "a abbr acronym address b bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em"
        " font h1 h2 h3 h4 h5 h6 hr i img ins kbd li map area ol p pre q s samp small span strike strong sub sup table"
        " tbody td tfoot th thead tr tt u ul var"
    )
)
_ATTRIBUTES = frozenset(
    _words(
        "abbr accesskey align alt axis bgcolor border cellpadding cellspacing char charoff charset cite class clear"
        " color colspan compact coords dir face frame headers height href hreflang hspace id lang longdesc name noshade"
        " nowrap rel rev rowspan rules scope shape size span src start style summary tabindex title type usemap valign"
        " value vspace width xml:lang xml:space xml:id xmlns"
    )
)
_LINKS = frozenset({"href", "src", "cite", "longdesc", "usemap"})
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SAFE = frozenset({"http", "https", "mailto", "tel", "urn", "ftp", "cid"})
_PICTURE = re.compile(r"data:image/(png|jpeg|gif);base64,[A-Za-z0-9+/=]*")
_LOCAL_IMAGE = re.compile(
    r"url\(\s*['\"]?(?:data:\s*image/(?:png|jpeg|gif);base64,[A-Za-z0-9+/=]*|[\w-]+\.(?:png|gif|jpg))['\"]?\s*\)"
)
_STYLE = re.compile(r"url\s*\(|expression|javascript|@import|behavior|binding|\\|/\*|<", re.IGNORECASE)
_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)")


class _Refused(Exception):
    """The first thing that is wrong."""

    def __init__(self, th: str, en: str) -> None:
        super().__init__(en)
        self.problem = Problem("txt-1", "invalid", th, en)


class _Reader:
    """Walks a narrative and remembers whether it says anything."""

    def __init__(self) -> None:
        self.depth = 0
        self.told = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if self.depth == 0 and (tag != "div" or attributes.get("xmlns") != _XHTML):
            raise _Refused(f'ต้องขึ้นต้นด้วย <div xmlns="{_XHTML}">', f'must begin with <div xmlns="{_XHTML}">')
        if tag not in _TAGS:
            raise _Refused("มีแท็กที่ narrative ห้ามใช้ ให้ลบออก", "holds a tag that a narrative may not use; remove it")
        self.depth += 1
        self.told = self.told or tag == "img"
        for name, value in attributes.items():
            _require_safe(name, value)

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def text(self, text: str) -> None:
        self.told = self.told or not text.isspace()


def _require_safe(name: str, value: str) -> None:
    if name not in _ATTRIBUTES:
        th = "มีแอตทริบิวต์ที่ narrative ห้ามใช้ เช่น onclick ให้ลบออก"
        raise _Refused(th, "holds an attribute that a narrative may not use, such as onclick; remove it")
    if name == "style" and _STYLE.search(_LOCAL_IMAGE.sub("", value)):
        raise _Refused("style ต้องมีแต่การจัดรูปแบบ ห้ามโหลดสิ่งอื่น", "style may only format; it may not load or run anything")
    if name in _LINKS:
        dense = "".join(value.split())  # browsers read a scheme through blanks
        scheme = _SCHEME.match(dense)
        if scheme and scheme[1].lower() not in _SAFE and not _PICTURE.fullmatch(dense):
            raise _Refused(
                "ลิงก์ต้องเป็น http https mailto tel หรืออยู่ในเอกสาร", "a link must be http, https, mailto, tel or local"
            )


def xhtml(value: object, _scope: object = None, _owner: object = None) -> Problems:
    """None for a narrative that formats and nothing else; one that says nothing is refused too (txt-2)."""
    if type(value) is not str or not value:
        return [Problem("type", "structure", "ต้องเป็นข้อความ XHTML", "must be a text of XHTML")]
    try:
        _read(value)
    except _Refused as refused:
        return [refused.problem]
    except (expat.ExpatError, UnicodeEncodeError, ValueError):
        th = "XHTML ไม่ถูกต้อง ให้ปิดทุกแท็กและเขียน & เป็น &amp;"
        return [Problem("txt-1", "invalid", th, "is not well-formed XHTML; close every tag and write & as &amp;")]
    return None


def _read(value: str) -> None:
    if len(value) > MOST:
        raise _Refused("ยาวเกิน 1 MB", "is longer than 1 MB; shorten it")
    if "<!D" in value or "<!E" in value or "<![" in value or "<?" in value or _ENTITY.search(value):
        th = "ห้ามมี DOCTYPE, CDATA, <? หรือเอนทิตีอื่นนอกจาก &lt; &gt; &amp; &quot; &apos; และรหัสอักขระ"
        raise _Refused(th, "no DOCTYPE, CDATA, <? nor entities but &lt; &gt; &amp; &quot; &apos; and numbers")
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.Parse(value, True)
    if not reader.told:
        raise _Refused("ต้องมีข้อความหรือภาพ", "must hold some text or an image")
