"""The engine as the one who is asked."""

from alerts.promql import Matrix, Prepared, PromQLError, Vector, evaluate_range, evaluate_window, parse, prepare
from alerts.promql.syntax import Kind
from bench.differential.answers import Answer, Question
from bench.differential.worlds import World
from drawdown.series import is_absent


class Engine:
    """Answers over one world. An expression that is asked again was prepared when it was first asked."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._prepared: dict[str, Prepared] = {}

    def answer(self, question: Question) -> Answer:
        try:
            return self._at(question) if question.moment.step is None else self._over(question)
        except PromQLError as error:
            return Answer(error=str(error))

    def _at(self, question: Question) -> Answer:
        moment, expression = question.moment, parse(question.text)
        if expression.root.kind is Kind.WINDOW:
            return _of_matrix(evaluate_window(expression, self._world, moment.start / 1000))
        prepared = self._prepared.setdefault(question.text, prepare(expression))
        return of_vector(prepared.evaluate(self._world, moment.start / 1000), moment.start)

    def _over(self, question: Question) -> Answer:
        moment, expression = question.moment, parse(question.text)
        start, end, step = (at / 1000 for at in (moment.start, moment.end, moment.step or 0))
        return _of_matrix(evaluate_range(expression, self._world, start=start, end=end, step=step))


def of_vector(vector: Vector, at: int) -> Answer:
    """`vector` at Unix ms `at` as an answer."""
    pairs = zip(vector.labels, vector.values.tolist(), strict=True)
    return Answer(kind="scalar" if vector.scalar else "vector", series={labels: {at: value} for labels, value in pairs})


def _of_matrix(matrix: Matrix) -> Answer:
    times = [round(at * 1000) for at in matrix.times.tolist()]
    series = {
        labels: {at: value for at, value, gone in zip(times, row.tolist(), missing, strict=True) if not gone}
        for labels, row, missing in zip(matrix.labels, matrix.values, is_absent(matrix.values).tolist(), strict=True)
    }
    return Answer(kind="matrix", series=series)
