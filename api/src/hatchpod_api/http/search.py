"""Full-text search over all transcripts."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.types import ControllerRouterHandler

from hatchpod_api.catalog import Catalog
from hatchpod_api.errors import ValueNotAllowedError
from hatchpod_api.history.search import Cursor
from hatchpod_api.http.errors import documented
from hatchpod_api.messages.search import SearchPage

DEFAULT_PAGE = 20
MAX_PAGE = 100
MAX_QUERY = 1000


@get("/api/search", responses=documented(400, 401, 403, 422, 429, 503), tags=["history"])
async def search_messages(
    q: FromQuery[str],
    catalog: NamedDependency[Catalog],
    limit: FromQuery[int] = DEFAULT_PAGE,
    cursor: FromQuery[str | None] = None,
) -> SearchPage:
    """Messages that have all the words, newest transcripts first; words in quotation marks must follow each other

    A last word of three characters or more may be unfinished.
    """
    if not 1 <= limit <= MAX_PAGE:
        raise ValueNotAllowedError(f"`limit` must be from 1 to {MAX_PAGE}, got {limit}.", field="limit")
    if len(q) > MAX_QUERY:
        raise ValueNotAllowedError(f"`q` has at most {MAX_QUERY} characters, got {len(q)}.", field="q")
    place = Cursor.read(cursor) if cursor else None
    if cursor and place is None:
        raise ValueNotAllowedError(
            "`cursor` is not one that a search gave. Leave it out to begin anew.", field="cursor"
        )
    return await catalog.search(q, limit=limit, cursor=place)


HANDLERS: list[ControllerRouterHandler] = [search_messages]
