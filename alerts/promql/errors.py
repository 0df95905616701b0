"""What the engine raises."""

from drawdown.errors import DrawdownError


class PromQLError(DrawdownError):
    """An expression cannot be read or evaluated. `position` is the 0-based offset into its text of what is wrong."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
