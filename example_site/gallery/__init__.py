"""Pictures in, thumbnails and contact sheets out."""
