"""What the arguments of `drawdown-monitor sandbox` must be."""

import typer


def address(text: str) -> tuple[str, int]:
    """Host and port.

    Raises:
        typer.BadParameter: it is none.
    """
    host, _, port = text.rpartition(":")
    if not (host and "/" not in host and port.isdecimal() and int(port) < 65536):
        raise typer.BadParameter(f"{text!r} is not an address; write host:port, for example 127.0.0.1:9186")
    return host.strip("[]"), int(port)


def page(text: str) -> str:
    """The address of a monitor, or nothing.

    Raises:
        typer.BadParameter: it is no address of a page.
    """
    if text and not text.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{text!r} is no address; write for example http://127.0.0.1:9185")
    return text
