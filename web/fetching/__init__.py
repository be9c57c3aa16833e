"""Photos that a request names by address, fetched in the event loop before a handler takes a thread."""

from web.fetching.fetcher import Fetcher
from web.fetching.layer import PhotoFetching
from web.fetching.photos import FetchedPhotos
from web.fetching.places import places

__all__ = ["FetchedPhotos", "Fetcher", "PhotoFetching", "places"]
