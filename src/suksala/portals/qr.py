"""Text as a QR code, for cameras and scanners at a desk. Source: ISO/IEC 18004, drawn by the library qrcode."""

from __future__ import annotations

import base64

import qrcode
from qrcode.image.svg import SvgPathImage


def picture(text: str) -> str:
    """A QR code of a text, as the address of an image (data:, SVG), with the quiet zone of four modules."""
    drawn = qrcode.make(text, image_factory=SvgPathImage, border=4)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.to_string()).decode()}"
