"""Why a request gets no data, in the words of Prometheus' API."""

from enum import StrEnum

from drawdown.errors import DrawdownError


class ErrorType(StrEnum):
    """Prometheus' kinds of errors, as far as they can happen here."""

    BAD_DATA = "bad_data"
    EXECUTION = "execution"
    TIMEOUT = "timeout"
    NOT_FOUND = "not_found"

    @property
    def status(self) -> int:
        """The HTTP status that goes with it."""
        return _STATUS[self]


_STATUS = {
    ErrorType.BAD_DATA: 400,
    ErrorType.EXECUTION: 422,
    ErrorType.TIMEOUT: 503,
    ErrorType.NOT_FOUND: 404,
}


class ApiError(DrawdownError):
    """A request that is answered with an error; the message says what is wrong with it."""

    def __init__(self, kind: ErrorType, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def wrong_argument(name: str, message: str) -> ApiError:
    """The error for the parameter `name`."""
    return ApiError(ErrorType.BAD_DATA, f'invalid parameter "{name}": {message}')
