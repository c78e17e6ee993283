"""The WSGI callable as a web process loads it: it also hears of tokens that other processes end."""

from __future__ import annotations

from .wsgi import application

__all__ = ["application"]

from suksala import signin

signin.listen()
