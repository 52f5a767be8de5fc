"""The addresses of the gallery."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.index, name="index"),
    path("albums/", views.upload, name="upload"),
    path("albums/samples/", views.use_samples, name="samples"),
    path("progress/", views.progress, name="progress"),
    path("trials/<slug:kind>/", views.start, name="start"),
]
