"""Apps that people allow: the question, the list, and how an app begins from a patient's page."""
