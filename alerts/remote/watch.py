"""The rule that is added wherever rules are evaluated over another Prometheus."""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from drawdown.document import Document, read_document

WATCH: Final = Path(str(resources.files("alerts"))) / "remote" / "watch.yaml"
_GROUP: Final = "drawdown-watch"


def watched(documents: Sequence[Document]) -> list[Document]:
    """The rule files `documents`, and that of the rule which watches the other side, unless one of them has a group of
    its name.
    """
    own = any(_GROUP in _groups(document) for document in documents)
    return [*documents, *([] if own else [read_document(WATCH)])]


def _groups(document: Document) -> list[object]:
    groups = document.value.get("groups") if isinstance(document.value, dict) else None
    return [group.get("name") for group in groups if isinstance(group, dict)] if isinstance(groups, list) else []
