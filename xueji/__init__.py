"""Xueji."""
