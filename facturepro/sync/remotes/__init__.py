"""Homes of the records away from this computer, one file per kind, all behind :class:`~.base.Remote`.

Importing this package loads no network library; ``firestore`` does when it is imported itself.
"""
