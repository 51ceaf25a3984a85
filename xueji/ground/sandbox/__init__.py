"""Files from outside are opened in a child process with limits (ADR 0009): asking it, and what runs inside it.

No Django app. A room gives the module of its child, which calls ``serving.serve`` with what it does to one file; the
room asks through ``asking.Child``.
"""
