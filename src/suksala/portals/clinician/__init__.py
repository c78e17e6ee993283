"""Pages of the clinician: find a patient of my own facility, see the record."""
