"""Fetches photos that a request names by address, in the event loop, before a handler takes a thread."""

from web.fetching.fetcher import Fetcher
from web.fetching.hosts import AllowedHosts
from web.fetching.layer import PhotoFetching
from web.fetching.limits import Limits
from web.fetching.networks import AllowedNetworks
from web.fetching.photos import FetchedPhotos
from web.fetching.places import places

__all__ = ["AllowedHosts", "AllowedNetworks", "FetchedPhotos", "Fetcher", "Limits", "PhotoFetching", "places"]
