"""The addresses of the documented views, handed on from ``djcelery_views``."""

from djcelery_utils.components import required

with required("djcelery-views"):
    from djcelery_views.urls import urlpatterns

__all__ = ["urlpatterns"]
