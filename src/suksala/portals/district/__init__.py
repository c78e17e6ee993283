"""Pages of the district team: figures, trends, facilities, lists of people."""
