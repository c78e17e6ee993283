"""Portals: the pages and forms of citizens, clinicians, district teams, stewards and privacy officers.

Speaks    HTML for people (Thai first, English by a switch), CSV and JSON of the same figures.
Keeps     nothing; a page asks one service below and draws what it gets.
Not here  rules, SQL, permits (consent), figures (warehouse), receipts (ingest).
"""
