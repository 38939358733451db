from facturepro.cli.framework import Group


def register(root: Group) -> None: ...
