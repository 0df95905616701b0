"""What the engine raises."""

from drawdown.errors import DrawdownError


class TemplateError(DrawdownError):
    """A text is not a template, or nothing can be made of it from the values at hand.

    `position` is the 0-based offset of what is wrong; None where that is known only while it runs.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.position = position
