"""Journeys: the product as people use it, over HTTP, on made-up districts, with the real PostgreSQL."""
