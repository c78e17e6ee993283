"""The registration desk: who somebody is and what covers their care, nothing clinical."""
