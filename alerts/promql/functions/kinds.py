"""How a function is described: what it takes and how it computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from alerts.promql.frame import Frame, Grid
from alerts.promql.memo import Memo
from alerts.promql.syntax import Call, Kind, Node
from alerts.promql.window import Samples
from drawdown.series import Bools, Floats, SeriesSource

Pointwise = Callable[..., Floats]
"""From values (series, T) and the scalar arguments (T,) to values (series, T)."""
OverTime = Callable[..., tuple[Floats, Bools]]
"""From a window, some of whose series may have no sample, and scalars to one value per series and whether it exists."""


class Context(Protocol):
    """What a function may ask of the engine."""

    @property
    def source(self) -> SeriesSource: ...
    @property
    def memo(self) -> Memo: ...

    def frame(self, node: Node, grid: Grid) -> Frame:
        """The value of an instant vector."""

    def scalar(self, node: Node, grid: Grid) -> Floats:
        """The values (T,) of a scalar."""

    def samples(self, node: Node, grid: Grid) -> Samples:
        """The samples of a range vector for all windows of the grid."""

    def spans(self, node: Node, grid: Grid) -> Sequence[tuple[int, int]]:
        """The window of a range vector at each time of the grid: after the first and up to the second time, in ms."""


Special = Callable[[Context, Call, Grid], Frame]
Scalar = Callable[[Context, Call, Grid], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """`takes` are the types of its arguments, the last `optional` of which may be left out; the last one may come any
    number of times (also none) if `repeats`. Exactly one of the four ways to compute is given.
    """

    takes: tuple[Kind, ...] = ()
    optional: int = 0
    repeats: bool = False
    pointwise: Pointwise | None = None
    over_time: OverTime | None = None
    special: Special | None = None
    scalar: Scalar | None = None
    keeps_name: bool = False
    of_ends: bool = False
    """Whether it looks at no more of a window than `Ends` tells: then it is reckoned for all steps at once."""
    of_values: bool = False
    """Whether it looks at no more of a window than `Stack` tells, and takes nothing else."""

    @property
    def returns(self) -> Kind:
        return Kind.SCALAR if self.scalar else Kind.VECTOR


def pointwise(body: Pointwise, *scalars: Kind, optional: int = 0) -> Function:
    """A function of each element by itself."""
    return Function(takes=(Kind.VECTOR, *scalars), optional=optional, pointwise=body)


def over_time(body: OverTime, *, keeps_name: bool = False, of_ends: bool = False, of_values: bool = False) -> Function:
    """A function of a range vector alone."""
    return Function(takes=(Kind.WINDOW,), over_time=body, keeps_name=keeps_name, of_ends=of_ends, of_values=of_values)
